// Transposing matrices, tile by tile inside registers.
#pragma once
#include <utility>

#include "vector.h"

namespace glassnet::GLASSNET_ISA {

template <int n, bool high, class T, int... i>
GLASSNET_INLINE Vec<T> interleave_lanes(Vec<T> a, Vec<T> b, std::integer_sequence<int, i...>) {
  // Blocks of n lanes, alternately from a and b: the even blocks, or (high) the odd ones.
  constexpr int size = Vec<T>::size;
  return __builtin_shufflevector(a.v, b.v, ((i / n) % 2 == 0 ? i + (high ? n : 0) : size + i - (high ? 0 : n))...);
}
template <int n, class T> GLASSNET_INLINE void exchange(Vec<T>& a, Vec<T>& b) {
  using Lanes = std::make_integer_sequence<int, Vec<T>::size>;
  const Vec<T> low = interleave_lanes<n, false>(a, b, Lanes()), high = interleave_lanes<n, true>(a, b, Lanes());
  a = low;
  b = high;
}
template <int rows, int n, class T> GLASSNET_INLINE void transpose_rounds_of(Vec<T>* row) {
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
    if ((i & n) == 0) exchange<n>(row[i], row[i + n]);
  if constexpr (n > 1) transpose_rounds_of<rows, n / 2>(row);
}
template <int n, class T> GLASSNET_INLINE void transpose_rounds(Vec<T>* row) {
  transpose_rounds_of<Vec<T>::size, n>(row);
}

// Vec<T>::size rows at from, from + from_step, ... become columns at to, to + to_step, ...
template <class T> GLASSNET_INLINE void transpose_tile(const T* from, long from_step, T* to, long to_step) {
  constexpr int size = Vec<T>::size;
  Vec<T> row[size];
#pragma GCC unroll 16
  for (int i = 0; i < size; ++i) row[i] = Vec<T>::load(from + i * from_step);
  transpose_rounds<size / 2>(row);
#pragma GCC unroll 16
  for (int i = 0; i < size; ++i) row[i].store(to + i * to_step);
}

#if defined(__AVX512F__)
// Eight rows of sixteen floats: half the work of a whole tile. Columns are written as whole vectors, with anything
// behind the eight, because a load of a whole vector cannot take its numbers from stores of half ones before these are
// in the cache.
GLASSNET_INLINE void transpose_half_tile(const float* from, long from_step, float* to, long to_step) {
  Vec<float> row[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) row[i] = Vec<float>::load(from + i * from_step);
  transpose_rounds_of<8, 4>(row);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    row[i].store(to + i * to_step);
    _mm512_storeu_ps(to + (i + 8) * to_step, _mm512_castps256_ps512(_mm512_extractf32x8_ps(row[i].v, 1)));
  }
}
#endif

// to[c][r] = from[r][c]. Both are readable and writable up to the next multiple of the vector size in rows and columns.
template <class T> void transpose(const T* from, long from_step, T* to, long to_step, long rows, long columns) {
  constexpr int size = Vec<T>::size;
  for (long c = 0; c < columns; c += size)
    for (long r = 0; r < rows; r += size) {
#if defined(__AVX512F__)
      if constexpr (sizeof(T) == 4)
        if (rows - r <= 8) {
          transpose_half_tile(from + r * from_step + c, from_step, to + c * to_step + r, to_step);
          continue;
        }
#endif
      transpose_tile(from + r * from_step + c, from_step, to + c * to_step + r, to_step);
    }
}

}  // namespace glassnet::GLASSNET_ISA
