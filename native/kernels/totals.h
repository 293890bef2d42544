// Totals (the loss of a batch, the sum of squared weights) as `chains` interleaved sums: entry i belongs to chain
// i mod chains, each chain runs in order, and the chains are added pairwise. No instruction set changes a bit of it.
#pragma once
#include "../simd/vector.h"
#include "interface.h"

namespace glassnet::GLASSNET_ISA {

template <class T> struct Total {
  static constexpr int parts = chains / Vec<T>::size > 0 ? chains / Vec<T>::size : 1;
  static_assert(chains % Vec<T>::size == 0);
  Vec<T> sum[parts];

  Total() {
    for (auto& s : sum) s = Vec<T>(T(0));
  }
  // Takes `chains` entries through f(part), the vector that starts at entry part * Vec<T>::size.
  template <class F> GLASSNET_INLINE void add(F f) {
#pragma GCC unroll 8
    for (int p = 0; p < parts; ++p) sum[p] = f(p * Vec<T>::size, sum[p]);
  }
  T value() const {
    T lane[chains];
    for (int p = 0; p < parts; ++p) sum[p].store(lane + p * Vec<T>::size);
    for (int half = chains / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
    return lane[0];
  }
};

// The `chains` entries of an array from i on, where it has `count`: in place, or else a copy in `part` with zeros
// before its first entry and behind its last.
template <class T> const T* entries_at(const T* from, long i, long count, T* part) {
  if (i >= 0 && count - i >= chains) return from + i;
  for (long k = 0; k < chains; ++k) part[k] = i + k >= 0 && i + k < count ? from[i + k] : T(0);
  return part;
}

}  // namespace glassnet::GLASSNET_ISA
