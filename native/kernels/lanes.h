// Populations of small networks: one member per vector lane.
//
// Every number of every member has its own lane, [index * lanes + lane], so vectors are full at any layer width and
// nothing is transposed or padded. Each lane runs the same chains in the same order as a network on its own.
#pragma once
#include "step.h"

namespace glassnet::GLASSNET_ISA {

// C(m, n) = start + sum over k of A(m, k) B(k, n), in every lane; steps count vectors.
template <class T> struct LaneProduct {
  long m = 0, n = 0, k = 0;
  const T* a = nullptr;
  long a_m = 0, a_k = 0;
  const T* b = nullptr;
  long b_k = 0, b_n = 0;
  T* c = nullptr;
  long c_m = 0;             // neighbors along n are neighbors in C
  const T* bias = nullptr;  // per n
  Start start = Start::zero;
};

template <class T, int rows, int columns> void lane_tile(const LaneProduct<T>& p, long m, long n) {
  constexpr long size = Vec<T>::size;
  const T* a = p.a + m * p.a_m * size;
  const T* b = p.b + n * p.b_n * size;
  T* c = p.c + (m * p.c_m + n) * size;
  Vec<T> sum[rows][columns];
  const auto each = [&](auto f) __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < columns; ++j) f(i, j);
  };
  const long c_m = p.c_m * size, depth = p.k;
  if (p.start == Start::zero)
    each([&](int i, int j) { sum[i][j] = Vec<T>(T(0)); });
  else if (p.start == Start::bias)
    each([&](int i, int j) { sum[i][j] = Vec<T>::load(p.bias + (n + j) * size); });
  else
    each([&](int i, int j) { sum[i][j] = Vec<T>::load(c + i * c_m + j * size); });
  const long a_m = p.a_m * size, b_n = p.b_n * size, a_k = p.a_k * size, b_k = p.b_k * size;
  for (long k = 0; k < depth; ++k) {
    Vec<T> line[columns];
#pragma GCC unroll 8
    for (int j = 0; j < columns; ++j) line[j] = Vec<T>::load(b + j * b_n);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      const Vec<T> factor = Vec<T>::load(a + i * a_m);
#pragma GCC unroll 8
      for (int j = 0; j < columns; ++j) sum[i][j] = fma(factor, line[j], sum[i][j]);
    }
    a += a_k;
    b += b_k;
  }
  GLASSNET_FORGET(c);
  each([&](int i, int j) { sum[i][j].store(c + i * c_m + j * size); });
}

template <class T> void multiply_lanes(const LaneProduct<T>& p) {
  constexpr int most = GLASSNET_VECTOR_BYTES == 64 ? 4 : 3;  // 16 or 9 sums in registers
  using Function = void (*)(const LaneProduct<T>&, long, long);
  static constexpr Function tiles[4][4] = {
      {&lane_tile<T, 1, 1>, &lane_tile<T, 1, 2>, &lane_tile<T, 1, 3>, &lane_tile<T, 1, 4>},
      {&lane_tile<T, 2, 1>, &lane_tile<T, 2, 2>, &lane_tile<T, 2, 3>, &lane_tile<T, 2, 4>},
      {&lane_tile<T, 3, 1>, &lane_tile<T, 3, 2>, &lane_tile<T, 3, 3>, &lane_tile<T, 3, 4>},
      {&lane_tile<T, 4, 1>, &lane_tile<T, 4, 2>, &lane_tile<T, 4, 3>, &lane_tile<T, 4, 4>}};
  // A single row or column of C: long tiles, so that enough chains run side by side.
  constexpr long length = 8;
  long first_m = 0, first_n = 0;
  if (p.n == 1)
    for (; p.m - first_m >= length; first_m += length) lane_tile<T, length, 1>(p, first_m, 0);
  else if (p.m == 1)
    for (; p.n - first_n >= length; first_n += length) lane_tile<T, 1, length>(p, 0, first_n);
  for (long n = first_n; n < p.n; n += most) {
    const long columns = p.n - n < most ? p.n - n : most;
    for (long m = first_m; m < p.m; m += most) {
      const long rows = p.m - m < most ? p.m - m : most;
      tiles[rows - 1][columns - 1](p, m, n);
    }
  }
}

// Rows `first` .. `first + count` of each lane's order, from the table of inputs and targets to x and y.
template <class T>
void gather_lanes(const LaneTask<T>& task, long n_in, long n_out, long first, long count, T* x, T* y) {
  constexpr long size = Vec<T>::size;
  for (long r = 0; r < count; ++r) {
    const T* line[size];
    for (long lane = 0; lane < size; ++lane) {
      const long at = task.first + first + r;
      line[lane] = task.table + (task.order != nullptr ? task.order[lane][at] : at) * task.table_step;
    }
    for (long column = 0; column < n_in + n_out; column += size) {
      Vec<T> tile[size];
#pragma GCC unroll 16
      for (int i = 0; i < size; ++i) tile[i] = Vec<T>::load(line[i] + column);
      transpose_rounds<size / 2>(tile);
      for (long i = 0; i < size && column + i < n_in + n_out; ++i) {
        const long at = column + i;
        tile[i].store(at < n_in ? x + (r * n_in + at) * size : y + (r * n_out + at - n_in) * size);
      }
    }
  }
}

template <class T> void smooth_lanes(const LaneTask<T>& task, long count) {
  constexpr long size = Vec<T>::size;
  const Vec<T> factor = Vec<T>::load(task.target_factor), shift = Vec<T>::load(task.target_shift);
  for (long i = 0; i < count * size; i += size) fma(Vec<T>::load(task.y + i), factor, shift).store(task.y + i);
}

template <class T> void batch_lanes(const NetworkView<T>& net, const LaneTask<T>& task) {
  constexpr long size = Vec<T>::size;
  const long n_out = net.sizes[net.layers];
  const T* p = task.parameters;
  Vec<T> total[chains];
  for (auto& sum : total) sum = Vec<T>(T(0));
  const Vec<T> factor = Vec<T>::load(task.factor);
  alignas(64) T ones[size], row_loss[size];
  Vec<T>(T(1)).store(ones);
  for (long first = 0; first < task.count; first += task.rows) {
    const long rows = task.count - first < task.rows ? task.count - first : task.rows;
    gather_lanes(task, net.sizes[0], n_out, first, rows, task.a[0], task.y);
    if (task.smoothed) smooth_lanes(task, rows * n_out);
    for (int l = 0; l < net.layers; ++l) {
      const long in = net.sizes[l], out = net.sizes[l + 1];
      const T* weights = p + net.offsets[l] * size;
      if (drops(task, l)) drop_lanes(task, l, in, first, rows);
      LaneProduct<T> z;
      z.m = rows, z.n = out, z.k = in;
      z.a = arriving(task, l), z.a_m = in, z.a_k = 1, z.b = weights, z.b_k = out, z.b_n = 1;
      z.c = task.z[l + 1], z.c_m = out;
      z.bias = weights + in * out * size, z.start = Start::bias;
      multiply_lanes(z);
      const T* from[] = {task.z[l + 1]};
      T* to[] = {task.a[l + 1]};
      run(net.value[l], from, to, padded(rows * out * size));
    }
    T *delta = task.delta, *below = task.delta_below;
    if (!net.softmax) {
      const T* from[] = {task.a[net.layers], task.y};
      T* to[] = {task.entry_loss, delta};
      run(net.loss, from, to, padded(rows * n_out * size));
    }
    for (long r = 0; r < rows; ++r) {
      const long at = r * n_out * size;
      Vec<T> weight(T(1)), loss;
      if (task.weights != nullptr) {
        T lane_weight[size];
        for (long lane = 0; lane < size; ++lane) {
          const long place = task.first + first + r;
          lane_weight[lane] = task.weights[lane][task.order != nullptr ? task.order[lane][place] : place];
        }
        weight = Vec<T>::load(lane_weight);
      }
      if (net.softmax) {
        softmax_cross_entropy(task.a[net.layers] + at, task.y + at, row_loss, delta + at, n_out, size, size);
        loss = Vec<T>::load(row_loss);
      } else {
        loss = Vec<T>::load(task.entry_loss + at);
        for (long o = 1; o < n_out; ++o) loss = loss + Vec<T>::load(task.entry_loss + at + o * size);
      }
      const Vec<T> scale = factor * weight;
      for (long o = 0; o < n_out; ++o) (Vec<T>::load(delta + at + o * size) * scale).store(delta + at + o * size);
      Vec<T>& sum = total[(first + r) % chains];
      sum = fma(weight, loss, sum);
    }
    for (int l = net.layers - 1; l >= 0; --l) {
      const long in = net.sizes[l], out = net.sizes[l + 1];
      const T* from[] = {task.z[l + 1], task.a[l + 1], delta};
      T* to[] = {delta};
      run(net.backward[l], from, to, padded(rows * out * size));
      LaneProduct<T> g;  // the chain over rows goes on from the last rows
      g.start = first == 0 ? Start::zero : Start::resume;
      g.m = in, g.n = out, g.k = rows;
      g.a = arriving(task, l), g.a_m = 1, g.a_k = in, g.b = delta, g.b_k = out, g.b_n = 1;
      g.c = task.gradient + net.offsets[l] * size, g.c_m = out;
      multiply_lanes(g);
      g.m = 1, g.a = ones, g.a_m = 0, g.a_k = 0;
      g.c += in * out * size;
      multiply_lanes(g);
      if (l == 0) break;
      LaneProduct<T> d;
      d.m = rows, d.n = in, d.k = out;
      d.a = delta, d.a_m = out, d.a_k = 1, d.b = p + net.offsets[l] * size, d.b_k = 1, d.b_n = out;
      d.c = below, d.c_m = in;
      multiply_lanes(d);
      if (drops(task, l)) times(below, task.keep[l], below, rows * in * size);
      std::swap(delta, below);
    }
  }
  for (int half = chains / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) total[i] = total[i] + total[i + half];
  total[0].store(task.loss_sum);
}

}  // namespace glassnet::GLASSNET_ISA
