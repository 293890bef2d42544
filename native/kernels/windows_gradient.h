// The gradient of a convolution's weights: for each kernel, channel and tap the total over rows and places of error
// signal times input. A tile of totals stays in registers over some rows of places; between these the chains wait in
// memory.
#pragma once
#include "totals.h"
#include "windows.h"

namespace glassnet::GLASSNET_ISA {

#if defined(__AVX512F__)
constexpr int gradient_kernels = 6, gradient_taps = 4;
#elif defined(__AVX2__)
constexpr int gradient_kernels = 4, gradient_taps = 3;
#else
constexpr int gradient_kernels = 4, gradient_taps = 2;
#endif
constexpr long places_together = 32;  // places whose error signals and inputs stay in the nearest caches

// Where one input of a kernel lies while the window moves: row and column of its tap, and its channel; the bias, whose
// input is 1 everywhere, has none.
struct Input {
  long dy = 0, dx = 0, channel = 0;
  bool bias = false;
};

template <class T> struct PlaceRun {
  const Window* w;
  const Input* input;     // of each tap of the tile
  const T *from, *delta;  // inputs of the image, and the error signals of the first kernel of the tile
  const T *ones, *zeros;
  long stride;
  T* sums;  // [kernel * step + tap][chains]
  long step;
  long top;  // the row of places that `delta` begins with
};

// Adds the rows of places from `first` to `end` to a tile of totals.
template <class T, int kernels, int taps> void add_places(const PlaceRun<T>& r, long first, long end) {
  constexpr int size = Vec<T>::size;
  const Window& w = *r.w;
  const long stride = r.stride, out = w.channels_out * stride, pixel = w.channels * stride;
  // Columns of places where every tap of the tile lies on the image.
  long inside = 0, outside = w.places[1];
  for (int j = 0; j < taps; ++j) {
    if (r.input[j].bias) continue;
    const long shift = r.input[j].dx - w.before[1];
    const long low = shift < 0 ? (-shift + w.stride[1] - 1) / w.stride[1] : 0;
    const long last = w.image[1] - 1 - shift, high = last < 0 ? 0 : last / w.stride[1] + 1;
    inside = low > inside ? low : inside, outside = high < outside ? high : outside;
  }
  if (inside > outside) inside = outside = outside < 0 ? 0 : outside;
  for (int part = 0; part < chains; part += size) {
    Vec<T> sum[kernels][taps];
#pragma GCC unroll 6
    for (int i = 0; i < kernels; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < taps; ++j) sum[i][j] = Vec<T>::load(r.sums + (i * r.step + j) * chains + part);
    for (long y = first; y < end; ++y) {
      const T* up = r.delta + (y - r.top) * w.places[1] * out + part;
      const T* row[taps];
      for (int j = 0; j < taps; ++j) {
        const long at = y * w.stride[0] + r.input[j].dy - w.before[0];
        row[j] = at >= 0 && at < w.image[0] ? r.from + at * w.image[1] * pixel + r.input[j].channel * stride : nullptr;
      }
      const T* line[taps];
      long move[taps];
      const auto place = [&](long x) {
        for (int j = 0; j < taps; ++j) {
          const long column = x * w.stride[1] + r.input[j].dx - w.before[1];
          const bool on = row[j] != nullptr && column >= 0 && column < w.image[1];
          line[j] = (r.input[j].bias ? r.ones : on ? row[j] + column * pixel : r.zeros) + part;
          move[j] = on && !r.input[j].bias ? w.stride[1] * pixel : 0;
        }
      };
      const auto add = [&]() __attribute__((always_inline)) {
        for (long k = 0; k < stride; k += chains) {
          Vec<T> b[taps];
#pragma GCC unroll 4
          for (int j = 0; j < taps; ++j) b[j] = Vec<T>::load(line[j] + k);
#pragma GCC unroll 6
          for (int i = 0; i < kernels; ++i) {
            const Vec<T> d = Vec<T>::load(up + i * stride + k);
#pragma GCC unroll 4
            for (int j = 0; j < taps; ++j) sum[i][j] = fma(d, b[j], sum[i][j]);
          }
        }
        up += out;
      };
      for (long x = 0; x < inside; ++x) place(x), add();
      if (inside < outside) place(inside);
      for (long x = inside; x < outside; ++x) {
        add();
#pragma GCC unroll 4
        for (int j = 0; j < taps; ++j) line[j] += move[j];
      }
      for (long x = outside; x < w.places[1]; ++x) place(x), add();
    }
#pragma GCC unroll 6
    for (int i = 0; i < kernels; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < taps; ++j) sum[i][j].store(r.sums + (i * r.step + j) * chains + part);
  }
}
template <class T> using AddPlaces = void (*)(const PlaceRun<T>&, long, long);
template <class T, int kernels, int... taps> constexpr auto add_places_of(std::integer_sequence<int, taps...>) {
  struct Table {
    AddPlaces<T> entry[sizeof...(taps)];
  };
  return Table{{&add_places<T, kernels, taps + 1>...}};
}
template <class T, int... kernels> constexpr auto all_add_places(std::integer_sequence<int, kernels...>) {
  using Table = decltype(add_places_of<T, 1>(std::make_integer_sequence<int, gradient_taps>()));
  struct Tables {
    AddPlaces<T> entry[sizeof...(kernels)][gradient_taps];
  } all{};
  const auto copy = [&](int i, const auto& table) {
    for (int j = 0; j < gradient_taps; ++j) all.entry[i][j] = table.entry[j];
  };
  (void)sizeof(Table);
  (copy(kernels, add_places_of<T, kernels + 1>(std::make_integer_sequence<int, gradient_taps>())), ...);
  return all;
}
template <class T> constexpr auto place_adders = all_add_places<T>(std::make_integer_sequence<int, gradient_kernels>());

template <class T> class WeightSums {
 public:
  WeightSums(const Window& w, const Workspace<T>& ws)
      : w_(w),
        ws_(ws),
        taps_(w.size[0] * w.size[1]),
        seen_(w.channels / w.groups),
        made_(w.channels_out / w.groups),
        step_(seen_ * taps_ + 1) {
    std::fill_n(ws.sums, w.channels_out * step_ * chains, T(0));
    std::fill_n(ws.ones_and_zeros, ws.stride, T(1));
    std::fill_n(ws.ones_and_zeros + ws.stride, ws.stride, T(0));
  }
  // Rows of places that are added at a time.
  long rows_together() const { return w_.places[1] >= places_together ? 1 : places_together / w_.places[1]; }

  // Rows of a block that are only padding add nothing, whatever has become of them.
  void clear_padding(T* values, long numbers, long count) const {
    for (long i = 0; i < numbers; ++i) std::fill(values + i * ws_.stride + count, values + (i + 1) * ws_.stride, T(0));
  }

  // `delta` begins with the row of places `top`.
  void add(const T* from, const T* delta, long top, long first, long end) const {
    const long stride = ws_.stride;
    PlaceRun<T> run{&w_,    nullptr, from,  nullptr, ws_.ones_and_zeros, ws_.ones_and_zeros + stride,
                    stride, nullptr, step_, top};
    for (long g = 0; g < w_.groups; ++g) {
      const long tiles = (made_ + gradient_kernels - 1) / gradient_kernels;
      for (long tile = 0, kernel = g * made_, end_of_group = kernel + made_; tile < tiles; ++tile) {
        const long kernels = even_part(end_of_group - kernel, tiles - tile);
        const long parts = (step_ + gradient_taps - 1) / gradient_taps;
        run.delta = delta + kernel * stride;
        for (long part = 0, k = 0; part < parts; ++part) {
          const long taps = even_part(step_ - k, parts - part);
          Input input[gradient_taps];
          for (long j = 0; j < taps; ++j) input[j] = input_at(g, k + j);
          run.input = input, run.sums = ws_.sums + (kernel * step_ + k) * chains;
          place_adders<T>.entry[kernels - 1][taps - 1](run, first, end);
          k += taps;
        }
        kernel += kernels;
      }
    }
  }

  // The totals become the gradient of weights and biases.
  void finish(T* to, Finish how) const {
    const auto put = [&](T& entry, const T* chain) {
      Total<T> total;
      for (int part = 0; part < chains; part += Vec<T>::size)
        total.sum[part / Vec<T>::size] = Vec<T>::load(chain + part);
      entry = how == Finish::add ? entry + total.value() : total.value();
    };
    T* biases = to + w_.channels_out * (step_ - 1);
    for (long o = 0; o < w_.channels_out; ++o) {
      const T* chain = ws_.sums + o * step_ * chains;
      for (long k = 0; k + 1 < step_; ++k) put(to[o * (step_ - 1) + k], chain + k * chains);
      put(biases[o], chain + (step_ - 1) * chains);
    }
  }

 private:
  Input input_at(long group, long k) const {
    if (k + 1 == step_) return {0, 0, 0, true};
    const long channel = k / taps_, tap = k % taps_;
    return {tap / w_.size[1] * w_.dilation[0], tap % w_.size[1] * w_.dilation[1], group * seen_ + channel, false};
  }

  const Window& w_;
  const Workspace<T>& ws_;
  long taps_, seen_, made_, step_;
};

}  // namespace glassnet::GLASSNET_ISA
