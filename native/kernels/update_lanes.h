// The step from gradients to new weights for one member per vector lane: what update.h does, lane by lane.
#pragma once
#include "lanes.h"
#include "update.h"

namespace glassnet::GLASSNET_ISA {

// Sums of |w| and w^2 of a layer, as `chains` interleaved sums per lane.
template <class T> struct LanePenalty {
  Vec<T> absolute_sum[chains], square_sum[chains];

  LanePenalty() {
    for (int c = 0; c < chains; ++c) absolute_sum[c] = square_sum[c] = Vec<T>(T(0));
  }
  // Adds the slopes of l1 |w| + l2 w^2 to the gradient of weights `start` .. `end` of a layer.
  void add(const T* w, T* g, long start, long end, const LaneTask<T>& task) {
    constexpr long size = Vec<T>::size;
    const Vec<T> one = Vec<T>::load(task.l1), zero(T(0)), two = Vec<T>::load(task.l2) + Vec<T>::load(task.l2);
    const auto penalized = one + two > zero;  // in other lanes minus zero is added, which changes no bit
    for (long i = start; i < end; ++i) {
      const Vec<T> x = Vec<T>::load(w + i * size);
      const Vec<T> sign = select(x > zero, one, select(x < zero, -one, zero));
      (Vec<T>::load(g + i * size) + select(penalized, fma(two, x, sign), -zero)).store(g + i * size);
      absolute_sum[i % chains] = absolute_sum[i % chains] + absolute(x);
      square_sum[i % chains] = fma(x, x, square_sum[i % chains]);
    }
  }
  void finish(const LaneTask<T>& task) {
    constexpr long size = Vec<T>::size;
    for (int half = chains / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) {
        absolute_sum[i] = absolute_sum[i] + absolute_sum[i + half];
        square_sum[i] = square_sum[i] + square_sum[i + half];
      }
    T lane[2][size];
    absolute_sum[0].store(lane[0]);
    square_sum[0].store(lane[1]);
    for (long i = 0; i < size; ++i) task.l1_sum[i] += lane[0][i], task.l2_sum[i] += lane[1][i];
  }
};

// f(l, offset of the layer, its number of weights, of weights and biases) for each layer.
template <class T, class F> void each_layer(const NetworkView<T>& net, F f) {
  for (int l = 0; l < net.layers; ++l) {
    const long n_weights = net.sizes[l] * net.sizes[l + 1];
    f(net.offsets[l], n_weights, n_weights + net.sizes[l + 1]);
  }
}

// Scales the gradient of each lane down to the norm `limit` where it is longer; see update.h.
template <class T> void clip_lanes(const NetworkView<T>& net, T* gradient, T limit) {
  constexpr long size = Vec<T>::size;
  Vec<T> largest(T(0)), squares[chains];
  for (auto& sum : squares) sum = Vec<T>(T(0));
  each_layer(net, [&](long offset, long, long n) {
    for (long i = offset; i < offset + n; ++i) largest = larger(largest, absolute(Vec<T>::load(gradient + i * size)));
  });
  const Vec<T> inverse = Vec<T>(T(1)) / largest;
  each_layer(net, [&](long offset, long, long n) {
    for (long i = offset; i < offset + n; ++i) {
      const Vec<T> x = Vec<T>::load(gradient + i * size) * inverse;
      squares[i % chains] = fma(x, x, squares[i % chains]);
    }
  });
  for (int half = chains / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) squares[i] = squares[i] + squares[i + half];
  const Vec<T> one(T(1));
  Vec<T> factor = Vec<T>(limit) * inverse / root(squares[0]);
  factor = select(factor < one, factor, one);
  each_layer(net, [&](long offset, long, long n) {
    for (long i = offset; i < offset + n; ++i) (Vec<T>::load(gradient + i * size) * factor).store(gradient + i * size);
  });
}

template <class T> void update_lanes(const NetworkView<T>& net, const LaneTask<T>& task) {
  constexpr long size = Vec<T>::size, strip_entries = 32;
  Finiteness<T> finiteness;
  for (long i = 0; i < size; ++i) task.l1_sum[i] = task.l2_sum[i] = 0;
  const bool clipping = task.clip_norm > T(0);
  if (clipping) {
    if (task.penalty)
      each_layer(net, [&](long offset, long n_weights, long) {
        LanePenalty<T> penalty;
        penalty.add(task.parameters + offset * size, task.gradient + offset * size, 0, n_weights, task);
        penalty.finish(task);
      });
    clip_lanes(net, task.gradient, task.clip_norm);
  }
  const bool penalize = task.penalty && !clipping;
  each_layer(net, [&](long offset, long n_weights, long n) {
    const T* weights = task.parameters + offset * size;
    T* gradient = task.gradient + offset * size;
    LanePenalty<T> penalty;
    for (long start = 0; start < n; start += strip_entries) {
      const long count = n - start < strip_entries ? n - start : strip_entries, at = start * size;
      if (penalize) penalty.add(weights, gradient, start, start + count < n_weights ? start + count : n_weights, task);
      const T* in[most_operands] = {weights + at, gradient + at};
      T* out[most_operands] = {task.new_parameters + offset * size + at};
      for (int s = 0; s < task.n_states; ++s) in[2 + s] = out[1 + s] = task.states[s] + offset * size + at;
      task.optimizer(in, out, task.uniforms, count * size);
      finiteness.look(in[1], count * size);
      finiteness.look(out[0], count * size);
    }
    if (penalize) penalty.finish(task);
  });
  finiteness.value().store(task.bad);
}

// An optimizer whose uniforms (its learning rate above all) differ from lane to lane: uniforms[k * lanes + lane].
template <class F, class T> void lane_loop(const T* const* in, T* const* out, const T* uniforms, long count) {
  using V = Vec<T>;
  V u[F::uniforms + 1];
  for (int k = 0; k < F::uniforms; ++k) u[k] = V::load(uniforms + k * V::size);
  for (long i = 0; i < count; i += V::size) {
    V x[F::inputs + 1], result[F::outputs];
    for (int k = 0; k < F::inputs; ++k) x[k] = V::load(in[k] + i);
    F::run(x, u, result);
    for (int k = 0; k < F::outputs; ++k) result[k].store(out[k] + i);
  }
}
#define GLASSNET_LOOP(F) &lane_loop<F, T>,
template <class T> constexpr Loop<T> optimizer_lane_loops[] = {GLASSNET_OPTIMIZER_KERNELS(GLASSNET_LOOP)};
#undef GLASSNET_LOOP

}  // namespace glassnet::GLASSNET_ISA
