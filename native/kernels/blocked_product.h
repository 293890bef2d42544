// The product of large matrices: blocks over k, and both operands copied ("packed") into the order of reading, so that
// the micro-kernel finds B in the nearest cache and A in the second.
//
//     for each block of k        C carries the running sums from block to block: still one FMA chain per entry
//       pack A                   tiles of `tile_rows` rows: [tile][k][row]; or read it in place when it lies well
//       for each panel of n      pack B: [k][panel columns]
//         for each tile of A     micro-kernel
#pragma once
#include "../simd/transpose.h"
#include "interface.h"
#include "product.h"

namespace glassnet::GLASSNET_ISA {

constexpr int panel_vectors = 2;
constexpr long tile_rows = tallest[panel_vectors];
constexpr long k_block = 128;
// A line of packed A takes whole vectors, so that it is written aligned; the numbers beyond tile_rows are never read.
template <class T> constexpr long tile_line = (tile_rows + Vec<T>::size - 1) / Vec<T>::size * Vec<T>::size;

// A as [tile][k][tile_line], from k = first on, when its columns lie along m: a few lines of A at a time, each read
// from end to end, so that the memory delivers them ahead.
template <class T> void pack_a_lines(const Product<T>& p, long first, long depth, T* to) {
  constexpr long size = Vec<T>::size, line = tile_line<T>, together = 8;
  for (long start = 0; start < depth; start += together) {
    const long end = start + together < depth ? start + together : depth;
    for (long m = 0, tile = 0; m < p.m; m += tile_rows, ++tile)
      for (long k = start; k < end; ++k)
        for (long i = 0; i < line; i += size)
          Vec<T>::load(p.a + m + (first + k) * p.a_k + i).store(to + (tile * depth + k) * line + i);
  }
}

// The same when its rows lie along k: squares of them are transposed.
template <class T> void pack_a(const Product<T>& p, long first, long depth, T* to) {
  constexpr long size = Vec<T>::size, line = tile_line<T>;
  if (p.a_m == 1) return pack_a_lines(p, first, depth, to);
  for (long m = 0, tile = 0; m < p.m; m += tile_rows, ++tile) {
    T* into = to + tile * depth * line;
    for (long i = 0; i < line; i += size)
      for (long k = 0; k < depth; k += size) {
        Vec<T> square[size];
#pragma GCC unroll 16
        for (long r = 0; r < size; ++r) {
          const long row = m + i + r < p.m ? m + i + r : p.m - 1;
          square[r] = Vec<T>::load(p.a + row * p.a_m + first + k);
        }
        transpose_rounds<size / 2>(square);
        if (k + size <= depth) {
#pragma GCC unroll 16
          for (long c = 0; c < size; ++c) square[c].store(into + (k + c) * line + i);
        } else {
          for (long c = 0; k + c < depth; ++c) square[c].store(into + (k + c) * line + i);
        }
      }
  }
}
// Rows of A that lie along k can be read in place, unless their steps fall into the same few cache sets.
template <class T> bool readable_in_place(const Product<T>& p) {
  return p.a_k == 1 && p.a_m * static_cast<long>(sizeof(T)) % 1024 != 0;
}

template <class T> void pack_b(const Product<T>& p, long n, long first, long depth, int width, T* to) {
  for (long k = 0; k < depth; ++k)
    for (int j = 0; j < width; ++j)
      Vec<T>::load(p.b + (first + k) * p.b_k + n + j * Vec<T>::size).store(to + (k * width + j) * Vec<T>::size);
}

template <class T> void multiply_blocked(const Product<T>& p, T* packed) {
  constexpr long size = Vec<T>::size;
  // A sum that is added to C must be complete before, so its k is one block.
  const long blocks = p.finish == Finish::add ? 1 : (p.k + k_block - 1) / k_block;
  T* packed_b = packed;
  T* packed_a = packed + block_rows * panel_vectors * size;
  for (long block = 0; block < blocks; ++block) {
    const long first = p.k * block / blocks, depth = p.k * (block + 1) / blocks - first;
    Product<T> part = p;
    part.k = depth;
    if (block > 0) part.start = Start::resume;
    const bool in_place = readable_in_place(p);
    if (!in_place) pack_a(p, first, depth, packed_a);
    const long vectors = (p.n + size - 1) / size;
    for (long vector = 0; vector < vectors; vector += panel_vectors) {
      const int width = vectors - vector < panel_vectors ? 1 : panel_vectors;
      const long n = vector * size;
      pack_b(p, n, first, depth, width, packed_b);
      // The tile reads A at a + m a_m and B at b + n: shifted so that both land in the packed copies.
      part.b = packed_b - n, part.b_k = width * size;
      for (long m = 0, tile = 0; m < p.m; m += tile_rows, ++tile) {
        const long rows = p.m - m < tile_rows ? p.m - m : tile_rows;
        if (in_place)
          part.a = p.a + first;
        else
          part.a = packed_a + tile * depth * tile_line<T> - m, part.a_m = 1, part.a_k = tile_line<T>;
        if (width == 1)
          tiles<T, 1>.entry[rows - 1](part, m, n);
        else
          tiles<T, panel_vectors>.entry[rows - 1](part, m, n);
      }
    }
  }
}

// Large enough that packing pays.
template <class T> bool is_large(const Product<T>& p) {
  static_assert(tile_rows <= 16);
  return p.m * p.k * static_cast<long>(sizeof(T)) > large_product_bytes && p.m >= tile_rows && p.n >= Vec<T>::size;
}

// The part of worker w of `workers`: rows of C, whole tiles; no entry's chain is divided.
template <class T> Product<T> share(const Product<T>& p, int w, int workers) {
  const long tiles_of_c = (p.m + tile_rows - 1) / tile_rows;
  const long first = tiles_of_c * w / workers * tile_rows, end = tiles_of_c * (w + 1) / workers * tile_rows;
  Product<T> part = p;
  part.m = (end < p.m ? end : p.m) - first;
  part.a += first * p.a_m, part.c += first * p.c_m;
  if (p.bias != nullptr) part.bias += first;
  return part;
}

template <class T> void multiply(const Product<T>& p, const Workspace<T>& ws) {
  if (ws.packed == nullptr || !is_large(p)) return multiply_in_place(p);
  if (ws.workers <= 1) return multiply_blocked(p, ws.packed);
  struct Shared {
    const Product<T>& p;
    const Workspace<T>& ws;
  } shared{p, ws};
  ws.in_parallel(
      ws.workers,
      [](int w, const void* data) {
        const auto& s = *static_cast<const Shared*>(data);
        const Product<T> part = share(s.p, w, s.ws.workers);
        if (part.m > 0) multiply_blocked(part, s.ws.packed + w * s.ws.packed_step);
      },
      &shared);
}

}  // namespace glassnet::GLASSNET_ISA
