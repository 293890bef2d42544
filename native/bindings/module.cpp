// The door between Python and the engine: records of a plan.
#include <nanobind/stl/array.h>

#include <cmath>

#include "../kernels/opcodes.h"
#include "checks.h"

namespace glassnet {

static FormulaSource make_formula(int compiled, int scalar_inputs, int scalar_registers, std::vector<int> scalar_words,
                                  std::vector<int> scalar_results, std::vector<double> scalar_constants,
                                  std::vector<double> parameters, int vector_inputs, int vector_uniforms,
                                  int vector_registers, std::vector<int> vector_words,
                                  std::vector<int> vector_results) {
  FormulaSource f;
  f.compiled = compiled;
  f.scalar_inputs = scalar_inputs, f.scalar_registers = scalar_registers;
  f.scalar_words = {scalar_words.begin(), scalar_words.end()};
  f.scalar_results = {scalar_results.begin(), scalar_results.end()};
  f.scalar_constants = std::move(scalar_constants), f.parameters = std::move(parameters);
  f.vector_inputs = vector_inputs, f.vector_uniforms = vector_uniforms, f.vector_registers = vector_registers;
  f.vector_words = {vector_words.begin(), vector_words.end()};
  f.vector_results = {vector_results.begin(), vector_results.end()};
  check_formula(f);
  return f;
}

// A layer with windows from its numbers, in the order of the record; none for a layer without.
static Window window_of(const std::vector<long>& n) {
  require(n.empty() || n.size() == 19, "windows are described by 19 numbers");
  if (n.empty()) return {};
  require(n[0] >= 0 && n[0] <= static_cast<long>(Look::mean) && n[3] >= 1, "there are no such windows");
  return {static_cast<Look>(n[0]), {n[1], n[2]},   n[3],  {n[4], n[5]}, n[6],       {n[7], n[8]}, {n[9], n[10]},
          {n[11], n[12]},          {n[13], n[14]}, n[15], n[16],        n[17] != 0, n[18] != 0};
}

static std::vector<std::string> texts(const char* const* from, int count) { return {from, from + count}; }
static std::vector<std::string> keys(const KnownKernel* from, int count) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) result.emplace_back(from[i].key);
  return result;
}

void bind_plan(nb::module_& m) {
  nb::class_<FormulaSource>(m, "Formula")
      .def(
          "__init__",
          [](FormulaSource* self, int compiled, int scalar_inputs, int scalar_registers, std::vector<int> scalar_words,
             std::vector<int> scalar_results, std::vector<double> scalar_constants, std::vector<double> parameters,
             int vector_inputs, int vector_uniforms, int vector_registers, std::vector<int> vector_words,
             std::vector<int> vector_results) {
            new (self) FormulaSource(make_formula(
                compiled, scalar_inputs, scalar_registers, std::move(scalar_words), std::move(scalar_results),
                std::move(scalar_constants), std::move(parameters), vector_inputs, vector_uniforms, vector_registers,
                std::move(vector_words), std::move(vector_results)));
          },
          nb::arg("compiled"), nb::arg("scalar_inputs"), nb::arg("scalar_registers"), nb::arg("scalar_words"),
          nb::arg("scalar_results"), nb::arg("scalar_constants"), nb::arg("parameters"), nb::arg("vector_inputs"),
          nb::arg("vector_uniforms"), nb::arg("vector_registers"), nb::arg("vector_words"), nb::arg("vector_results"));

  nb::class_<NetworkSource>(m, "Network")
      .def(
          "__init__",
          [](NetworkSource* self, std::vector<long> sizes, std::vector<FormulaSource> value,
             std::vector<FormulaSource> backward, std::optional<FormulaSource> loss, std::vector<double> factors,
             std::vector<int> scaled, std::vector<double> rates, std::vector<double> decays,
             std::vector<std::vector<std::array<long, 4>>> blocks, std::vector<int> mixed, long heads,
             std::vector<std::optional<FormulaSource>> with_slope, std::vector<std::vector<long>> windows,
             const std::string& kernel, double efron, long targets) {
            require(loss.has_value() == kernel.empty() && (loss || kernel == "softmax" || kernel == "cox"),
                    "a loss is a formula, softmax or cox");
            NetworkSource network{std::move(sizes), std::move(value), std::move(backward), std::move(with_slope),
                                  loss ? *loss : FormulaSource{}};
            network.softmax = kernel == "softmax", network.coupling = kernel == "cox" ? Coupling::cox : Coupling::none;
            network.efron = efron, network.target_width = targets, network.heads = heads;
            require(scaled.size() == factors.size() && rates.size() == groups_per_layer * factors.size() &&
                        decays.size() == rates.size(),
                    "a parametrization needs a factor, whether it is scaled, and four rates and decays per layer");
            for (std::size_t l = 0; l < factors.size(); ++l) {
              Parametrization p;
              p.factor = factors[l], p.scaled = scaled[l] != 0;
              std::copy_n(rates.begin() + groups_per_layer * static_cast<long>(l), groups_per_layer, p.rates);
              std::copy_n(decays.begin() + groups_per_layer * static_cast<long>(l), groups_per_layer, p.decays);
              network.parametrization.push_back(p);
            }
            for (const auto& shapes : blocks) network.blocks.push_back(blocks_in_turn(shapes));
            for (int each : mixed) network.mixed.push_back(each != 0);
            for (const auto& numbers : windows) network.windows.push_back(window_of(numbers));
            check_network(network);
            new (self) NetworkSource(std::move(network));
          },
          nb::arg("sizes"), nb::arg("value"), nb::arg("backward"), nb::arg("loss").none(),
          nb::arg("factors") = std::vector<double>(), nb::arg("scaled") = std::vector<int>(),
          nb::arg("rates") = std::vector<double>(), nb::arg("decays") = std::vector<double>(),
          nb::arg("blocks") = std::vector<std::vector<std::array<long, 4>>>(), nb::arg("mixed") = std::vector<int>(),
          nb::arg("heads") = 1, nb::arg("with_slope") = std::vector<std::optional<FormulaSource>>(),
          nb::arg("windows") = std::vector<std::vector<long>>(), nb::arg("kernel") = "", nb::arg("efron") = 1.0,
          nb::arg("targets") = 0);

  nb::class_<PlanSource>(m, "Plan")
      .def("__init__",
           [](PlanSource* self, const NetworkSource& network, FormulaSource optimizer, FormulaSource schedule) {
             new (self) PlanSource();
             self->network = network, self->optimizer = std::move(optimizer), self->schedule = std::move(schedule);
           })
      .def_rw("dropout_schedule", &PlanSource::dropout_schedule)
      .def_rw("decay_schedule", &PlanSource::decay_schedule)
      .def_rw("decay_place", &PlanSource::decay_place)
      .def_rw("latest_tie", &PlanSource::latest_tie)
      .def_rw("n_states", &PlanSource::n_states)
      .def_rw("half", &PlanSource::half)
      .def_rw("mean", &PlanSource::mean)
      .def_rw("penalty_per_row", &PlanSource::penalty_per_row)
      .def_rw("shuffle", &PlanSource::shuffle)
      .def_rw("schedule_by_epoch", &PlanSource::schedule_by_epoch)
      .def_rw("rows_before", &PlanSource::rows_before)
      .def_rw("restore_best", &PlanSource::restore_best)
      .def_rw("batch_size", &PlanSource::batch_size)
      .def_rw("epochs", &PlanSource::epochs)
      .def_rw("patience", &PlanSource::patience)
      .def_rw("tolerance", &PlanSource::tolerance)
      .def_rw("plateau_divisor", &PlanSource::plateau_divisor)
      .def_rw("smallest_rate", &PlanSource::smallest_rate)
      .def_rw("clip_norm", &PlanSource::clip_norm)
      .def_rw("dropout", &PlanSource::dropout)
      .def_rw("seed", &PlanSource::seed)
      .def("set_augmentation",
           [](PlanSource& p, std::array<double, 9> strengths, std::array<long, 3> shape) {
             Augmentation a;
             a.scale = strengths[0], a.turn = strengths[1], a.flip = strengths[2], a.flip_rows = strengths[3],
             a.shift = strengths[4];
             a.cutout = strengths[5], a.contrast = strengths[6], a.brightness = strengths[7], a.noise = strengths[8];
             a.rows = shape[0], a.columns = shape[1], a.channels = shape[2];
             for (double strength : strengths)
               require(std::isfinite(strength) && strength >= 0, "an augmentation needs finite strengths from 0");
             require(a.scale < 1, "an image is scaled by less than its size");
             for (long n : shape)
               require(n >= 1 && n < (1L << 24), "an image has 1 to 2**24 rows, columns and channels");
             p.augmentation = a;
           })
      .def_prop_rw(
          "monitor", [](const PlanSource& p) { return static_cast<int>(p.monitor); },
          [](PlanSource& p, int value) { p.monitor = static_cast<Monitor>(value); })
      .def_prop_rw(
          "score", [](const PlanSource& p) { return static_cast<int>(p.score); },
          [](PlanSource& p, int value) { p.score = static_cast<Score>(value); })
      .def_prop_rw(
          "link", [](const PlanSource& p) { return static_cast<int>(p.link); },
          [](PlanSource& p, int value) { p.link = static_cast<Link>(value); });

  m.def("keys", [](const std::string& concept_name) {
    const ScalarKernels& s = active_scalars();
    if (concept_name == "activation_value") return keys(s.activation_value_known, s.activations);
    if (concept_name == "activation_backward") return keys(s.activation_backward_known, s.activations);
    if (concept_name == "activation_with_slope") return keys(s.activation_with_slope_known, s.slopes);
    if (concept_name == "loss") return keys(s.loss_known, s.losses);
    if (concept_name == "optimizer") return keys(s.optimizer_known, s.optimizers);
    require(concept_name == "schedule", "there is no such concept");
    return keys(s.schedule_known, s.schedules);
  });
  m.def("opcodes", [] { return texts(opcode_names, op_count); });
  m.def("isa", [] { return active_isa(); });
  m.def("usable_isas", [] { return usable_isas(); });
  m.attr("most_uniforms") = most_uniforms;
  m.attr("most_operands") = most_operands;
}

}  // namespace glassnet

NB_MODULE(_native, m) {
  nanobind::set_leak_warnings(false);  // a program may end while a thread still holds a training
  m.doc() = "The compiled engine; glassnet.engine is its only caller.";
  glassnet::bind_plan(m);
  glassnet::bind_functions(m);
  glassnet::bind_training(m);
  glassnet::bind_prediction(m);
  glassnet::bind_state(m);
  glassnet::bind_objective(m);
}
