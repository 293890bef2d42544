#include "dispatch.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace glassnet {

const std::vector<std::string>& usable_isas() {
  static const std::vector<std::string> usable = [] {
    std::vector<std::string> names = {"portable"};
#if defined(__x86_64__) || defined(_M_X64)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) names.push_back("avx2");
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
      names.push_back("avx512");
#endif
    return names;
  }();
  return usable;
}

const std::string& active_isa() {
  static const std::string chosen = [] {
    const char* forced = std::getenv("GLASSNET_ISA");
    if (forced == nullptr || *forced == 0) return usable_isas().back();
    const auto& usable = usable_isas();
    if (std::find(usable.begin(), usable.end(), forced) == usable.end()) {
      std::string known;
      for (const auto& name : usable) known += (known.empty() ? "" : ", ") + name;
      throw std::runtime_error("GLASSNET_ISA=" + std::string(forced) + " cannot run on this machine. It has: " + known +
                               ".");
    }
    return std::string(forced);
  }();
  return chosen;
}

template <class T> static const Kernels<T>& choose_kernels() {
#if defined(__x86_64__) || defined(_M_X64)
  if (active_isa() == "avx512") return avx512::kernels<T>();
  if (active_isa() == "avx2") return avx2::kernels<T>();
#endif
  return portable::kernels<T>();
}
template <class T> const Kernels<T>& active_kernels() {
  static const Kernels<T>& chosen = choose_kernels<T>();
  return chosen;
}
template const Kernels<float>& active_kernels<float>();
template const Kernels<double>& active_kernels<double>();

static const ScalarKernels& choose_scalars() {
#if defined(__x86_64__) || defined(_M_X64)
  if (active_isa() == "avx512") return avx512::scalar_kernels();
  if (active_isa() == "avx2") return avx2::scalar_kernels();
#endif
  return portable::scalar_kernels();
}
const ScalarKernels& active_scalars() {
  static const ScalarKernels& chosen = choose_scalars();
  return chosen;
}

}  // namespace glassnet
