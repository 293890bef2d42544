// Which instruction set runs: the best of this machine, or the one that GLASSNET_ISA names.
#pragma once
#include <string>
#include <vector>

#include "../kernels/interface.h"

namespace glassnet {

const std::string& active_isa();  // throws std::runtime_error when GLASSNET_ISA names an unusable one
const std::vector<std::string>& usable_isas();
template <class T> const Kernels<T>& active_kernels();
const ScalarKernels& active_scalars();

}  // namespace glassnet
