// Pooling, forward and back: the largest or the mean of what lies under each window.
#pragma once
#include "mixes.h"
#include "windows.h"

namespace glassnet::GLASSNET_ISA {

// Whether what the windows give is what leaves the layer.
template <class T> bool passes(const NetworkView<T>& net, int l) {
  return net.windows[l].straight && !mixes_in(net, l);
}

// The largest or the mean of each window of one row of places, channel by channel.
template <class T> void pool_row(const Window& w, const Workspace<T>& ws, long y, const T* from, T* to) {
  const long wide = w.channels * ws.stride;
  for (long x = 0; x < w.places[1]; ++x, to += wide) {
    long count = 0;
    each_tap(w, y, x, [&](long, long pixel) { ws.strands[count++].place = pixel * wide; });
    const Vec<T> share(T(1) / static_cast<T>(count));
    const bool largest = w.look == Look::largest;
    for (long i = 0; i < wide; i += Vec<T>::size) {
      Vec<T> result = Vec<T>::load(from + ws.strands[0].place + i);
      for (long k = 1; k < count; ++k) {
        const Vec<T> next = Vec<T>::load(from + ws.strands[k].place + i);
        result = largest ? larger(result, next) : result + next;
      }
      (largest ? result : result * share).store(to + i);
    }
  }
}

// Whether every pixel lies in one window and no more.
inline bool tiles_image(const Window& w) {
  return w.size[0] == w.stride[0] && w.size[1] == w.stride[1] && w.dilation[0] == 1 && w.dilation[1] == 1 &&
         w.before[0] == 0 && w.before[1] == 0 && w.places[0] * w.stride[0] == w.image[0] &&
         w.places[1] * w.stride[1] == w.image[1];
}
// Whether layer l pools what the convolution below it gives, row by row, while that is in the nearer caches: forward as
// soon as the rows of a window are there, and back just before the convolution takes them.
template <class T> bool pools_along(const NetworkView<T>& net, const Workspace<T>& ws, int l) {
  return l > 0 && l < net.layers && windowed(net, l) && windowed(net, l - 1) &&
         net.windows[l].look != Look::convolution && net.windows[l - 1].look == Look::convolution &&
         tiles_image(net.windows[l]) && !mixes_in(net, l - 1) && !drops(ws, l);
}

// Whether the way back needs only which pixel of each window won, so that what a convolution gives is forgotten as soon
// as it has been pooled: a few of its rows stay in the nearest cache, in place of a map in memory. The winners lie
// where the pre-activations of the convolution would, which has none of its own.
template <class T> bool keeps_winners(const NetworkView<T>& net, const Workspace<T>& ws, int l) {
  return pools_along(net, ws, l) && net.windows[l].look == Look::largest && passes(net, l - 1);
}

// f(place of the window's first pixel, place of what it gives) in a row of windows that tile the image; ws.strands tell
// where the pixels of a window lie beside its first.
template <class T, class F> GLASSNET_INLINE void each_tile(const Window& w, const Workspace<T>& ws, F f) {
  const long wide = w.channels * ws.stride;
  for (long dy = 0, k = 0; dy < w.size[0]; ++dy)
    for (long dx = 0; dx < w.size[1]; ++dx) ws.strands[k++].place = (dy * w.image[1] + dx) * wide;
  for (long x = 0; x < w.places[1]; ++x)
    for (long i = 0; i < wide; i += Vec<T>::size) f(x * w.size[1] * wide + i, x * wide + i);
}
// The largest of each window, and which of its pixels that is: the first of equal ones. `taps` is their number, or 0
// where only the window knows.
template <int taps, class T>
void pool_winners(const Window& w, const Workspace<T>& ws, const T* from, T* to, T* winner) {
  const long count = taps > 0 ? taps : w.size[0] * w.size[1];
  each_tile(w, ws, [&](long first, long place) {
    Vec<T> result = Vec<T>::load(from + first), which(T(0));
#pragma GCC unroll 4
    for (long k = 1; k < count; ++k) {
      const Vec<T> next = Vec<T>::load(from + ws.strands[k].place + first);
      const auto wins = next > result;
      result = select(wins, next, result), which = select(wins, Vec<T>(static_cast<T>(k)), which);
    }
    result.store(to + place), which.store(winner + place);
  });
}
template <int taps, class T>
void give_winners(const Window& w, const Workspace<T>& ws, const T* delta, const T* winner, T* below) {
  const long count = taps > 0 ? taps : w.size[0] * w.size[1];
  each_tile(w, ws, [&](long first, long place) {
    const Vec<T> up = Vec<T>::load(delta + place), which = Vec<T>::load(winner + place), none(T(0));
#pragma GCC unroll 4
    for (long k = 0; k < count; ++k)
      select(same(which, Vec<T>(static_cast<T>(k))), up, none).store(below + ws.strands[k].place + first);
  });
}

// The way back: all to the first of the largest, or equal shares.
template <class T>
void pool_back(const Window& w, const Workspace<T>& ws, const T* from, const T* delta, T* below, long first, long end) {
  const long wide = w.channels * ws.stride, pixels = w.image[0] * w.image[1];
  const bool apart = w.size[0] <= w.stride[0] && w.size[1] <= w.stride[1] && w.dilation[0] == 1 && w.dilation[1] == 1;
  const bool covered = apart && w.size[0] == w.stride[0] && w.size[1] == w.stride[1] && w.before[0] == 0 &&
                       w.before[1] == 0 && w.places[0] * w.stride[0] >= w.image[0] &&
                       w.places[1] * w.stride[1] >= w.image[1];
  if (!covered) std::fill_n(below, pixels * wide, T(0));
  delta += first * w.places[1] * wide;
  for (long y = first; y < end; ++y)
    for (long x = 0; x < w.places[1]; ++x, delta += wide) {
      long count = 0;
      each_tap(w, y, x, [&](long, long pixel) { ws.strands[count++].place = pixel * wide; });
      const Vec<T> share(T(1) / static_cast<T>(count)), none(T(0));
      const auto give = [&](long k, long i, Vec<T> part) {
        T* to = below + ws.strands[k].place + i;
        (apart ? part : Vec<T>::load(to) + part).store(to);
      };
      for (long i = 0; i < wide; i += Vec<T>::size) {
        Vec<T> left = Vec<T>::load(delta + i);
        if (w.look == Look::mean) {
          for (long k = 0; k < count; ++k) give(k, i, left * share);
          continue;
        }
        Vec<T> top = Vec<T>::load(from + ws.strands[0].place + i);
        for (long k = 1; k < count; ++k) top = larger(top, Vec<T>::load(from + ws.strands[k].place + i));
        for (long k = 0; k < count; ++k) {
          const auto wins = same(Vec<T>::load(from + ws.strands[k].place + i), top);
          give(k, i, select(wins, left, none));
          left = select(wins, none, left);
        }
      }
    }
}

// The error signals of rows of a convolution, out of those of the pools that take them along; `below` begins with its
// row `top`.
template <class T>
void pool_back_along(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* delta, T* below, long top,
                     long first, long end) {
  const Window& w = net.windows[l];
  if (!keeps_winners(net, ws, l)) return pool_back(w, ws, ws.a[l], delta, below, first, end);
  const long row = w.places[1] * w.channels * ws.stride, row_below = w.image[1] * w.channels * ws.stride;
  for (long y = first; y < end; ++y)
    (w.size[0] * w.size[1] == 4 ? give_winners<4, T> : give_winners<0, T>)(w, ws, delta + y * row, ws.z[l] + y * row,
                                                                           below + (y * w.stride[0] - top) * row_below);
}

}  // namespace glassnet::GLASSNET_ISA
