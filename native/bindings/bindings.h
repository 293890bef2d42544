// What the binding files share. checks.h looks at what comes in.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>

#include "../training/plan.h"

namespace glassnet {

namespace nb = nanobind;
template <class T> using Array = nb::ndarray<T, nb::c_contig, nb::device::cpu>;
template <class T> using NumpyArray = nb::ndarray<nb::numpy, T, nb::c_contig>;

// A new NumPy array that owns its memory.
template <class T> NumpyArray<T> new_array(std::initializer_list<std::size_t> shape) {
  std::size_t count = 1;
  for (std::size_t n : shape) count *= n;
  T* memory = new T[count > 0 ? count : 1];
  nb::capsule owner(memory, [](void* p) noexcept { delete[] static_cast<T*>(p); });
  return NumpyArray<T>(memory, shape, owner);
}
template <class T> NumpyArray<T> to_array(const std::vector<T>& values) {
  auto result = new_array<T>({values.size()});
  std::copy(values.begin(), values.end(), result.data());
  return result;
}

// Rows in arrays that someone else keeps; row weights are shared, shape (n,), or one row of them per member.
template <class T>
Data<T> data_of(const Array<const T>& X, const Array<const T>& y, const std::optional<Array<const T>>& weight) {
  Data<T> data{X.data(), y.data(), weight ? weight->data() : nullptr, static_cast<long>(X.shape(0)), 0};
  if (weight && weight->ndim() == 2) data.weight_step = static_cast<long>(weight->shape(1));
  return data;
}

// Throws when the user has pressed Ctrl-C, or another signal has a handler that raises.
inline void check_signals() {
  nb::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void bind_plan(nb::module_& m);
void bind_functions(nb::module_& m);
void bind_training(nb::module_& m);
void bind_prediction(nb::module_& m);
void bind_state(nb::module_& m);
void bind_objective(nb::module_& m);

}  // namespace glassnet
