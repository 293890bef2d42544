// The step from gradient to new weights: penalties, optimizer, and the check that everything is finite.
//
// Runs over the parameters in short strips that stay in the nearest cache: penalty pass, optimizer pass, check pass.
#pragma once
#include "step.h"

namespace glassnet::GLASSNET_ISA {

constexpr long update_strip = 1024;

// Adds the slope of l1 |w| + l2 w^2 to g for the first `count` entries and extends the sums of |w| and w^2.
template <class T>
void penalize(const T* w, const T* g, T* to, long count, T l1, T l2, Total<T>& absolute_sum, Total<T>& square_sum) {
  const Vec<T> one(l1), two(l2 + l2), zero(T(0));
  T w_tail[chains], g_tail[chains];
  for (long i = 0; i < count; i += chains) {
    const bool tail = count - i < chains;
    const T *from_w = w + i, *from_g = g + i;
    T* into = to + i;
    if (tail) {
      for (long k = 0; k < chains; ++k) {
        w_tail[k] = i + k < count ? w[i + k] : T(0);
        g_tail[k] = g[i + k];
      }
      from_w = w_tail, from_g = g_tail;
    }
    for (int at = 0; at < chains; at += Vec<T>::size) {
      const Vec<T> x = Vec<T>::load(from_w + at);
      const Vec<T> sign = select(x > zero, one, select(x < zero, -one, zero));
      (Vec<T>::load(from_g + at) + fma(two, x, sign)).store(into + at);
    }
    absolute_sum.add([&](int at, Vec<T> sum) { return sum + absolute(Vec<T>::load(from_w + at)); });
    square_sum.add([&](int at, Vec<T> sum) {
      const Vec<T> x = Vec<T>::load(from_w + at);
      return fma(x, x, sum);
    });
  }
}

template <class T> bool all_finite(const T* values, long count) {
  bool good = true;
  for (long i = 0; i < count; ++i) good &= values[i] - values[i] == T(0);
  return good;
}

template <class T> UpdateOutcome update(const NetworkView<T>& net, const UpdateTask<T>& task) {
  UpdateOutcome outcome;
  const bool penalty = task.l1 != T(0) || task.l2 != T(0);
  alignas(64) T penalized[update_strip];
  Vec<T> bad(T(0));
  for (int l = 0; l < net.layers; ++l) {
    const long n_weights = net.sizes[l] * net.sizes[l + 1];
    const long begin = net.offsets[l], end = begin + padded(n_weights + net.sizes[l + 1]);
    Total<T> absolute_sum, square_sum;
    for (long start = begin; start < end; start += update_strip) {
      const long count = end - start < update_strip ? end - start : update_strip;
      const long weights_left = begin + n_weights - start;
      const T* g = task.gradient + start;
      if (penalty && weights_left > 0) {
        const long act = weights_left < count ? weights_left : count;
        penalize(task.weights + start, g, penalized, act, task.l1, task.l2, absolute_sum, square_sum);
        for (long i = padded(act); i < count; ++i) penalized[i] = g[i];
        g = penalized;
      }
      const T* in[most_operands] = {task.weights + start, g};
      T* out[most_operands] = {task.new_weights + start};
      for (int s = 0; s < task.n_states; ++s) in[2 + s] = out[1 + s] = task.states[s] + start;
      run(task.optimizer, in, out, count);
      for (long i = 0; i < count; i += Vec<T>::size)
        bad = fma(Vec<T>::load(g + i), Vec<T>(T(0)), fma(Vec<T>::load(out[0] + i), Vec<T>(T(0)), bad));
    }
    outcome.l1_sum += absolute_sum.value();
    outcome.l2_sum += square_sum.value();
  }
  T lanes[Vec<T>::size];
  bad.store(lanes);
  for (T x : lanes) outcome.finite &= x == T(0);
  if (!outcome.finite) {  // look again, at real entries only: padding may hold anything under a user's formula
    outcome.finite = true;
    for (int l = 0; l < net.layers; ++l) {
      const long n = (net.sizes[l] + 1) * net.sizes[l + 1];
      outcome.finite &= all_finite(task.gradient + net.offsets[l], n) && all_finite(task.new_weights + net.offsets[l], n);
    }
  }
  return outcome;
}

}  // namespace glassnet::GLASSNET_ISA
