// Trainers. Long calls release the interpreter lock.
#include "trainer_handle.h"

namespace glassnet {

constexpr double most_seconds = 1e8;

template <class T> static void check_layer(const NetworkView<T>& view, int layer) {
  require(layer >= 0 && layer < view.layers, "there is no such layer");
}

template <class T>
static void make_trainer(TrainerHandle<T>* self, const PlanSource& plan, std::vector<std::uint32_t> ids,
                         std::vector<double> rates, std::vector<double> l1, std::vector<double> l2,
                         std::vector<std::vector<double>> dropout, std::vector<double> smoothing,
                         std::vector<Array<const std::int32_t>> rows, std::vector<Array<const std::int32_t>> held_rows,
                         Array<const T> X, Array<const T> y, std::optional<Array<const T>> weight,
                         std::optional<Array<const T>> X_held, std::optional<Array<const T>> y_held,
                         std::optional<Array<const T>> weight_held, int threads) {
  check_plan(plan);
  check_size(plan.network);
  const long n_in = plan.network.sizes.front(), n_out = plan.network.targets();
  const auto of_each = [count = ids.size()](const auto& numbers) { return numbers.size() == count; };
  require(!ids.empty() && of_each(rates) && of_each(l1) && of_each(l2) && of_each(smoothing) &&
              (dropout.empty() || of_each(dropout)),
          "there must be one number per member");
  for (const auto& layers : dropout)
    require(layers.size() + 1 == plan.network.sizes.size() &&
                std::all_of(layers.begin(), layers.end(), [](double p) { return p >= 0 && p < 1; }),
            "dropout needs a rate at or above 0 and below 1 per layer");
  check_rows(X, n_in, 0, "X does not fit the plan");
  check_rows(y, n_out, static_cast<long>(X.shape(0)), "y does not fit the plan");
  check_weights(weight, X.shape(0), ids.size());
  check_lists(rows, ids.size(), static_cast<long>(X.shape(0)));
  require(X_held.has_value() == y_held.has_value() &&
              (X_held || (!weight_held && held_rows.empty() && plan.monitor < Monitor::validation_loss)),
          "what is validated needs X and y");
  if (X_held) {
    check_rows(*X_held, n_in, 0, "the validation X does not fit the plan");
    check_rows(*y_held, n_out, static_cast<long>(X_held->shape(0)), "the validation y does not fit the plan");
    check_weights(weight_held, X_held->shape(0), ids.size());
    check_lists(held_rows, ids.size(), static_cast<long>(X_held->shape(0)));
  }
  threads = sensible_threads(threads);
  std::vector<nb::object> kept;
  for (const auto& array : {X, y}) kept.push_back(nb::cast(array));
  for (const auto* lists : {&rows, &held_rows})
    for (const auto& array : *lists) kept.push_back(nb::cast(array));
  for (const auto& array : {weight, X_held, y_held, weight_held})
    if (array) kept.push_back(nb::cast(*array));
  std::vector<MemberSettings> members;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    MemberSettings settings{ids[i], rates[i], l1[i], l2[i], smoothing[i], {}, nullptr, 0, nullptr, 0};
    if (!dropout.empty()) settings.dropout = dropout[i];
    if (!rows.empty()) settings.rows = rows[i].data(), settings.row_count = static_cast<long>(rows[i].size());
    if (!held_rows.empty())
      settings.held = held_rows[i].data(), settings.held_count = static_cast<long>(held_rows[i].size());
    members.push_back(std::move(settings));
  }
  const Data<T> held = X_held ? data_of<T>(*X_held, *y_held, weight_held) : Data<T>{};
  auto trainer = std::make_unique<Trainer<T>>(plan, members, data_of<T>(X, y, weight), held, threads);
  new (self) TrainerHandle<T>{std::move(kept), std::move(trainer)};
}

// The same for networks with a shared body: arrays of shape (members * copies, ...), where a layer of the body has one
// copy and the first and last layer one for each head.
template <class T> static nb::tuple get_heads(const TrainerHandle<T>& self, int layer, bool best) {
  const Turn<T> turn(self);
  const auto& trainer = *turn;
  require(&trainer.computing() != &trainer.network(), "these networks share no body");
  const auto& view = trainer.computing().view();
  check_layer(view, layer);
  const auto n_in = static_cast<std::size_t>(view.sizes[layer]),
             n_out = static_cast<std::size_t>(view.sizes[layer + 1]);
  const auto n_scales = static_cast<std::size_t>(scales_of(view, layer)),
             copies = static_cast<std::size_t>(trainer.copies_of(layer));
  const std::size_t count = trainer.members().size() * copies;
  auto weights = new_array<T>({count, n_in, n_out});
  auto biases = new_array<T>({count, n_out});
  auto scales = new_array<T>({count, n_scales});
  for (std::size_t m = 0; m < trainer.members().size(); ++m) {
    const auto& member = trainer.members()[m];
    const bool kept = best && member.best_epoch > 0 && member.best_weights.size() > 0;
    trainer.read_heads((kept ? member.best_weights : member.weights).data(), layer,
                       weights.data() + m * copies * n_in * n_out, biases.data() + m * copies * n_out,
                       scales.data() + m * copies * n_scales);
  }
  return nb::make_tuple(weights, biases, scales);
}
// The scales (members * heads, n_in) that training starts from; of one network each, (members, n_in).
template <class T> static void set_scales(TrainerHandle<T>& self, int layer, Array<const T> scales) {
  const Turn<T> turn(self);
  auto& trainer = *turn;
  const auto& view = trainer.network().view();
  check_layer(view, layer);
  const auto own = static_cast<std::size_t>(scales_of(view, layer));
  require(scales.size() == own * trainer.members().size(), "there must be one scale per input and member");
  for (std::size_t m = 0; m < trainer.members().size(); ++m)
    std::copy(scales.data() + m * own, scales.data() + (m + 1) * own,
              trainer.members()[m].weights.data() + trainer.network().scales_place(layer));
}

// Copies between a layer of every member and arrays of shape (members, n_in, n_out) and (members, n_out).
// The layer as it is now, or (best) as it was after each member's best epoch, where that is kept; the third and
// fourth array hold the trained scales of its inputs and the mixes of its neurons, of which most layers have none.
template <class T> static nb::tuple get_layer(const TrainerHandle<T>& self, int layer, bool best) {
  const Turn<T> turn(self);
  const auto& trainer = *turn;
  const auto& view = trainer.network().view();
  check_layer(view, layer);
  const bool windows = view.windows != nullptr && view.windows[layer].there();  // kernels come one after the other
  const auto n_in = static_cast<std::size_t>(windows ? view.weights[layer] : view.sizes[layer]);
  const auto n_out = static_cast<std::size_t>(view.neurons[layer]), wide = windows ? std::size_t(1) : n_out;
  auto weights = new_array<T>({trainer.members().size(), n_in, wide});
  auto biases = new_array<T>({trainer.members().size(), n_out});
  const auto n_scales = static_cast<std::size_t>(scales_of(view, layer));
  const auto n_mixes = static_cast<std::size_t>(mixes_of(view, layer));
  auto scales = new_array<T>({trainer.members().size(), n_scales});
  auto mixes = new_array<T>({trainer.members().size(), n_mixes});
  Buffer<T> made(view.made != nullptr ? static_cast<std::size_t>(view.parameters + padding) : 0);
  for (std::size_t m = 0; m < trainer.members().size(); ++m) {
    const auto& member = trainer.members()[m];
    const bool kept = best && member.best_epoch > 0 && member.best_weights.size() > 0;
    const T* parameters = (kept ? member.best_weights : member.weights).data();
    const T* own = parameters + trainer.network().scales_place(layer);
    std::copy(own, own + n_scales, scales.data() + m * n_scales);
    std::copy(own + n_scales, own + n_scales + n_mixes, mixes.data() + m * n_mixes);
    if (view.made != nullptr) {
      active_kernels<T>().make_weights(view, parameters, made.data());
      parameters = made.data();
    }
    trainer.network().read_layer(parameters, layer, weights.data() + m * n_in * wide, biases.data() + m * n_out);
  }
  return nb::make_tuple(weights, biases, scales, mixes);
}
template <class T>
static void set_layer(TrainerHandle<T>& self, int layer, Array<const T> weights, Array<const T> biases) {
  const Turn<T> turn(self);
  auto& trainer = *turn;
  const auto& view = trainer.network().view();
  check_layer(view, layer);
  const std::size_t members = trainer.members().size();
  require(weights.size() == members * static_cast<std::size_t>(view.weights[layer]) &&
              biases.size() == members * static_cast<std::size_t>(view.neurons[layer]),
          "the weights or biases do not fit the layer and the members");
  if (&trainer.computing() != &trainer.network()) {
    for (std::size_t m = 0; m < members; ++m)
      trainer.write_heads(trainer.members()[m].weights.data(), layer, weights.data() + m * (weights.size() / members),
                          biases.data() + m * (biases.size() / members));
    return;
  }
  for (std::size_t m = 0; m < members; ++m)
    trainer.network().write_layer(trainer.members()[m].weights.data(), layer,
                                  weights.data() + m * (weights.size() / members),
                                  biases.data() + m * (biases.size() / members));
}

static const char* const stop_names[] = {"running", "all_epochs", "plateau", "diverged"};
static const char* const cause_names[] = {"none", "loss", "gradient", "weights"};

template <class T> static nb::dict report(const TrainerHandle<T>& self, std::size_t m) {
  const Turn<T> turn(self);
  const Member<T>& member = turn->members().at(m);
  nb::dict d;
  d["loss_curve"] = to_array(member.loss_curve);
  d["validation_curve"] = to_array(member.validation_curve);
  d["epochs"] = member.epoch, d["steps"] = member.step;
  d["best_epoch"] = member.best_epoch, d["best"] = member.best;
  d["learning_rate"] = member.last_rate;
  d["stop_reason"] = stop_names[static_cast<int>(member.stop)];
  if (member.stop == Stop::diverged) {
    nb::dict why;
    why["cause"] = cause_names[static_cast<int>(member.divergence.cause)];
    why["layer"] = member.divergence.layer, why["step"] = member.divergence.step;
    why["epoch"] = member.divergence.epoch, why["learning_rate"] = member.divergence.learning_rate;
    why["largest_input"] = member.divergence.largest_input;
    d["divergence"] = why;
  }
  return d;
}

// (finished members, epochs done, steps done, mean latest loss) of the population.
template <class T> static nb::tuple progress(const TrainerHandle<T>& self) {
  long finished = 0, epochs = 0, steps = 0, known = 0;
  double loss = 0;
  const Turn<T> turn(self);
  for (const auto& member : turn->members()) {
    finished += member.finished(), epochs += member.epoch, steps += member.step;
    if (!member.loss_curve.empty()) loss += member.loss_curve.back(), ++known;
  }
  return nb::make_tuple(finished, epochs, steps,
                        known > 0 ? loss / static_cast<double>(known) : std::numeric_limits<double>::quiet_NaN());
}

template <class T> static void bind_trainer(nb::module_& m, const char* name) {
  using Handle = TrainerHandle<T>;
  nb::class_<Handle>(m, name)
      .def("__init__", &make_trainer<T>, nb::arg("plan"), nb::arg("ids"), nb::arg("rates"), nb::arg("l1"),
           nb::arg("l2"), nb::arg("dropout"), nb::arg("smoothing"), nb::arg("rows"), nb::arg("held_rows"), nb::arg("X"),
           nb::arg("y"), nb::arg("weight").none(), nb::arg("X_held").none(), nb::arg("y_held").none(),
           nb::arg("weight_held").none(), nb::arg("threads"))
      .def(
          "advance",
          [](Handle& self, double seconds) {
            require(seconds >= 0, "seconds must be at or above 0");
            return Turn<T>(self)->advance(std::min(seconds, most_seconds), check_signals);
          },
          nb::call_guard<nb::gil_scoped_release>())
      .def(
          "advance_steps",
          [](Handle& self, long steps) {
            require(steps >= 0, "steps must be at or above 0");
            return Turn<T>(self)->advance_steps(steps, check_signals);
          },
          nb::call_guard<nb::gil_scoped_release>())
      .def("get_layer", &get_layer<T>, nb::arg("layer"), nb::arg("best") = false)
      .def("set_layer", &set_layer<T>)
      .def("get_heads", &get_heads<T>, nb::arg("layer"), nb::arg("best") = false)
      .def("set_scales", &set_scales<T>)
      .def("report", &report<T>)
      .def("progress", &progress<T>)
      .def_static("bytes_needed", [](const PlanSource& plan, std::size_t members, long rows, int threads) {
        check_plan(plan);
        return Trainer<T>::bytes_needed(plan, members, rows, sensible_threads(threads));
      });
}

void bind_training(nb::module_& m) {
  bind_trainer<float>(m, "TrainerSingle");
  bind_trainer<double>(m, "TrainerDouble");
}

}  // namespace glassnet
