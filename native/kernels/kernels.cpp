// The tables of one instruction set. CMake compiles this file once per set, with that set's flags.
#include <iterator>

#include "heads.h"
#include "parametrization.h"
#include "random_words.h"
#include "step.h"
#include "update.h"
#include "update_lanes.h"

namespace glassnet::GLASSNET_ISA {

template void run<float>(const Formula<float>&, const float* const*, float* const*, long);
template void run<double>(const Formula<double>&, const double* const*, double* const*, long);

template <class T> static void add_all(const T* from, T* to, long count) { add_to(from, false, to, count); }

template <class T> const Kernels<T>& kernels() {
  static const Kernels<T> table = {Vec<T>::size,
                                   &batch<T>,
                                   &raw_predictions<T>,
                                   &couple<T>,
                                   &predict<T>,
                                   &update<T>,
                                   &make_weights<T>,
                                   &pull_back<T>,
                                   &make_head<T>,
                                   &add_head<T>,
                                   &batch_lanes<T>,
                                   &update_lanes<T>,
                                   &run<T>,
                                   &add_all<T>,
                                   activation_value_loops<T>,
                                   activation_backward_loops<T>,
                                   activation_with_slope_loops<T>,
                                   loss_loops<T>,
                                   optimizer_loops<T>,
                                   optimizer_lane_loops<T>};
  return table;
}
template const Kernels<float>& kernels<float>();
template const Kernels<double>& kernels<double>();

// Doubles through the interpreter: what an uncompiled formula computes once per step.
static void interpret_scalars(const Code& code, const double* in, const double* constants, double* out) {
  double inputs[most_operands * 4][padding], outputs[most_uniforms][padding];
  const double* from[most_operands * 4];
  double* to[most_uniforms];
  for (int i = 0; i < code.inputs; ++i) {
    for (int lane = 0; lane < padding; ++lane) inputs[i][lane] = in[i * scalar_lanes + lane % scalar_lanes];
    from[i] = inputs[i];
  }
  for (int o = 0; o < code.outputs; ++o) to[o] = outputs[o];
  interpret<double>(code, from, to, constants, padding);
  for (int o = 0; o < code.outputs; ++o)
    for (int lane = 0; lane < scalar_lanes; ++lane) out[o * scalar_lanes + lane] = outputs[o][lane];
}

template <class T> static void apply_function(int number, const T* a, const T* b, T* out, long count) {
  for (long start = 0; start < count; start += strip)
    operate<T>(number, {count - start < strip ? count - start : strip, out + start, {a + start, b + start, a, a}});
}

const ScalarKernels& scalar_kernels() {
  static const ScalarKernels table = {activation_value_scalars,
                                      activation_backward_scalars,
                                      activation_with_slope_scalars,
                                      loss_scalars,
                                      optimizer_scalars,
                                      schedule_scalars,
                                      activation_value_known,
                                      activation_backward_known,
                                      activation_with_slope_known,
                                      loss_known,
                                      optimizer_known,
                                      schedule_known,
                                      int(std::size(activation_value_known)),
                                      int(std::size(activation_with_slope_known)),
                                      int(std::size(loss_known)),
                                      int(std::size(optimizer_known)),
                                      int(std::size(schedule_known)),
                                      &permute,
                                      &random_words,
                                      &interpret_scalars,
                                      &apply_function<double>,
                                      &apply_function<float>};
  return table;
}

}  // namespace glassnet::GLASSNET_ISA
