// What comes through the door is looked at here, before anything reads or writes by it: lengths, places, and formulas.
// The Python side says first, and better, what is wrong; these are the checks that keep memory whole whoever calls.
#pragma once
#include "../training/member.h"
#include "bindings.h"

namespace glassnet {

inline void require(bool good, const char* rule) {
  if (!good) throw nb::value_error(rule);
}

constexpr long most_rows = 2147483647, most_neurons = 2147483647;
constexpr int most_threads = 1024;  // more are no error: the number of threads changes nothing
inline int sensible_threads(int threads) {
  require(threads >= 1, "threads must be at least 1");
  return threads < most_threads ? threads : most_threads;
}

// The code of a formula: every operation reads what is there, and writes within the registers.
void check_formula(const FormulaSource& formula);
// That a formula can take a part: so many arrays in and out, and so many numbers before its parameters.
struct Role {
  const KnownKernel* compiled;
  int count, inputs, outputs, leading;
};
void check_role(const FormulaSource& formula, const Role& role);
Role optimizer_role(int n_states);
Role schedule_role();

void check_network(const NetworkSource& network);
// That the parameters of a network can be counted and laid out.
void check_size(const NetworkSource& network);
void check_plan(const PlanSource& plan);

template <class T> void check_rows(const Array<const T>& array, long columns, long rows, const char* rule) {
  require(array.ndim() == 2 && static_cast<long>(array.shape(1)) == columns && array.shape(0) > 0 &&
              static_cast<long>(array.shape(0)) <= most_rows &&
              (rows == 0 || static_cast<long>(array.shape(0)) == rows),
          rule);
}
// Row weights: one per row, or (with members) also one per row for each member.
template <class T> void check_weights(const std::optional<Array<const T>>& weight, std::size_t rows,
                                      std::size_t members) {
  require(!weight || (weight->ndim() == 1 && weight->shape(0) == rows) ||
              (members > 0 && weight->ndim() == 2 && weight->shape(0) == members && weight->shape(1) == rows),
          "there must be one weight per row");
}
// Lists of row numbers, one per member, or none at all.
void check_lists(const std::vector<Array<const std::int32_t>>& lists, std::size_t members, long rows);

}  // namespace glassnet
