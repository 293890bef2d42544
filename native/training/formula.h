// A formula as it comes from Python: its number among the compiled kernels, or its code for the interpreter.
#pragma once
#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "dispatch.h"

namespace glassnet {

struct FormulaSource {
  int compiled = -1;  // place in the generated table; -1: interpret
  int scalar_inputs = 0, scalar_registers = 0;
  std::vector<std::int32_t> scalar_words, scalar_results;
  std::vector<double> scalar_constants, parameters;
  int vector_inputs = 0, vector_uniforms = 0, vector_registers = 0;
  std::vector<std::int32_t> vector_words, vector_results;

  // What is computed once per step, for scalar_lanes steps or members: the leading inputs (each scalar_lanes numbers),
  // then the parameters, to the uniforms. The parameter at place `changed` is multiplied by `multiples` (scalar_lanes).
  void scalars(const Scalars* table, std::initializer_list<const double*> leading, double* out, int changed = -1,
               const double* multiples = nullptr) const {
    double in[most_uniforms * scalar_lanes];
    double* next = in;
    for (const double* x : leading) next = std::copy(x, x + scalar_lanes, next);
    double* first = next;
    for (double x : parameters) next = std::fill_n(next, scalar_lanes, x);
    if (changed >= 0)
      for (int i = 0; i < scalar_lanes; ++i) first[changed * scalar_lanes + i] *= multiples[i];
    if (compiled >= 0) return table[compiled](in, out);
    Code code{scalar_inputs,
              static_cast<int>(scalar_constants.size()),
              scalar_registers,
              static_cast<int>(scalar_words.size() / 6),
              static_cast<int>(scalar_results.size()),
              scalar_words.data(),
              scalar_results.data()};
    active_scalars().interpret(code, in, scalar_constants.data(), out);
  }

  template <class T> Formula<T> prepare(const Loop<T>* loops) const {
    Formula<T> formula;
    formula.loop = compiled >= 0 && loops != nullptr ? loops[compiled] : nullptr;
    formula.code = Code{vector_inputs,
                        vector_uniforms,
                        vector_registers,
                        static_cast<int>(vector_words.size() / 6),
                        static_cast<int>(vector_results.size()),
                        vector_words.data(),
                        vector_results.data()};
    return formula;
  }
  template <class T> Formula<T> prepare(const Loop<T>* loops, const Scalars* table) const {
    Formula<T> formula = prepare<T>(loops);
    set_uniforms(formula, table, {});
    return formula;
  }
  template <class T> void set_uniforms(Formula<T>& formula, const Scalars* table,
                                       std::initializer_list<const double*> leading) const {
    double values[most_uniforms * scalar_lanes];
    scalars(table, leading, values);
    for (int i = 0; i < vector_uniforms; ++i) formula.uniforms[i] = static_cast<T>(values[i * scalar_lanes]);
  }
};

}  // namespace glassnet
