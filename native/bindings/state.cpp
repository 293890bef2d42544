// The state of a member between two steps, as arrays: what a stopped training needs to go on elsewhere.
#include "trainer_handle.h"

namespace glassnet {

constexpr std::size_t n_counters = 10, n_numbers = 7;

template <class T> static nb::tuple save_member(const TrainerHandle<T>& self, std::size_t m) {
  const Member<T>& member = self.trainer->members().at(m);
  const Divergence& why = member.divergence;
  const std::vector<std::int64_t> counters = {member.epoch, member.position, member.step, member.no_improvement,
      member.best_epoch, static_cast<int>(member.stop), static_cast<int>(why.cause), why.layer, why.step, why.epoch};
  const std::vector<double> numbers = {member.rate, member.last_rate, member.epoch_sum, member.best, why.learning_rate,
      why.largest_input, 0};
  std::vector<const Buffer<T>*> buffers = {&member.weights};
  for (const auto& state : member.states) buffers.push_back(&state);
  if (member.best_weights) buffers.push_back(&member.best_weights);
  const auto count = static_cast<std::size_t>(self.trainer->network().view().parameters);
  auto arrays = new_array<T>({buffers.size(), count});
  for (std::size_t b = 0; b < buffers.size(); ++b)
    std::copy(buffers[b]->data(), buffers[b]->data() + count, arrays.data() + b * count);
  return nb::make_tuple(arrays, to_array(counters), to_array(numbers), to_array(member.loss_curve), to_array(member.validation_curve));
}

template <class T>
static void load_member(TrainerHandle<T>& self, std::size_t m, Array<const T> arrays, Array<const std::int64_t> counters,
                        Array<const double> numbers, Array<const double> loss_curve, Array<const double> validation_curve) {
  Member<T>& member = self.trainer->members().at(m);
  const auto count = static_cast<std::size_t>(self.trainer->network().view().parameters);
  const std::size_t wanted = 1 + member.states.size() + (member.best_weights ? 1 : 0);
  if (arrays.ndim() != 2 || arrays.shape(0) != wanted || arrays.shape(1) != count || counters.size() != n_counters ||
      numbers.size() != n_numbers)
    throw nb::value_error("the state belongs to another plan");
  std::vector<Buffer<T>*> buffers = {&member.weights};
  for (auto& state : member.states) buffers.push_back(&state);
  if (member.best_weights) buffers.push_back(&member.best_weights);
  for (std::size_t b = 0; b < buffers.size(); ++b)
    std::copy(arrays.data() + b * count, arrays.data() + (b + 1) * count, buffers[b]->data());
  const std::int64_t* c = counters.data();
  const double* x = numbers.data();
  member.epoch = c[0], member.position = c[1], member.step = c[2], member.no_improvement = c[3], member.best_epoch = c[4];
  member.stop = static_cast<Stop>(c[5]);
  member.rate = x[0], member.last_rate = x[1], member.epoch_sum = x[2], member.best = x[3];
  member.divergence = {static_cast<Cause>(c[6]), static_cast<int>(c[7]), c[8], c[9], x[4], x[5]};
  member.loss_curve.assign(loss_curve.data(), loss_curve.data() + loss_curve.size());
  member.validation_curve.assign(validation_curve.data(), validation_curve.data() + validation_curve.size());
}

// What the optimizer remembers of each parameter, shape (states, parameters).
template <class T> static NumpyArray<T> read_memory(const TrainerHandle<T>& self, std::size_t m) {
  const Member<T>& member = self.trainer->members().at(m);
  const auto count = static_cast<std::size_t>(self.trainer->network().view().parameters);
  auto memory = new_array<T>({member.states.size(), count});
  for (std::size_t s = 0; s < member.states.size(); ++s)
    std::copy(member.states[s].data(), member.states[s].data() + count, memory.data() + s * count);
  return memory;
}

// Start a member at the beginning of a later epoch, with the memory that an earlier training left.
template <class T> static void take_memory(TrainerHandle<T>& self, std::size_t m, Array<const T> memory, long step, long epoch) {
  Member<T>& member = self.trainer->members().at(m);
  const auto count = static_cast<std::size_t>(self.trainer->network().view().parameters);
  if (memory.ndim() != 2 || memory.shape(0) != member.states.size() || memory.shape(1) != count || step < 0 || epoch < 0)
    throw nb::value_error("the memory belongs to another plan");
  for (std::size_t s = 0; s < member.states.size(); ++s)
    std::copy(memory.data() + s * count, memory.data() + (s + 1) * count, member.states[s].data());
  member.step = step, member.epoch = epoch;
}

void bind_state(nb::module_& m) {
  m.def("save_member", &save_member<float>);
  m.def("save_member", &save_member<double>);
  m.def("load_member", &load_member<float>);
  m.def("load_member", &load_member<double>);
  m.def("read_memory", &read_memory<float>);
  m.def("read_memory", &read_memory<double>);
  m.def("take_memory", &take_memory<float>);
  m.def("take_memory", &take_memory<double>);
}

}  // namespace glassnet
