// Single kernels for tests and for the contract of formulas: elementwise functions, formulas, random numbers.
#include "../kernels/opcodes.h"
#include "../training/memory.h"
#include "checks.h"

namespace glassnet {

constexpr std::size_t most_at_once = std::size_t(1) << 24;  // random words, for tests

template <class T> static NumpyArray<T> function(const std::string& name, Array<const T> a,
                                                 std::optional<Array<const T>> b) {
  int number = -1;
  for (int i = 0; i < op_where_less; ++i)
    if (name == opcode_names[i]) number = i;
  require(number >= 0, "there is no such function");
  require(!b || b->size() == a.size(), "both arrays must have the same length");
  const auto count = static_cast<long>(a.size());
  Buffer<T> x(static_cast<std::size_t>(padded(count))), y(static_cast<std::size_t>(padded(count))),
      out(static_cast<std::size_t>(padded(count)));
  std::copy(a.data(), a.data() + count, x.data());
  if (b) std::copy(b->data(), b->data() + count, y.data());
  const auto& scalars = active_scalars();
  if constexpr (sizeof(T) == 4)
    scalars.function_single(number, x.data(), y.data(), out.data(), padded(count));
  else
    scalars.function(number, x.data(), y.data(), out.data(), padded(count));
  auto result = new_array<T>({a.size()});
  std::copy(out.data(), out.data() + count, result.data());
  return result;
}

// Runs a formula of a concept on flat arrays; `leading` are the scalars before the parameters (the optimizer has two).
template <class T>
static std::vector<NumpyArray<T>> run_formula(const std::string& kind, const FormulaSource& source,
                                              std::vector<Array<const T>> inputs, std::vector<double> leading) {
  const auto& kernels = active_kernels<T>();
  const auto& scalars = active_scalars();
  require(kind == "optimizer" || kind == "loss" || kind.starts_with("activation_"), "there is no such kind of formula");
  const bool value = kind == "activation_value", backward = kind == "activation_backward", loss = kind == "loss";
  const bool both = kind == "activation_with_slope";
  const Loop<T>* loops = value      ? kernels.activation_value
                         : backward ? kernels.activation_backward
                         : both     ? kernels.activation_with_slope
                         : loss     ? kernels.loss
                                    : kernels.optimizer;
  const Scalars* table = value      ? scalars.activation_value
                         : backward ? scalars.activation_backward
                         : both     ? scalars.activation_with_slope
                         : loss     ? scalars.loss
                                    : scalars.optimizer;
  const KnownKernel* known = value      ? scalars.activation_value_known
                             : backward ? scalars.activation_backward_known
                             : both     ? scalars.activation_with_slope_known
                             : loss     ? scalars.loss_known
                                        : scalars.optimizer_known;
  const int count_known = value || backward ? scalars.activations
                          : both            ? scalars.slopes
                          : loss            ? scalars.losses
                                            : scalars.optimizers;
  check_role(source, {known, count_known, source.vector_inputs, static_cast<int>(source.vector_results.size()),
                      static_cast<int>(leading.size())});
  require(!inputs.empty() && inputs.size() == static_cast<std::size_t>(source.vector_inputs),
          "the formula takes another number of arrays");
  for (const auto& input : inputs) require(input.size() == inputs[0].size(), "all arrays must have the same length");
  require(leading.size() == (kind == "optimizer" ? 2 : 0),
          "an optimizer has two numbers before its parameters, other formulas none");
  Formula<T> formula = source.prepare<T>(loops);
  if (leading.size() == 2) {
    double rate[scalar_lanes], step[scalar_lanes];
    std::fill_n(rate, scalar_lanes, leading[0]), std::fill_n(step, scalar_lanes, leading[1]);
    source.set_uniforms(formula, table, {rate, step});
  } else
    source.set_uniforms(formula, table, {});
  const auto count = static_cast<long>(inputs.at(0).size());
  const auto room = static_cast<std::size_t>(padded(count));
  std::vector<Buffer<T>> in, out;
  const T* from[most_operands];
  T* to[most_operands];
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    in.emplace_back(room);
    std::copy(inputs[i].data(), inputs[i].data() + count, in[i].data());
    from[i] = in[i].data();
  }
  for (std::size_t o = 0; o < source.vector_results.size(); ++o) {
    out.emplace_back(room);
    to[o] = out[o].data();
  }
  kernels.run(formula, from, to, padded(count));
  std::vector<NumpyArray<T>> results;
  for (const auto& buffer : out) {
    results.push_back(new_array<T>({static_cast<std::size_t>(count)}));
    std::copy(buffer.data(), buffer.data() + count, results.back().data());
  }
  return results;
}

void bind_functions(nb::module_& m) {
  m.def("function", &function<float>, nb::arg("name"), nb::arg("a").noconvert(), nb::arg("b").none() = nb::none());
  m.def("function", &function<double>, nb::arg("name"), nb::arg("a").noconvert(), nb::arg("b").none() = nb::none());
  m.def("run_formula_single", &run_formula<float>);
  m.def("run_formula", &run_formula<double>);
  m.def("schedule_factor", [](const FormulaSource& source, double step, double steps, double samples) {
    check_role(source, schedule_role());
    double at[scalar_lanes], all[scalar_lanes], seen[scalar_lanes], factor[scalar_lanes];
    std::fill_n(at, scalar_lanes, step), std::fill_n(all, scalar_lanes, steps),
        std::fill_n(seen, scalar_lanes, samples);
    source.scalars(active_scalars().schedule, {at, all, seen}, factor);
    return factor[0];
  });
  m.def("words", [](std::uint64_t seed, std::uint32_t purpose, std::size_t count, std::uint32_t member,
                    std::uint32_t epoch, std::uint32_t part) {
    require(count <= most_at_once, "so many words are not to be had at once");
    auto result = new_array<std::uint32_t>({count});
    std::uint32_t words[4 * word_blocks];
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t place = i % (4 * word_blocks);
      if (place == 0)
        active_scalars().random_words({seed, purpose, member, epoch, part}, static_cast<std::uint32_t>(i / 4), words);
      result.data()[i] = words[place];
    }
    return result;
  });
  m.def("permutation", [](std::uint64_t seed, std::uint32_t purpose, std::int32_t count, std::uint32_t member,
                          std::uint32_t epoch, std::uint32_t part) {
    require(count >= 0 && static_cast<std::size_t>(count) <= most_at_once, "an order needs a number of rows");
    auto result = new_array<std::int32_t>({static_cast<std::size_t>(count)});
    active_scalars().permute({seed, purpose, member, epoch, part}, result.data(), count);
    return result;
  });
}

}  // namespace glassnet
