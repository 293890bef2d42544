// Loops around the generated formulas, and the tables by which a formula record finds its compiled loop.
#pragma once
#include "../simd/several.h"
#include "interface.h"

namespace glassnet::GLASSNET_ISA {

#include "formulas.generated.h"

// Entries from `start` on, as many at a time as a V holds, up to the last whole one; returns where that ends.
template <class V, class F, class T>
GLASSNET_INLINE long pass(const T* const* in, T* const* out, const T* uniforms, long start, long count) {
  V u[F::uniforms + 1];
  for (int k = 0; k < F::uniforms; ++k) u[k] = V(uniforms[k]);
  long i = start;
  for (; i + V::size <= count; i += V::size) {
    V x[F::inputs + 1], result[F::outputs];
    for (int k = 0; k < F::inputs; ++k) x[k] = V::load(in[k] + i);
    F::run(x, u, result);
    for (int k = 0; k < F::outputs; ++k) result[k].store(out[k] + i);
  }
  return i;
}
template <class F, class T> void loop(const T* const* in, T* const* out, const T* uniforms, long count) {
  pass<Vec<T>, F>(in, out, uniforms, 0, count);
}
// The same for formulas that are long chains.
template <class F, class T> void long_loop(const T* const* in, T* const* out, const T* uniforms, long count) {
  pass<Vec<T>, F>(in, out, uniforms, pass<Several<T>, F>(in, out, uniforms, 0, count), count);
}

// What is computed once per step, for `scalar_lanes` steps (or members) at a time: in[input * scalar_lanes + lane].
template <class F> void scalar_loop(const double* in, double* out) {
  using V = Vec<double>;
  static_assert(scalar_lanes % V::size == 0);
  for (int lane = 0; lane < scalar_lanes; lane += V::size) {
    V x[F::scalar_inputs + 1], result[F::uniforms + 1];
    for (int k = 0; k < F::scalar_inputs; ++k) x[k] = V::load(in + k * scalar_lanes + lane);
    F::scalars(x, result);
    for (int k = 0; k < F::uniforms; ++k) result[k].store(out + k * scalar_lanes + lane);
  }
}

#define GLASSNET_LOOP(F) &loop<F, T>,
#define GLASSNET_LONG_LOOP(F) &long_loop<F, T>,
#define GLASSNET_SCALARS(F) &scalar_loop<F>,
#define GLASSNET_KNOWN(F) {F::key, F::inputs, F::outputs, F::uniforms, F::scalar_inputs},
template <class T> constexpr Loop<T> activation_value_loops[] = {GLASSNET_ACTIVATION_VALUE_KERNELS(GLASSNET_LONG_LOOP)};
template <class T> constexpr Loop<T> activation_backward_loops[] = {
    GLASSNET_ACTIVATION_BACKWARD_KERNELS(GLASSNET_LONG_LOOP)};
template <class T> constexpr Loop<T> activation_with_slope_loops[] = {
    GLASSNET_ACTIVATION_WITH_SLOPE_KERNELS(GLASSNET_LONG_LOOP)};
template <class T> constexpr Loop<T> loss_loops[] = {GLASSNET_LOSS_KERNELS(GLASSNET_LOOP)};
template <class T> constexpr Loop<T> optimizer_loops[] = {GLASSNET_OPTIMIZER_KERNELS(GLASSNET_LOOP)};
constexpr Scalars activation_value_scalars[] = {GLASSNET_ACTIVATION_VALUE_KERNELS(GLASSNET_SCALARS)};
constexpr Scalars activation_backward_scalars[] = {GLASSNET_ACTIVATION_BACKWARD_KERNELS(GLASSNET_SCALARS)};
constexpr Scalars activation_with_slope_scalars[] = {GLASSNET_ACTIVATION_WITH_SLOPE_KERNELS(GLASSNET_SCALARS)};
constexpr Scalars loss_scalars[] = {GLASSNET_LOSS_KERNELS(GLASSNET_SCALARS)};
constexpr Scalars optimizer_scalars[] = {GLASSNET_OPTIMIZER_KERNELS(GLASSNET_SCALARS)};
constexpr Scalars schedule_scalars[] = {GLASSNET_SCHEDULE_KERNELS(GLASSNET_SCALARS)};
constexpr KnownKernel activation_value_known[] = {GLASSNET_ACTIVATION_VALUE_KERNELS(GLASSNET_KNOWN)};
constexpr KnownKernel activation_backward_known[] = {GLASSNET_ACTIVATION_BACKWARD_KERNELS(GLASSNET_KNOWN)};
constexpr KnownKernel activation_with_slope_known[] = {GLASSNET_ACTIVATION_WITH_SLOPE_KERNELS(GLASSNET_KNOWN)};
constexpr KnownKernel loss_known[] = {GLASSNET_LOSS_KERNELS(GLASSNET_KNOWN)};
constexpr KnownKernel optimizer_known[] = {GLASSNET_OPTIMIZER_KERNELS(GLASSNET_KNOWN)};
constexpr KnownKernel schedule_known[] = {GLASSNET_SCHEDULE_KERNELS(GLASSNET_KNOWN)};
#undef GLASSNET_LOOP
#undef GLASSNET_LONG_LOOP
#undef GLASSNET_SCALARS
#undef GLASSNET_KNOWN

}  // namespace glassnet::GLASSNET_ISA
