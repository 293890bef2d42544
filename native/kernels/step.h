// One batch of one network: gather, forward, loss, backward. Blocks of `net.block` rows, feature-major.
#pragma once
#include "../simd/transpose.h"
#include "cox.h"
#include "elementwise.h"
#include "interpreter.h"
#include "mixes.h"
#include "softmax.h"
#include "totals.h"
#include "windows.h"

namespace glassnet::GLASSNET_ISA {

template <class T> void run(const Formula<T>& formula, const T* const* in, T* const* out, long count) {
  if (formula.loop != nullptr)
    formula.loop(in, out, formula.uniforms, count);
  else
    interpret<T>(formula.code, in, out, formula.uniforms, count);
}

constexpr long few_rows = 6;           // so many rows are computed with vectors across outputs
constexpr long fewest_for_tail = 512;  // weights of a layer from which on that pays for the last rows of a batch

template <class T> long row_of(const Rows<T>& rows, long i) {
  return rows.order != nullptr ? rows.order[rows.first + i] : rows.first + i;
}

// f(i, row) for the rows of a block.
template <class T, class F> GLASSNET_INLINE void each_row(const Rows<T>& rows, F f) {
  const long count = rows.count;
  if (rows.order == nullptr) {
    for (long i = 0; i < count; ++i) f(i, rows.first + i);
  } else {
    const std::int32_t* order = rows.order + rows.first;
    for (long i = 0; i < count; ++i) f(i, order[i]);
  }
}
template <class T> void fill(T* to, T value, long count) {  // whole vectors
  for (long i = 0; i < count; i += Vec<T>::size) Vec<T>(value).store(to + i);
}

// A few columns, number by number.
template <int columns, class T> void gather_narrow(const T* from, const Rows<T>& rows, T* to, long stride) {
  each_row(rows, [=](long i, long row) {
    for (int c = 0; c < columns; ++c) to[c * stride + i] = from[row * columns + c];
  });
  for (int c = 0; c < columns; ++c)
    for (long i = rows.count; i < padded(rows.count); ++i) to[c * stride + i] = to[c * stride + rows.count - 1];
}

// to[column * stride + i] = from[row_of(i)][column]; rows up to the next multiple of `padding` repeat the last one.
template <class T> void gather(const T* from, long columns, const Rows<T>& rows, T* to, long stride) {
  if (columns == 1) return gather_narrow<1>(from, rows, to, stride);
  if (columns == 2) return gather_narrow<2>(from, rows, to, stride);
  if (columns == 3) return gather_narrow<3>(from, rows, to, stride);
  if (columns == 4) return gather_narrow<4>(from, rows, to, stride);
  const T* end = from + columns * rows.total;
  constexpr long size = Vec<T>::size;
  for (long start = 0; start < padded(rows.count); start += size) {
    const T* line[size];
    for (long i = 0; i < size; ++i) {
      const long inside = start + i < rows.count ? start + i : rows.count - 1;
      line[i] = from + row_of(rows, inside) * columns;
    }
    long column = 0;
    for (; column + size <= columns; column += size) {
      Vec<T> tile[size];
#pragma GCC unroll 16
      for (int i = 0; i < size; ++i) tile[i] = Vec<T>::load(line[i] + column);
      transpose_rounds<size / 2>(tile);
#pragma GCC unroll 16
      for (int i = 0; i < size; ++i) tile[i].store(to + (column + i) * stride + start);
    }
    if (columns - column > 4) {  // a tile that reads beyond the row, but not beyond the array
      Vec<T> tile[size];
      for (int i = 0; i < size; ++i)
        tile[i] = line[i] + column + size <= end ? Vec<T>::load(line[i] + column)
                                                 : load_part(line[i] + column, columns - column);
      transpose_rounds<size / 2>(tile);
      for (int i = 0; column + i < columns; ++i) tile[i].store(to + (column + i) * stride + start);
    } else {
      for (long i = 0; i < size; ++i)
        for (long c = column; c < columns; ++c) to[c * stride + start + i] = line[i][c];
    }
  }
}

// Whether a training step has the slope of layer l's activation in place of its pre-activations, which nothing else
// needs.
template <class T> bool keeps_slope(const NetworkView<T>& net, int l) {
  return net.with_slope[l].code.outputs > 0 && !mixes_in(net, l) && !in_blocks(net, l);
}

template <class T> void forward(const NetworkView<T>& net, const Workspace<T>& ws, const T* p, long count,
                                bool slopes) {
  for (int l = 0; l < net.layers; ++l) {
    const long n_in = net.sizes[l], n_out = net.sizes[l + 1];
    const T* weights = p + net.offsets[l];
    if (drops(ws, l)) {
      if (windowed(net, l) && net.windows[l].whole_channels)
        drop_channels(ws, l, net.windows[l]);
      else
        drop(ws, l, n_in);
    }
    if (windowed(net, l)) {
      forward_windows(net, ws, l, p, slopes);
      continue;
    }
    const bool mixed = mixes_in(net, l);
    if (in_blocks(net, l)) {
      forward_blocks(net, ws, l, weights, count);
    } else {
      Product<T> z;  // z[o][r] = bias[o] + sum over i of W[i][o] a[i][r]
      z.m = n_out, z.n = padded(count), z.k = n_in;
      z.a = weights, z.a_m = 1, z.a_k = n_out;
      z.b = arriving(ws, l), z.b_k = ws.stride;
      z.c = ws.z[l + 1], z.c_m = ws.stride;
      z.bias = weights + net.weights[l], z.start = Start::bias;
      const long left = count % padding;  // rows that would fill a small part of a vector
      const bool tail = left > 0 && left <= few_rows && n_in * n_out >= fewest_for_tail;
      if (tail) z.n = count - left;
      if (z.n > 0) multiply(z, ws);
      if (tail) multiply_few(z, z.n, left, ws.row_major);
    }
    const T* in[] = {ws.z[l + 1]};
    T* out[] = {mixed ? ws.f[l + 1] : ws.a[l + 1], ws.z[l + 1]};
    run(slopes && keeps_slope(net, l) ? net.with_slope[l] : net.value[l], in, out, n_out * ws.stride);
    if (mixed)
      mix_forward(net, ws, l, p);
    else if (in_blocks(net, l))
      restore_copies(net, l, ws.z[l + 1], ws.a[l + 1], ws.stride);
  }
}

// Row losses, weighted and added up; ws.delta becomes the slope of the scaled loss in the raw prediction.
template <class T> double loss(const NetworkView<T>& net, const Workspace<T>& ws, long count) {
  const long n_out = net.sizes[net.layers], stride = ws.stride;
  const T* raw = ws.a[net.layers];
  if (net.softmax) {
    softmax_cross_entropy(raw, ws.y, ws.entry_loss, ws.delta, n_out, stride, padded(count));
  } else {
    const T* in[] = {raw, ws.y};
    T* out[] = {ws.entry_loss, ws.delta};
    run(net.loss, in, out, n_out * stride);
  }
  for (long r = 0; r < padded(count); r += Vec<T>::size) {
    const Vec<T> scale = Vec<T>::load(ws.row_scale + r);
    for (long o = 0; o < n_out; ++o) (Vec<T>::load(ws.delta + o * stride + r) * scale).store(ws.delta + o * stride + r);
    if (net.softmax) continue;
    Vec<T> row = Vec<T>::load(ws.entry_loss + r);
    for (long o = 1; o < n_out; ++o) row = row + Vec<T>::load(ws.entry_loss + o * stride + r);
    row.store(ws.entry_loss + r);
  }
  // Copies of the last row may have overflowed where the row has not: dropout gives them masks of their own.
  std::fill(ws.entry_loss + count, ws.entry_loss + padded(count), T(0));
  Total<T> total;
  for (long r = 0; r < padded(count); r += chains)
    total.add([&](int at, Vec<T> sum) {
      return fma(Vec<T>::load(ws.row_weight + r + at), Vec<T>::load(ws.entry_loss + r + at), sum);
    });
  return total.value();
}

// Gradient of layer l (0 for the first) from its error signal, added to or stored in ws.gradient.
template <class T>
void layer_gradient(const NetworkView<T>& net, const Workspace<T>& ws, int l, long count, Finish finish) {
  const long n_in = net.sizes[l], n_out = net.sizes[l + 1], stride = ws.stride;
  if (in_blocks(net, l)) {
    const long wide = row_major_step(n_out);
    transpose(ws.delta, stride, ws.row_major, wide, n_out, count);
    return gradient_blocks(net, ws, l, count, wide, finish);
  }
  Product<T> g;
  g.k = count, g.c = ws.gradient + net.offsets[l], g.finish = finish;
  if (n_out == 1) {  // vectors over the inputs: sum over r of delta[r] a[r][i]
    const long wide = row_major_step(n_in);
    transpose(arriving(ws, l), stride, ws.row_major, wide, n_in, count);
    g.m = 1, g.n = n_in;
    g.a = ws.delta, g.a_m = 0, g.a_k = 1;
    g.b = ws.row_major, g.b_k = wide;
    g.c_m = 0;
    T bias = 0;
    for (long r = 0; r < count; ++r) bias += ws.delta[r];
    g.c[n_in] = finish == Finish::add ? g.c[n_in] + bias : bias;
  } else {  // dW[i][o] = sum over r of a[i][r] delta[r][o]; row n_in of a is ones and gives the biases
    const long wide = row_major_step(n_out);
    transpose(ws.delta, stride, ws.row_major, wide, n_out, count);
    g.m = n_in + 1, g.n = n_out;
    g.a = arriving(ws, l), g.a_m = stride, g.a_k = 1;
    g.b = ws.row_major, g.b_k = wide;
    g.c_m = n_out;
  }
  multiply(g, ws);
}

template <class T>
void backward(const NetworkView<T>& net, Workspace<T>& ws, const T* p, long count, Finish finish) {
  for (int l = net.layers - 1; l >= 0; --l) {
    const long n_in = net.sizes[l], n_out = net.sizes[l + 1];
    if (windowed(net, l)) {
      backward_windows(net, ws, l, p, count, finish);
      if (l == 0) break;
      if (drops(ws, l)) times(ws.delta_below, ws.keep[l], ws.delta_below, n_in * ws.stride);
      std::swap(ws.delta, ws.delta_below);
      continue;
    }
    const bool mixed = mixes_in(net, l), blocks = in_blocks(net, l);
    if (mixed)
      std::copy(ws.delta, ws.delta + n_out * ws.stride, ws.delta_below);
    else if (blocks)
      restore_copies(net, l, ws.delta, ws.delta_below, ws.stride);
    if (mixed) mix_gradient(net, ws, l, finish);
    const T* in[] = {ws.z[l + 1], mixed ? ws.f[l + 1] : ws.a[l + 1], ws.delta};
    T* out[] = {ws.delta};
    if (keeps_slope(net, l))
      times(ws.delta, ws.z[l + 1], ws.delta, n_out * ws.stride);
    else
      run(net.backward[l], in, out, n_out * ws.stride);
    if (mixed)
      mix_backward(net, ws, l, p, ws.delta_below);
    else if (blocks)
      restore_copies(net, l, ws.delta_below, ws.delta, ws.stride);
    layer_gradient(net, ws, l, count, finish);
    if (l == 0) break;
    if (blocks) {
      below_blocks(net, ws, l, p + net.offsets[l], count);
    } else {
      Product<T> below;  // delta_below[i][r] = sum over o of W[i][o] delta[o][r]
      below.m = n_in, below.n = padded(count), below.k = n_out;
      below.a = p + net.offsets[l], below.a_m = n_out, below.a_k = 1;
      below.b = ws.delta, below.b_k = ws.stride;
      below.c = ws.delta_below, below.c_m = ws.stride;
      multiply(below, ws);
    }
    if (drops(ws, l)) times(ws.delta_below, ws.keep[l], ws.delta_below, n_in * ws.stride);
    std::swap(ws.delta, ws.delta_below);
  }
}

// Weights of the rows of a block, and what their slopes are multiplied by; zero in the padding.
template <class T> void weigh(const Rows<T>& rows, const Workspace<T>& ws, T factor) {
  const long count = rows.count, end = padded(count);
  T* weight = ws.row_weight;
  if (rows.weight == nullptr)
    fill(weight, T(1), end);
  else
    each_row(rows, [=, from = rows.weight](long i, long row) { weight[i] = from[row]; });
  for (long i = count; i < end; ++i) weight[i] = T(0);
  for (long i = 0; i < end; i += Vec<T>::size)
    (Vec<T>::load(ws.row_weight + i) * Vec<T>(factor)).store(ws.row_scale + i);
}

// Targets between the wanted class and all classes alike.
template <class T> void smooth(const Workspace<T>& ws, long count) {
  if (ws.regularization == nullptr || ws.regularization->target_factor == T(1)) return;
  const Vec<T> factor(ws.regularization->target_factor), shift(ws.regularization->target_shift);
  for (long i = 0; i < count; i += Vec<T>::size) fma(Vec<T>::load(ws.y + i), factor, shift).store(ws.y + i);
}

// The rows of a block that begins at one of them.
template <class T> Rows<T> part(const Rows<T>& all, long start, long block) {
  Rows<T> rows = all;
  rows.first += start;
  rows.count = all.count - start < block ? all.count - start : block;
  return rows;
}

// The inputs of the rows of a block, as this step of the training sees them.
template <class T> void enter(const NetworkView<T>& net, const Workspace<T>& ws, const Rows<T>& rows) {
  gather(rows.X, net.sizes[0], rows, ws.a[0], ws.stride);
  if (const Regularization<T>* r = ws.regularization; r != nullptr && r->augment != nullptr)
    r->augment(*r, rows, net.sizes[0], ws.a[0], ws.stride, ws.image);
}

// Raw predictions block by block: out[i * outputs + output]. What a training does to inputs, such as dropout, is in
// `given`.
template <class T>
void raw_predictions(const NetworkView<T>& net, const Workspace<T>& given, const T* p, const Rows<T>& all, T* out) {
  Workspace<T> ws = given;
  const long n_out = net.sizes[net.layers];
  for (long start = 0; start < all.count; start += net.block) {
    if (start > 0 && ws.between_blocks != nullptr) ws.between_blocks(ws.context);
    const Rows<T> rows = part(all, start, net.block);
    ws.stride = padded(rows.count);
    ws.first_row = given.first_row + start;
    enter(net, ws, rows);
    forward(net, ws, p, rows.count, false);
    for (long i = 0; i < rows.count; ++i)
      for (long o = 0; o < n_out; ++o) out[(start + i) * n_out + o] = ws.a[net.layers][o * ws.stride + i];
  }
}

template <class T> double couple(const NetworkView<T>& net, const Workspace<T>& ws, const Rows<T>& all, double factor) {
  return cox(net, all, ws.coupled.raw, ws.coupled.slopes, ws.coupled, factor);
}

// The error signal of a block out of the slopes of all rows, which begin at its first.
template <class T> void take_slopes(const NetworkView<T>& net, const Workspace<T>& ws, const T* slopes, long count) {
  const long n_out = net.sizes[net.layers];
  gather(slopes, n_out, Rows<T>{nullptr, nullptr, nullptr, nullptr, 0, count, count, nullptr}, ws.delta, ws.stride);
  for (long o = 0; o < n_out; ++o)
    std::fill(ws.delta + o * ws.stride + count, ws.delta + o * ws.stride + padded(count), T(0));
}

template <class T>
double batch(const NetworkView<T>& net, const Workspace<T>& given, const T* p, const Rows<T>& all, double factor) {
  Workspace<T> ws = given;
  double sum = 0;
  if (net.coupling != Coupling::none && all.slopes == nullptr) {  // one loss over all blocks, then back block by block
    raw_predictions(net, ws, p, all, ws.coupled.raw);
    sum = couple(net, ws, all, factor);
    if (ws.gradient == nullptr) return sum;
    Rows<T> known = all;
    known.slopes = ws.coupled.slopes;
    batch(net, given, p, known, factor);
    return sum;
  }
  for (long start = 0; start < all.count; start += net.block) {
    if (start > 0 && ws.between_blocks != nullptr) ws.between_blocks(ws.context);
    const Rows<T> rows = part(all, start, net.block);
    // Short blocks are packed together, so that whatever runs over n * stride numbers runs over real rows.
    ws.stride = padded(rows.count);
    ws.first_row = given.first_row + start;
    enter(net, ws, rows);
    if (all.slopes == nullptr) {
      gather(rows.y, net.sizes[net.layers], rows, ws.y, ws.stride);
      smooth(ws, net.sizes[net.layers] * ws.stride);
    }
    for (int l = 0; l < net.layers; ++l) fill(arriving(ws, l) + net.sizes[l] * ws.stride, T(1), ws.stride);
    forward(net, ws, p, rows.count, ws.gradient != nullptr);
    if (all.slopes != nullptr) {
      take_slopes(net, ws, all.slopes + start * net.sizes[net.layers], rows.count);
    } else {
      weigh(rows, ws, static_cast<T>(factor));
      sum += loss(net, ws, rows.count);
    }
    if (ws.gradient != nullptr) backward(net, ws, p, rows.count, start == 0 ? Finish::store : Finish::add);
  }
  return sum;
}

// A few rows: vectors across outputs instead of rows. The chains are the same, so are the bits.
template <class T>
void predict_few(const NetworkView<T>& net, const Workspace<T>& ws, const T* p, const Rows<T>& rows, T* out) {
  const T* x = rows.X + rows.first * net.sizes[0];
  long step = net.sizes[0];
  for (int l = 0; l < net.layers; ++l) {
    const long n_in = net.sizes[l], n_out = net.sizes[l + 1], wide = padded(n_out);
    const T* weights = p + net.offsets[l];
    if (windowed(net, l)) {
      few_in_windows(net, ws, l, p, x, step, rows.count, wide, ws.z[l + 1], ws.a[l + 1]);
      x = ws.a[l + 1], step = wide;
      continue;
    }
    Product<T> z;
    z.m = rows.count, z.n = wide, z.k = n_in;
    z.a = x, z.a_m = step, z.a_k = 1;
    z.b = weights, z.b_k = n_out;
    z.c = ws.z[l + 1], z.c_m = wide;
    z.bias = weights + net.weights[l], z.start = Start::bias_along_n;
    if (in_blocks(net, l))
      few_in_blocks(net, l, z);
    else
      multiply_in_place(z);
    const auto each_value = [&](auto f) {
      if (in_blocks(net, l))
        each_copy(net, l, [&](long i, long o) {
          for (long r = 0; r < rows.count; ++r) f(r * step + i, r * wide + o);
        });
    };
    each_value([&](long from, long at) { ws.z[l + 1][at] = x[from]; });
    const T* in[] = {ws.z[l + 1]};
    T* to[] = {ws.a[l + 1]};
    run(net.value[l], in, to, rows.count * wide);
    if (mixes_in(net, l))
      mix_rows(net, l, p, ws.z[l + 1], ws.a[l + 1], rows.count, wide);
    else
      each_value([&](long, long at) { ws.a[l + 1][at] = ws.z[l + 1][at]; });
    x = ws.a[l + 1], step = wide;
  }
  const long n_out = net.sizes[net.layers];
  for (long i = 0; i < rows.count; ++i)
    for (long o = 0; o < n_out; ++o) out[i * n_out + o] = x[i * step + o];
}

template <class T>
void predict(const NetworkView<T>& net, const Workspace<T>& ws, const T* p, const Rows<T>& all, T* out) {
  if (all.count <= few_rows && all.order == nullptr) return predict_few(net, ws, p, all, out);
  raw_predictions(net, ws, p, all, out);
}

}  // namespace glassnet::GLASSNET_ISA
