// A few rows through windows: vectors across the channels that leave, row by row. The chains are those of a block of
// rows.
#pragma once
#include "mixes.h"
#include "windows.h"

namespace glassnet::GLASSNET_ISA {

// z of `places` windows beside one another that all see the same taps: [place][channel], each one chain.
template <class T, int places>
void few_places(const Strand* strand, long count, long inner, long wide, const T* kernels, const T* x, long x_step,
                const T* bias, long made, T* z, long z_step) {
  constexpr int size = Vec<T>::size;
  for (long o = 0; o < made; o += size) {
    const long here = made - o < size ? made - o : size;
    Vec<T> sum[places];
    for (auto& each : sum) each = load_part(bias + o, here);
    for (long s = 0; s < count; ++s) {
      const T *line = kernels + strand[s].tap * inner * wide + o, *from = x + strand[s].place;
      for (long c = 0; c < inner; ++c, line += wide) {
        const Vec<T> w = Vec<T>::load(line);
#pragma GCC unroll 8
        for (int i = 0; i < places; ++i) sum[i] = fma(Vec<T>(from[i * x_step + c]), w, sum[i]);
      }
    }
    for (int i = 0; i < places; ++i) store_part(sum[i], z + i * z_step + o, here);
  }
}

// One row of numbers through a convolution; `kernels` are [group][tap][channel that is seen][channel made, padded].
template <class T> void few_convolved(const Window& w, Strand* strands, const T* kernels, const T* bias, const T* x,
                                      T* z) {
  constexpr long together = 8;
  const long seen = w.channels / w.groups, made = w.channels_out / w.groups, wide = padded(made);
  const long taps = w.size[0] * w.size[1], step = w.stride[1] * w.channels;
  const auto over = [&](long at, long y, int axis) {
    return y * w.stride[axis] + at * w.dilation[axis] - w.before[axis];
  };
  const auto on = [&](long at, long y, int axis) {
    const long k = over(at, y, axis);
    return k >= 0 && k < w.image[axis];
  };
  for (long y = 0; y < w.places[0]; ++y)
    for (long x_at = 0; x_at < w.places[1];) {
      const bool whole = on(0, x_at, 1) && on(w.size[1] - 1, x_at, 1);
      long beside = 1;  // windows that see all columns of taps
      while (whole && beside < together && x_at + beside < w.places[1] && on(w.size[1] - 1, x_at + beside, 1)) ++beside;
      if (beside < together) beside = 1;
      long count = 0;
      for (long dy = 0; dy < w.size[0]; ++dy)
        for (long dx = 0; dx < w.size[1] && on(dy, y, 0); ++dx)
          if (on(dx, x_at, 1))
            strands[count++] = {dy * w.size[1] + dx, (over(dy, y, 0) * w.image[1] + over(dx, x_at, 1)) * w.channels,
                                seen};
      for (long g = 0; g < w.groups; ++g) {
        T* to = z + (y * w.places[1] + x_at) * w.channels_out + g * made;
        const auto work = beside == together ? &few_places<T, together> : &few_places<T, 1>;
        work(strands, count, seen, wide, kernels + g * taps * seen * wide, x + g * seen, step, bias + g * made, made,
             to, w.channels_out);
      }
      x_at += beside;
    }
}

template <class T> void few_pooled(const Window& w, const T* x, T* z) {
  for (long y = 0; y < w.places[0]; ++y)
    for (long x_at = 0; x_at < w.places[1]; ++x_at, z += w.channels) {
      long count = 0;
      for (long dy = 0; dy < w.size[0]; ++dy) {
        const long row = y * w.stride[0] + dy * w.dilation[0] - w.before[0];
        for (long dx = 0; dx < w.size[1] && row >= 0 && row < w.image[0]; ++dx) {
          const long column = x_at * w.stride[1] + dx * w.dilation[1] - w.before[1];
          if (column < 0 || column >= w.image[1]) continue;
          const T* from = x + (row * w.image[1] + column) * w.channels;
          for (long c = 0; c < w.channels; ++c)
            z[c] = count == 0 ? from[c] : w.look == Look::mean ? z[c] + from[c] : from[c] > z[c] ? from[c] : z[c];
          ++count;
        }
      }
      const T share = T(1) / static_cast<T>(count);
      for (long c = 0; w.look == Look::mean && c < w.channels; ++c) z[c] *= share;
    }
}

template <class T>
void few_in_windows(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p, const T* x, long step,
                    long rows, long wide, T* z, T* a) {
  const Window& w = net.windows[l];
  const T *weights = p + net.offsets[l], *bias = weights + net.weights[l];
  const long inputs = w.image[0] * w.image[1] * w.channels, outputs = w.places[0] * w.places[1] * w.channels_out;
  if (w.look == Look::convolution) {
    const long seen = w.channels / w.groups, made = w.channels_out / w.groups, taps = w.size[0] * w.size[1],
               lines = padded(made);
    std::fill_n(ws.kernels, w.groups * taps * seen * lines, T(0));
    for (long o = 0; o < w.channels_out; ++o)
      for (long c = 0; c < seen; ++c)
        for (long tap = 0; tap < taps; ++tap)
          ws.kernels[((o / made * taps + tap) * seen + c) * lines + o % made] = weights[(o * seen + c) * taps + tap];
  }
  for (long r = 0; r < rows; ++r) {
    T* to = (w.straight && !mixes_in(net, l) ? a : z) + r * wide;
    if (w.look == Look::convolution)
      few_convolved(w, ws.strands, ws.kernels, bias, x + r * step, to);
    else
      few_pooled(w, x + r * step, to);
    if (to != a + r * wide) {
      const T* in[] = {to};
      T* out[] = {a + r * wide};
      run(net.value[l], in, out, wide);
    }
    if (mixes_in(net, l)) {
      const T* mixes = mixes_at(p, net, l);
      for (long place = 0; place < outputs; place += w.channels_out)
        for (long c = 0; c < w.channels_out; c += Vec<T>::size) {
          const long here = std::min<long>(w.channels_out - c, Vec<T>::size), at = r * wide + place + c;
          const Vec<T> share = load_part(mixes + c, here), rest = Vec<T>(T(1)) - share;
          store_part(fma(share, load_part(a + at, here), rest * load_part(z + at, here)), a + at, here);
        }
    }
    std::copy_n(x + r * step + inputs, w.carried, a + r * wide + outputs);
  }
}

}  // namespace glassnet::GLASSNET_ISA
