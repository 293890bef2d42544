// Softmax cross-entropy: the loss that couples the outputs of a row, so it is written by hand.
#pragma once
#include "../simd/math.h"

namespace glassnet::GLASSNET_ISA {

// f, y, slope: [output * stride + i]; row_loss[i] = -sum_k y_k log softmax(f)_k; slope = softmax(f) sum_k y_k - y.
// Vectors run over i, sums over outputs in order.
template <class T>
void softmax_cross_entropy(const T* f, const T* y, T* row_loss, T* slope, long outputs, long stride, long count) {
  using V = Vec<T>;
  for (long i = 0; i < count; i += V::size) {
    V largest = V::load(f + i);
    for (long o = 1; o < outputs; ++o) largest = f_max(largest, V::load(f + o * stride + i));
    V total(T(0)), targets(T(0));
    for (long o = 0; o < outputs; ++o) {
      const V e = f_exp(V::load(f + o * stride + i) - largest);
      e.store(slope + o * stride + i);
      total = total + e;
      targets = targets + V::load(y + o * stride + i);
    }
    const V log_total = f_log(total), share = targets / total;
    V loss(T(0));
    for (long o = 0; o < outputs; ++o) {
      const long at = o * stride + i;
      const V target = V::load(y + at);
      loss = fma(target, log_total - (V::load(f + at) - largest), loss);
      (V::load(slope + at) * share - target).store(slope + at);
    }
    loss.store(row_loss + i);
  }
}

}  // namespace glassnet::GLASSNET_ISA
