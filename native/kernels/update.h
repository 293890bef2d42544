// The step from gradient to new weights: penalties, clipping, optimizer, and the check that everything is finite.
//
// Groups of parameters (weights, biases, scales, mixes of a layer) may have learning rates of their own.
//
// Runs over the parameters in short strips that stay in the nearest cache: penalty pass, optimizer pass, check pass.
// Clipping needs the length of the whole gradient, so then the penalty pass runs over everything first. So it does when
// threads share the strips, because its sums have an order.
#pragma once
#include "step.h"

namespace glassnet::GLASSNET_ISA {

constexpr long update_strip = 1024;
constexpr long fewest_shared = 65536;  // parameters of a network from which on threads share them
constexpr int most_sharing = 64;       // so many threads do

// Adds the slope of l1 |w| + l2 w^2 to g for the first `count` entries and extends the sums of |w| and w^2, in which
// the first entry belongs to the chain `chain`.
template <class T>
void penalize(const T* w, T* g, long count, long chain, T l1, T l2, Total<T>& absolute_sum, Total<T>& square_sum) {
  const Vec<T> one(l1), two(l2 + l2), zero(T(0));
  T w_part[chains], g_part[chains];
  for (long i = -chain; i < count; i += chains) {
    const T *from_w = entries_at(w, i, count, w_part), *from_g = entries_at(g, i, count, g_part);
    const bool whole = from_g != g_part;
    for (int at = 0; at < chains; at += Vec<T>::size) {
      const Vec<T> x = Vec<T>::load(from_w + at);
      const Vec<T> sign = select(x > zero, one, select(x < zero, -one, zero));
      (Vec<T>::load(from_g + at) + fma(two, x, sign)).store((whole ? g + i : g_part) + at);
    }
    for (long k = 0; !whole && k < chains; ++k)
      if (i + k >= 0 && i + k < count) g[i + k] = g_part[k];
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

// Scales the gradient down to the norm `limit` where it is longer. Squares are taken of shares of the largest entry, so
// that they stay finite.
template <class T> void clip(const NetworkView<T>& net, T* g, T limit) {
  const long count = net.parameters;
  Vec<T> top(T(0));
  for (long i = 0; i < count; i += Vec<T>::size) top = larger(top, absolute(Vec<T>::load(g + i)));
  T lane[Vec<T>::size], largest = 0;
  top.store(lane);
  for (T x : lane) largest = x > largest ? x : largest;
  const T inverse = T(1) / largest;
  Total<T> squares;
  const auto extend = [&](const T* values, long n, long place) {
    T part[chains];
    for (long i = -(place % chains); i < n; i += chains) {
      const T* from = entries_at(values, i, n, part);
      squares.add([&](int at, Vec<T> sum) {
        const Vec<T> x = Vec<T>::load(from + at) * Vec<T>(inverse);
        return fma(x, x, sum);
      });
    }
  };
  for (int l = 0; l < net.layers; ++l) {
    T *weights = g + net.offsets[l], *others = weights + net.weights[l];
    each_piece(net, l, [&](long first, long n, long place) { extend(weights + first, n, place); });
    extend(others, parameters_of(net, l) - net.weights[l],
           windowed(net, l) ? net.weights[l] : net.sizes[l] * net.sizes[l + 1]);
  }
  const T factor = limit * inverse / std::sqrt(squares.value());
  if (!(factor < T(1))) return;
  for (long i = 0; i < count; i += Vec<T>::size) (Vec<T>::load(g + i) * Vec<T>(factor)).store(g + i);
}

// Whether everything looked at was finite. Numbers times zero are added up in four chains that the processor runs side
// by side: zero stays zero, infinity and NaN become NaN for good.
template <class T> struct Finiteness {
  static constexpr int parts = 4;
  Vec<T> sum[parts];

  Finiteness() {
    for (auto& s : sum) s = Vec<T>(T(0));
  }
  // `count` is a multiple of `padding`.
  GLASSNET_INLINE void look(const T* values, long count) {
    constexpr long size = Vec<T>::size;
    long i = 0;
    for (; i + parts * size <= count; i += parts * size)
#pragma GCC unroll 4
      for (int p = 0; p < parts; ++p) sum[p] = fma(Vec<T>::load(values + i + p * size), Vec<T>(T(0)), sum[p]);
    for (; i < count; i += size) sum[0] = fma(Vec<T>::load(values + i), Vec<T>(T(0)), sum[0]);
  }
  void join(const Finiteness& other) { sum[0] = sum[0] + other.value(); }
  Vec<T> value() const { return (sum[0] + sum[1]) + (sum[2] + sum[3]); }
};

// f(start, count) for each strip of some parameters.
template <class F> void each_strip(long begin, long end, F f) {
  for (long start = begin; start < end; start += update_strip)
    f(start, end - start < update_strip ? end - start : update_strip);
}

// f(start, count, finiteness) for each strip, the strips divided among threads.
template <class T, class F>
void share_strips(InParallel in_parallel, int workers, long begin, long end, Finiteness<T>& finiteness, F f) {
  Finiteness<T> found[most_sharing];
  struct Shared {
    long begin, end;
    int workers;
    F& f;
    Finiteness<T>* found;
  } shared{begin, end, workers, f, found};
  in_parallel(
      workers,
      [](int worker, const void* data) {
        const auto& s = *static_cast<const Shared*>(data);
        const long strips = (s.end - s.begin + update_strip - 1) / update_strip;
        const long first = s.begin + strips * worker / s.workers * update_strip;
        const long last = s.begin + strips * (worker + 1) / s.workers * update_strip;
        each_strip(first, last < s.end ? last : s.end,
                   [&](long start, long count) { s.f(start, count, s.found[worker]); });
      },
      &shared);
  for (int worker = 0; worker < workers; ++worker) finiteness.join(found[worker]);
}

// The optimizer on any number of entries; what is no whole vector of `padding` goes through copies.
template <class T> void optimize(const UpdateTask<T>& task, const Formula<T>& formula, long start, long count) {
  const T* in[most_operands] = {task.weights + start, task.gradient + start};
  T* out[most_operands] = {task.new_weights + start};
  for (int s = 0; s < task.n_states; ++s) in[2 + s] = out[1 + s] = task.states[s] + start;
  const long whole = count / padding * padding, rest = count - whole;
  if (whole > 0) run(formula, in, out, whole);
  if (rest == 0) return;
  alignas(64) T copies[most_operands][padding] = {}, results[most_operands][padding];
  const T* from[most_operands];
  T* to[most_operands];
  for (int k = 0; k < 2 + task.n_states; ++k) {
    std::copy(in[k] + whole, in[k] + count, copies[k]);
    from[k] = copies[k];
  }
  for (int k = 0; k < 1 + task.n_states; ++k) to[k] = results[k];
  run(formula, from, to, padding);
  for (int k = 0; k < 1 + task.n_states; ++k) std::copy(results[k], results[k] + rest, out[k] + whole);
}

// A strip of a layer, each group of parameters at its own learning rate.
template <class T> void optimize_groups(const NetworkView<T>& net, const UpdateTask<T>& task, int l, long start,
                                        long count) {
  const long weights = net.offsets[l] + net.weights[l], stop = start + count;
  const long biases = weights + net.neurons[l], scales = biases + scales_of(net, l);
  const long ends[groups_per_layer] = {weights, biases, scales, stop};
  for (int group = 0; group < groups_per_layer; ++group) {
    const long end = ends[group] < stop ? ends[group] : stop;
    if (end <= start) continue;
    optimize(task, task.optimizer[groups_per_layer * l + group], start, end - start);
    start = end;
  }
}

template <class T> UpdateOutcome update(const NetworkView<T>& net, const UpdateTask<T>& task) {
  UpdateOutcome outcome;
  Finiteness<T> finiteness;
  const int workers = net.parameters < fewest_shared ? 1 : task.workers < most_sharing ? task.workers : most_sharing;
  const bool penalty = task.l1 != T(0) || task.l2 != T(0), clipping = task.clip_norm > T(0);
  const bool apart = clipping || workers > 1;  // all penalties before the first new weight
  const auto advance = [&](int l, long start, long count, Finiteness<T>& found) {
    if (task.grouped)
      optimize_groups(net, task, l, start, count);
    else
      optimize(task, *task.optimizer, start, count);
    found.look(task.gradient + start, count);
    found.look(task.new_weights + start, count);
  };
  const auto each_layer = [&](auto f) {
    for (int l = 0; l < net.layers; ++l) f(l, net.offsets[l], l + 1 < net.layers ? net.offsets[l + 1] : net.parameters);
  };
  if (penalty)
    each_layer([&](int l, long begin, long end) {
      Total<T> absolute_sum, square_sum;
      const auto of_piece = [&](long start, long count, long place) {
        penalize(task.weights + start, task.gradient + start, count, place % chains, task.l1, task.l2, absolute_sum,
                 square_sum);
      };
      if (in_blocks(net, l))
        each_piece(net, l, [&](long first, long count, long place) { of_piece(begin + first, count, place); });
      each_strip(begin, end, [&](long start, long count) {
        const long left = begin + net.weights[l] - start;
        if (left > 0 && !in_blocks(net, l)) of_piece(start, left < count ? left : count, 0);
        if (!apart) advance(l, start, count, finiteness);
      });
      outcome.l1_sum += absolute_sum.value(), outcome.l2_sum += square_sum.value();
    });
  if (clipping) clip(net, task.gradient, task.clip_norm);
  if (apart || !penalty) {
    const auto strips = [&](int l, long begin, long end) {
      const auto strip = [&](long start, long count, Finiteness<T>& found) { advance(l, start, count, found); };
      if (workers > 1) return share_strips(task.in_parallel, workers, begin, end, finiteness, strip);
      each_strip(begin, end, [&](long start, long count) { strip(start, count, finiteness); });
    };
    if (task.grouped)
      each_layer(strips);
    else
      strips(0, 0, net.parameters);  // all layers as one
  }
  T lanes[Vec<T>::size];
  finiteness.value().store(lanes);
  for (T x : lanes) outcome.finite &= x == T(0);
  if (!outcome.finite) {  // look again, at real entries only: padding may hold anything under a user's formula
    outcome.finite = true;
    for (int l = 0; l < net.layers; ++l) {
      const long n = parameters_of(net, l);
      outcome.finite &=
          all_finite(task.gradient + net.offsets[l], n) && all_finite(task.new_weights + net.offsets[l], n);
    }
  }
  return outcome;
}

}  // namespace glassnet::GLASSNET_ISA
