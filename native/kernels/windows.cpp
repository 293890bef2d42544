// Convolution and pooling, forward and back. CMake compiles this file once per instruction set.
#include "windows.h"

#include "mixes.h"
#include "totals.h"
#include "windows_few.h"
#include "windows_gradient.h"
#include "windows_pool.h"

namespace glassnet::GLASSNET_ISA {

// C[i][row] = bias[i] (or 0) + the sum over the numbers of all strands of A times B, where A is packed:
// [tap * inner + k][rows], `inner` numbers for each tap. One FMA chain per entry.
template <class T, int rows, int width>
void sum_strands(const Strand* strand, long count, long inner, const T* a, const T* b, long stride, const T* bias,
                 T* c) {
  constexpr int size = Vec<T>::size;
  Vec<T> sum[rows][width];
#pragma GCC unroll 12
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < width; ++j) sum[i][j] = Vec<T>(bias != nullptr ? bias[i] : T(0));
  for (long s = 0; s < count; ++s) {
    const T *from_a = a + strand[s].tap * inner * rows, *from_b = b + strand[s].place * stride;
    for (long k = 0; k < strand[s].count; ++k) {
      Vec<T> line[width];
#pragma GCC unroll 4
      for (int j = 0; j < width; ++j) line[j] = Vec<T>::load(from_b + j * size);
#pragma GCC unroll 12
      for (int i = 0; i < rows; ++i) {
        const Vec<T> factor(from_a[i]);
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) sum[i][j] = fma(factor, line[j], sum[i][j]);
      }
      from_a += rows;
      from_b += stride;
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < width; ++j) sum[i][j].store(c + i * stride + j * size);
}
template <class T> using SumStrands = void (*)(const Strand*, long, long, const T*, const T*, long, const T*, T*);
template <class T, int width, int... rows> constexpr auto strands_of_width(std::integer_sequence<int, rows...>) {
  struct Table {
    SumStrands<T> entry[sizeof...(rows)];
  };
  return Table{{&sum_strands<T, rows + 1, width>...}};
}
template <class T, int width> constexpr auto strand_sums =
    strands_of_width<T, width>(std::make_integer_sequence<int, tallest[width]>());
template <class T> SumStrands<T> strand_sum(long rows, long width) {
  if constexpr (widest >= 4) {
    if (width == 4) return strand_sums<T, 4>.entry[rows - 1];
    if (width == 3) return strand_sums<T, 3>.entry[rows - 1];
  }
  if (width == 2) return strand_sums<T, 2>.entry[rows - 1];
  return strand_sums<T, 1>.entry[rows - 1];
}

// One side of the windows: many sums of `wide` results each, over strands of `inner` numbers. The kernels are packed
// tile by tile: [group][tile][tap][inner][rows of the tile].
template <class T> struct Sums {
  long groups, wide, inner, taps, stride;
  long vectors, panels, tiles;
  const T* packed;

  // at(group, result, tap, k) is the weight.
  template <class At> Sums(const Window& w, long wide_, long inner_, long stride_, T* to, At at)
      : groups(w.groups), wide(wide_), inner(inner_), taps(w.size[0] * w.size[1]), stride(stride_), packed(to) {
    vectors = stride / Vec<T>::size, panels = (vectors + widest - 1) / widest;
    const long most = tallest[(vectors + panels - 1) / panels];
    tiles = (wide + most - 1) / most;
    for (long g = 0; g < groups; ++g)
      each_tile([&](long first, long rows) {
        for (long tap = 0; tap < taps; ++tap)
          for (long k = 0; k < inner; ++k)
            for (long i = 0; i < rows; ++i) *to++ = at(g, first + i, tap, k);
      });
  }
  template <class F> GLASSNET_INLINE void each_tile(F f) const {
    for (long tile = 0, first = 0; tile < tiles; ++tile) {
      const long rows = even_part(wide - first, tiles - tile);
      f(first, rows);
      first += rows;
    }
  }
  // All results at one place: `from` and `to` are those of the whole image, [number * stride + row].
  GLASSNET_INLINE void at(const Strand* strand, long count, const T* from, const T* bias, T* to) const {
    for (long panel = 0, vector = 0; panel < panels; ++panel) {
      const long width = even_part(vectors - vector, panels - panel), row = vector * Vec<T>::size;
      const T* a = packed;
      for (long g = 0; g < groups; ++g)
        each_tile([&](long first, long rows) {
          const long at = g * wide + first;
          strand_sum<T>(rows, width)(strand, count, inner, a, from + g * inner * stride + row, stride,
                                     bias != nullptr ? bias + at : nullptr, to + at * stride + row);
          a += taps * inner * rows;
        });
      vector += width;
    }
  }
};

template <class T> bool slopes_kept(const NetworkView<T>& net, int l) {
  return net.with_slope[l].code.outputs > 0 && !mixes_in(net, l);
}
// to[number] = mix * f[number] + (1 - mix) * straight[number], with the mix of the number's channel,.
template <class T> void mix_channels(const Window& w, const T* mixes, long places, long stride, const T* f,
                                     const T* straight, T* to) {
  for (long place = 0; place < places; ++place)
    for (long c = 0; c < w.channels_out; ++c) {
      const long at = (place * w.channels_out + c) * stride;
      mix(mixes[c], f + at, straight + at, to + at, stride);
    }
}
// dL/dmix of each channel: a total over places and rows of dL/da (f - z).
template <class T> void mix_gradient_of_channels(const NetworkView<T>& net, const Workspace<T>& ws, int l,
                                                 Finish finish) {
  const Window& w = net.windows[l];
  T* to = mixes_at(ws.gradient, net, l);
  for (long c = 0; c < w.channels_out; ++c) {
    Total<T> sum;
    for (long place = 0; place < w.places[0] * w.places[1]; ++place) {
      const long number = (place * w.channels_out + c) * ws.stride;
      const T *up = ws.delta + number, *f = ws.f[l + 1] + number, *z = ws.z[l + 1] + number;
      for (long r = 0; r < ws.stride; r += chains)
        sum.add([&](int at, Vec<T> so_far) {
          return fma(Vec<T>::load(up + r + at), Vec<T>::load(f + r + at) - Vec<T>::load(z + r + at), so_far);
        });
    }
    to[c] = finish == Finish::add ? to[c] + sum.value() : sum.value();
  }
}

template <class T> void ask(const Workspace<T>& ws) {
  if (ws.between_blocks != nullptr) ws.between_blocks(ws.context);
}

// One row of places through the activation of layer l, from z to what leaves.
template <class T>
void activate_row(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p, bool slopes, long y) {
  if (passes(net, l)) return;
  const Window& w = net.windows[l];
  const long row = w.places[1] * w.channels_out * ws.stride;
  const bool mixed = mixes_in(net, l);
  T *z = ws.z[l + 1] + y * row, *a = ws.a[l + 1] + y * row, *f = mixed ? ws.f[l + 1] + y * row : a;
  const T* in[] = {z};
  T* out[] = {f, z};
  run(slopes && slopes_kept(net, l) ? net.with_slope[l] : net.value[l], in, out, row);
  if (mixed) mix_channels(w, mixes_at(p, net, l), w.places[1], ws.stride, f, z, a);
}
template <class T>
void pool_and_activate(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p, bool slopes, long y) {
  const Window& w = net.windows[l];
  const long at = y * w.places[1] * w.channels_out * ws.stride;
  T* z = (passes(net, l) ? ws.a[l + 1] : ws.z[l + 1]) + at;
  if (keeps_winners(net, ws, l))
    (w.size[0] * w.size[1] == 4 ? pool_winners<4, T> : pool_winners<0, T>)(w, ws, ws.a[l], z, ws.z[l] + at);
  else
    pool_row(w, ws, y, arriving(ws, l), z);
  activate_row(net, ws, l, p, slopes, y);
}
template <class T> void forward_windows(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p,
                                        bool slopes) {
  const Window& w = net.windows[l];
  const T *weights = p + net.offsets[l], *bias = weights + net.weights[l], *from = arriving(ws, l);
  const long row = w.places[1] * w.channels_out * ws.stride, taps = w.size[0] * w.size[1];
  const long seen = w.channels / w.groups, made = w.channels_out / w.groups;
  T *z = passes(net, l) ? ws.a[l + 1] : ws.z[l + 1], *a = ws.a[l + 1];
  ask(ws);
  if (w.look == Look::convolution) {
    const Sums<T> sums(w, made, seen, ws.stride, ws.kernels, [&](long g, long o, long tap, long c) {
      return weights[((g * made + o) * seen + c) * taps + tap];
    });
    const bool pooled = pools_along(net, ws, l + 1);
    const long high = pooled ? net.windows[l + 1].stride[0] : 1;
    const bool forgets = pooled && keeps_winners(net, ws, l + 1);
    const bool side_by_side = w.groups == 1;  // the taps of a row of a window follow one another
    for (long y = 0; y < w.places[0]; ++y) {
      T* to = z + (forgets ? y % high : y) * row;
      for (long x = 0; x < w.places[1]; ++x, to += w.channels_out * ws.stride) {
        long count = 0;
        each_tap(w, y, x, [&](long tap, long pixel) {
          Strand* last = ws.strands + count - 1;
          if (count > 0 && side_by_side && last->place + last->count == pixel * w.channels &&
              last->tap * seen + last->count == tap * seen)
            last->count += seen;
          else
            ws.strands[count++] = {tap, pixel * w.channels, seen};
        });
        sums.at(ws.strands, count, from, bias, to);
      }
      activate_row(net, ws, l, p, slopes, y);
      if (pooled && (y + 1) % high == 0) pool_and_activate(net, ws, l + 1, p, slopes, y / high);
    }
  } else if (!pools_along(net, ws, l)) {
    for (long y = 0; y < w.places[0]; ++y) pool_and_activate(net, ws, l, p, slopes, y);
  }
  const long inputs = w.image[0] * w.image[1] * w.channels, outputs = w.places[0] * row;
  std::copy_n(from + inputs * ws.stride, w.carried * ws.stride, a + outputs);
}

template <class T>
void backward_windows(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p, long count, Finish finish) {
  const Window& w = net.windows[l];
  const T* weights = p + net.offsets[l];
  const long stride = ws.stride, row = w.places[1] * w.channels_out * stride, taps = w.size[0] * w.size[1];
  const long seen = w.channels / w.groups, made = w.channels_out / w.groups;
  const long inputs = w.image[0] * w.image[1] * w.channels, outputs = w.places[0] * row;
  T* from = arriving(ws, l);
  ask(ws);
  const bool mixed = mixes_in(net, l);
  const auto through_activation = [&](long first, long n) {
    if (passes(net, l)) return;
    const T* in[] = {ws.z[l + 1] + first, (mixed ? ws.f : ws.a)[l + 1] + first, ws.delta + first};
    T* out[] = {ws.delta + first};
    if (mixed) std::copy_n(ws.delta + first, n, ws.delta_below + first);
    if (slopes_kept(net, l))
      times(in[2], in[0], out[0], n);
    else
      run(net.backward[l], in, out, n);
    if (mixed)
      mix_channels(w, mixes_at(p, net, l), n / (w.channels_out * stride), stride, ws.delta + first,
                   ws.delta_below + first, ws.delta + first);
  };
  if (mixed) {
    for (T* values : {ws.delta, ws.f[l + 1], ws.z[l + 1]})
      for (long i = 0; count < stride && i < outputs / stride; ++i)
        std::fill(values + i * stride + count, values + (i + 1) * stride, T(0));
    mix_gradient_of_channels(net, ws, l, finish);
  }
  if (w.look == Look::convolution) {
    WeightSums<T> sums(w, ws);
    if (count < stride) sums.clear_padding(from, inputs, count);
    const bool pooled = pools_along(net, ws, l + 1);  // its error signals are in ws.delta_below, and go on from there
    const long high = pooled ? net.windows[l + 1].stride[0] : 1;
    const long rows = (sums.rows_together() + high - 1) / high * high;
    // Nothing looks back at the error signals of the first layer: those of some rows stay in a nearer cache.
    const bool forgets = l == 0 && pooled && keeps_winners(net, ws, l + 1);
    for (long y = 0; y < w.places[0]; y += rows) {
      const long end = y + rows < w.places[0] ? y + rows : w.places[0], top = forgets ? y : 0;
      if (pooled) pool_back_along(net, ws, l + 1, ws.delta_below, ws.delta, top, y / high, end / high);
      through_activation(y * row, (end - y) * row);
      if (count < stride) sums.clear_padding(ws.delta + (y - top) * row, (end - y) * row / stride, count);
      sums.add(from, ws.delta, top, y, end);
    }
    sums.finish(ws.gradient + net.offsets[l], finish);
  } else {
    through_activation(0, outputs);
  }
  if (l == 0) return;
  ask(ws);
  if (w.look == Look::convolution) {
    const Sums<T> sums(w, seen, made, stride, ws.kernels, [&](long g, long c, long tap, long o) {
      return weights[((g * made + o) * seen + c) * taps + tap];
    });
    for (long y = 0; y < w.image[0]; ++y)
      for (long x = 0; x < w.image[1]; ++x) {
        long n = 0;
        each_place(w, y, x, [&](long tap, long place) { ws.strands[n++] = {tap, place * w.channels_out, made}; });
        sums.at(ws.strands, n, ws.delta, nullptr, ws.delta_below + (y * w.image[1] + x) * w.channels * stride);
      }
  } else if (!pools_along(net, ws, l)) {
    pool_back(w, ws, from, ws.delta, ws.delta_below, 0, w.places[0]);
  }
  std::copy_n(ws.delta + outputs, w.carried * stride, ws.delta_below + inputs * stride);
}

#define GLASSNET_WINDOWS(T)                                                                                        \
  template void forward_windows<T>(const NetworkView<T>&, const Workspace<T>&, int, const T*, bool);               \
  template void backward_windows<T>(const NetworkView<T>&, const Workspace<T>&, int, const T*, long, Finish);      \
  template void few_in_windows<T>(const NetworkView<T>&, const Workspace<T>&, int, const T*, const T*, long, long, \
                                  long, T*, T*);
GLASSNET_WINDOWS(float)
GLASSNET_WINDOWS(double)
#undef GLASSNET_WINDOWS

}  // namespace glassnet::GLASSNET_ISA
