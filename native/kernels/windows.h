// Layers that look at an image through windows: convolution and pooling. What a step needs to know of them; windows.cpp
// has the rest, compiled on its own.
//
// Numbers lie as everywhere: those of one pixel and channel for all rows of a block together, [((y * columns + x) *
// channels
// + c) * stride + row], so that vectors run across rows and any geometry costs the same. Pixels outside of the image
// are left out of the chains of forward and backward sums, which follow (dy, dx, channel).
//
// The gradient of a weight adds up rows and places, and there are few weights for long sums. Such a sum is a total (see
// totals.h): place by place, row r belongs to chain r mod `chains`.
#pragma once
#include <algorithm>

#include "dropout.h"
#include "interface.h"
#include "product.h"

namespace glassnet::GLASSNET_ISA {

template <class T> bool windowed(const NetworkView<T>& net, int l) {
  return net.windows != nullptr && net.windows[l].there();
}

template <class T> void run(const Formula<T>& formula, const T* const* in, T* const* out, long count);

// ws.z and ws.a of layer l + 1, or only ws.a where there is no activation.
template <class T> void forward_windows(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p,
                                        bool slopes);
// From ws.delta, dL/da of layer l + 1, the gradient of layer l and (when there is a layer below) ws.delta_below.
template <class T> void backward_windows(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p,
                                         long count, Finish finish);
// For a few rows, row by row: `z` and `a` are [row * wide + number], what enters is [row * step + number].
template <class T>
void few_in_windows(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p, const T* x, long step,
                    long rows, long wide, T* z, T* a);

// f(tap, pixel) for the taps of the window at a place that lie on the image, row by row.
template <class F> GLASSNET_INLINE void each_tap(const Window& w, long y, long x, F f) {
  for (long dy = 0; dy < w.size[0]; ++dy) {
    const long row = y * w.stride[0] + dy * w.dilation[0] - w.before[0];
    if (row < 0 || row >= w.image[0]) continue;
    for (long dx = 0; dx < w.size[1]; ++dx) {
      const long column = x * w.stride[1] + dx * w.dilation[1] - w.before[1];
      if (column >= 0 && column < w.image[1]) f(dy * w.size[1] + dx, row * w.image[1] + column);
    }
  }
}
// f(tap, place) for the windows that have a tap on a pixel.
template <class F> GLASSNET_INLINE void each_place(const Window& w, long row, long column, F f) {
  for (long dy = 0; dy < w.size[0]; ++dy) {
    const long above = row + w.before[0] - dy * w.dilation[0], y = above / w.stride[0];
    if (above < 0 || y >= w.places[0] || y * w.stride[0] != above) continue;
    for (long dx = 0; dx < w.size[1]; ++dx) {
      const long left = column + w.before[1] - dx * w.dilation[1], x = left / w.stride[1];
      if (left >= 0 && x < w.places[1] && x * w.stride[1] == left) f(dy * w.size[1] + dx, y * w.places[1] + x);
    }
  }
}

// Whole channels are dropped: the mask of the first pixel holds for all.
template <class T> void drop_channels(const Workspace<T>& ws, int layer, const Window& w) {
  T* keep = ws.keep[layer];
  const long stride = ws.stride, pixels = w.image[0] * w.image[1], wide = w.channels * stride;
  draw_mask(ws, layer, w.channels + w.carried);
  for (long i = w.carried - 1; i >= 0; --i)
    std::copy_n(keep + wide + i * stride, stride, keep + pixels * wide + i * stride);
  for (long k = 1; k < pixels; ++k) std::copy_n(keep, wide, keep + k * wide);
  times(ws.a[layer], keep, ws.dropped[layer], (pixels * w.channels + w.carried) * stride);
}

}  // namespace glassnet::GLASSNET_ISA
