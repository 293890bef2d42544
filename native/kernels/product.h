// The micro-kernel: C(m, n) = start + sum over k of A(m, k) B(k, n), each entry one FMA chain in the order of k.
//
// Vectors run along n, so B and C have unit steps there; A is read one number at a time with any steps. A tile of
// `rows` x `width` vectors stays in registers over the whole sum.
#pragma once
#include "../simd/transpose.h"
#include "interface.h"

namespace glassnet::GLASSNET_ISA {

enum class Start { zero, bias, bias_along_n, resume };  // 0; bias[m]; bias[n]; the value in C
enum class Finish { store, add };                       // C = sum; C = C + sum

template <class T> struct Product {
  long m = 0, n = 0, k = 0;
  const T* a = nullptr;
  long a_m = 0, a_k = 0;
  const T* b = nullptr;  // readable up to the next full vector beyond n
  long b_k = 0;
  T* c = nullptr;
  long c_m = 0;
  const T* bias = nullptr;
  Start start = Start::zero;
  Finish finish = Finish::store;
};

#if defined(__AVX512F__)
constexpr int widest = 4;
constexpr int tallest[widest + 1] = {0, 12, 12, 8, 6};
#elif defined(__AVX2__)
constexpr int widest = 2;
constexpr int tallest[widest + 1] = {0, 8, 6};
#else
constexpr int widest = 2;
constexpr int tallest[widest + 1] = {0, 8, 4};
#endif

template <class T, int rows, int width> void tile(const Product<T>& p, long m, long n) {
  constexpr int size = Vec<T>::size;
  const T* a = p.a + m * p.a_m;
  const T* b = p.b + n;
  T* c = p.c + m * p.c_m + n;
  const long a_m = p.a_m, a_k = p.a_k, b_k = p.b_k, c_m = p.c_m;
  const long valid = p.n - n;  // columns that exist
  const long depth = p.k;
  Vec<T> sum[rows][width];
  // f(i, j) for every vector of the tile, unrolled.
  const auto each = [&](auto f) __attribute__((always_inline)) {
#pragma GCC unroll 12
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < width; ++j) f(i, j);
  };
  switch (p.start) {
    case Start::zero:
      each([&](int i, int j) { sum[i][j] = Vec<T>(T(0)); });
      break;
    case Start::bias:
      each([&](int i, int j) { sum[i][j] = Vec<T>(p.bias[m + i]); });
      break;
    case Start::bias_along_n:
      each([&](int i, int j) { sum[i][j] = Vec<T>::load(p.bias + n + j * size); });
      break;
    default:  // resume
      each([&](int i, int j) { sum[i][j] = Vec<T>::load(c + i * c_m + j * size); });
      break;
  }
  for (long k = 0; k < depth; ++k) {
    Vec<T> line[width];
#pragma GCC unroll 4
    for (int j = 0; j < width; ++j) line[j] = Vec<T>::load(b + j * size);
#pragma GCC unroll 12
    for (int i = 0; i < rows; ++i) {
      const Vec<T> factor(a[i * a_m]);
#pragma GCC unroll 4
      for (int j = 0; j < width; ++j) sum[i][j] = fma(factor, line[j], sum[i][j]);
    }
    a += a_k;
    b += b_k;
  }
  GLASSNET_FORGET(c);
  if (valid >= width * size) {
    if (p.finish == Finish::add)
      each([&](int i, int j) { sum[i][j] = Vec<T>::load(c + i * c_m + j * size) + sum[i][j]; });
    each([&](int i, int j) { sum[i][j].store(c + i * c_m + j * size); });
    return;
  }
  const long left = valid - (width - 1) * size;  // columns in the last vector
  const bool add = p.finish == Finish::add;
#pragma GCC unroll 12
  for (int i = 0; i < rows; ++i) {
    T* to = c + i * c_m;
#pragma GCC unroll 4
    for (int j = 0; j + 1 < width; ++j)
      (add ? Vec<T>::load(to + j * size) + sum[i][j] : sum[i][j]).store(to + j * size);
    T* last = to + (width - 1) * size;
    store_part(add ? load_part(last, left) + sum[i][width - 1] : sum[i][width - 1], last, left);
  }
}

template <class T> using Tile = void (*)(const Product<T>&, long, long);
template <class T, int width, int... rows>
constexpr auto tiles_of_width(std::integer_sequence<int, rows...>) {
  struct Table {
    Tile<T> entry[sizeof...(rows)];
  };
  return Table{{&tile<T, rows + 1, width>...}};
}
template <class T, int width> constexpr auto tiles =
    tiles_of_width<T, width>(std::make_integer_sequence<int, tallest[width]>());

// The next part of what is left, when it is cut into `parts` as even as possible.
inline long even_part(long left, long parts) {
  if (parts == 1) return left;  // the commonest case by far; divisions are slow
  return static_cast<long>((static_cast<unsigned>(left) + static_cast<unsigned>(parts) - 1) /
                           static_cast<unsigned>(parts));
}

template <class T, int width> inline void column_panel(const Product<T>& p, long n) {
  constexpr long most = tallest[width];
  const long parts = (p.m + most - 1) / most;
  for (long part = 0, m = 0; part < parts; ++part) {
    const long rows = even_part(p.m - m, parts - part);
    tiles<T, width>.entry[rows - 1](p, m, n);
    m += rows;
  }
}

// The whole product, operands where they lie: for what fits the nearest cache.
template <class T> void multiply_in_place(const Product<T>& p) {
  constexpr long size = Vec<T>::size;
  const long vectors = (p.n + size - 1) / size;
  const long panels = (vectors + widest - 1) / widest;
  for (long panel = 0, vector = 0; panel < panels; ++panel) {
    const long width = even_part(vectors - vector, panels - panel);
    const long n = vector * size;
    if (width == 1) column_panel<T, 1>(p, n);
    if constexpr (widest >= 2)
      if (width == 2) column_panel<T, 2>(p, n);
    if constexpr (widest >= 4) {
      if (width == 3) column_panel<T, 3>(p, n);
      if (width == 4) column_panel<T, 4>(p, n);
    }
    vector += width;
  }
}

// The last columns of C, `count` of them from column n on, when they are few: the same chains with vectors along m, for
// which A must have unit steps there. Columns up to the next multiple of `padding` become copies of the last one.
template <class T> void multiply_few(const Product<T>& p, long n, long count, T* scratch) {
  constexpr long size = Vec<T>::size;
  Product<T> q;
  q.m = count, q.n = p.m, q.k = p.k;
  q.a = p.b + n, q.a_m = 1, q.a_k = p.b_k;
  q.b = p.a, q.b_k = p.a_k;
  q.c = scratch, q.c_m = padded(p.m);
  q.bias = p.bias, q.start = Start::bias_along_n;
  multiply_in_place(q);
  for (long m = 0; m < p.m; m += size)
    for (long start = 0; start < padding; start += size) {
      Vec<T> square[size];
      for (long i = 0; i < size; ++i)
        square[i] = Vec<T>::load(scratch + (start + i < count ? start + i : count - 1) * q.c_m + m);
      transpose_rounds<size / 2>(square);
      for (long i = 0; i < size && m + i < p.m; ++i) square[i].store(p.c + (m + i) * p.c_m + n + start);
    }
}

}  // namespace glassnet::GLASSNET_ISA
