// The state of a member between two steps, as arrays: what a stopped training needs to go on elsewhere.
#include <cmath>

#include "trainer_handle.h"

namespace glassnet {

// The counters of a training that resumed from an earlier one are followed by the step and the epoch where that stood.
constexpr std::size_t n_counters = 10, n_earlier = 2, n_numbers = 7;
constexpr long most_steps =
    1L << 50;  // that an earlier training has taken: what can be counted without a second thought

// A number that tells trainings apart whose states have the same shape: of layers, heads, batches and rows.
template <class T> static double mark_of(const PlanSource& plan, const Member<T>& member) {
  std::uint64_t mark = 14695981039346656037u;  // FNV-1a
  const auto add = [&mark](long number) { mark = (mark ^ static_cast<std::uint64_t>(number)) * 1099511628211u; };
  for (long size : plan.network.sizes) add(size);
  for (const auto& blocks : plan.network.blocks)
    for (const Block& b : blocks) add(b.n_in), add(b.seen), add(b.neurons), add(b.carried);
  for (bool mixed : plan.network.mixed) add(mixed);
  for (const Window& w : plan.network.windows)
    if (w.there())
      for (long number : {static_cast<long>(w.look), w.image[0], w.image[1], w.channels, w.places[0], w.places[1],
                          w.size[0], w.size[1], w.stride[0], w.stride[1], w.before[0], w.before[1], w.dilation[0],
                          w.dilation[1], w.groups, w.carried})
        add(number);
  add(plan.network.heads), add(plan.n_states), add(plan.batch_size), add(member.settings.row_count);
  return static_cast<double>((mark >> 16) | 1);  // 48 bits, and never 0: older states have none
}

// Whether a member can have got to where these counters are, under its plan and on its rows.
template <class T> static const char* misfit(const PlanSource& plan, const Member<T>& member, long layers,
                                             const std::int64_t* c, bool resumed, const double* x, std::size_t losses,
                                             std::size_t validations) {
  const std::int64_t epoch = c[0], position = c[1], step = c[2], stop = c[5];
  const std::int64_t earlier_step = resumed ? c[n_counters] : 0, earlier_epoch = resumed ? c[n_counters + 1] : 0;
  const long rows = member.settings.row_count, of_epoch = (rows + plan.batch_size - 1) / plan.batch_size;
  if (x[6] != 0 && x[6] != mark_of(plan, member))
    return "it was trained with other layers, or on another number of rows";
  if (epoch < 0 || epoch > plan.epochs || position < 0 || position >= rows || position % plan.batch_size != 0)
    return "no training on these rows stands at its epoch and row";
  if (earlier_step < 0 || earlier_step > most_steps || earlier_epoch < 0 || earlier_epoch > epoch)
    return "it resumed from an epoch that has not been";
  const std::int64_t own = epoch - earlier_epoch;
  if (step < 0 || own > (std::numeric_limits<std::int64_t>::max() - of_epoch - earlier_step) / of_epoch ||
      step != earlier_step + own * of_epoch + position / plan.batch_size)
    return "its number of steps does not fit its epoch and row";
  if (stop < 0 || stop > static_cast<int>(Stop::diverged) ||
      (stop != static_cast<int>(Stop::diverged) && (stop == 0) != (epoch < plan.epochs) &&
       stop != static_cast<int>(Stop::plateau)))
    return "its reason for stopping does not fit its epoch";
  const bool validated = plan.monitor >= Monitor::validation_loss;
  if (losses != static_cast<std::size_t>(own) || validations != (validated ? static_cast<std::size_t>(own) : 0))
    return "its curves do not have one entry per epoch";
  if (c[3] < 0 || c[3] > epoch || c[4] < 0 || c[4] > epoch) return "its best epoch has not been";
  if (c[6] < 0 || c[6] > static_cast<int>(Cause::weights) || c[7] < -1 || c[7] >= layers || c[8] < 0 || c[9] < 0)
    return "its divergence is malformed";
  if (!(x[0] > 0) || !std::isfinite(x[0])) return "its learning rate is no positive number";
  return nullptr;
}

template <class T> static nb::tuple save_member(const TrainerHandle<T>& self, std::size_t m) {
  const Turn<T> turn(self);
  const Member<T>& member = turn->members().at(m);
  const Divergence& why = member.divergence;
  std::vector<std::int64_t> counters = {member.epoch,
                                        member.position,
                                        member.step,
                                        member.no_improvement,
                                        member.best_epoch,
                                        static_cast<int>(member.stop),
                                        static_cast<int>(why.cause),
                                        why.layer,
                                        why.step,
                                        why.epoch};
  if (member.earlier_step || member.earlier_epoch)
    counters.insert(counters.end(), {member.earlier_step, member.earlier_epoch});
  const std::vector<double> numbers = {member.rate,
                                       member.last_rate,
                                       member.epoch_sum,
                                       member.best,
                                       why.learning_rate,
                                       why.largest_input,
                                       mark_of(turn->plan(), member)};
  std::vector<const Buffer<T>*> buffers = {&member.weights};
  for (const auto& state : member.states) buffers.push_back(&state);
  if (member.best_weights) buffers.push_back(&member.best_weights);
  const auto count = static_cast<std::size_t>(turn->network().view().parameters);
  auto arrays = new_array<T>({buffers.size(), count});
  for (std::size_t b = 0; b < buffers.size(); ++b)
    std::copy(buffers[b]->data(), buffers[b]->data() + count, arrays.data() + b * count);
  return nb::make_tuple(arrays, to_array(counters), to_array(numbers), to_array(member.loss_curve),
                        to_array(member.validation_curve));
}

// With `only_check` nothing is changed: so all members can be looked at before the first is.
template <class T>
static void load_member(TrainerHandle<T>& self, std::size_t m, bool only_check, Array<const T> arrays,
                        Array<const std::int64_t> counters, Array<const double> numbers, Array<const double> loss_curve,
                        Array<const double> validation_curve) {
  const Turn<T> turn(self);
  Member<T>& member = turn->members().at(m);
  const auto count = static_cast<std::size_t>(turn->network().view().parameters);
  const std::size_t wanted = 1 + member.states.size() + (member.best_weights ? 1 : 0);
  const bool resumed = counters.size() == n_counters + n_earlier;
  if (arrays.ndim() != 2 || arrays.shape(0) != wanted || arrays.shape(1) != count ||
      !(resumed || counters.size() == n_counters) || numbers.size() != n_numbers)
    throw nb::value_error("its arrays are those of other layers, or of another optimizer");
  if (const char* why = misfit(turn->plan(), member, turn->network().view().layers, counters.data(), resumed,
                               numbers.data(), loss_curve.size(), validation_curve.size()))
    throw nb::value_error(why);
  if (only_check) return;
  std::vector<Buffer<T>*> buffers = {&member.weights};
  for (auto& state : member.states) buffers.push_back(&state);
  if (member.best_weights) buffers.push_back(&member.best_weights);
  for (std::size_t b = 0; b < buffers.size(); ++b)
    std::copy(arrays.data() + b * count, arrays.data() + (b + 1) * count, buffers[b]->data());
  const std::int64_t* c = counters.data();
  const double* x = numbers.data();
  member.epoch = c[0], member.position = c[1], member.step = c[2], member.no_improvement = c[3],
  member.best_epoch = c[4];
  member.earlier_step = resumed ? c[n_counters] : 0, member.earlier_epoch = resumed ? c[n_counters + 1] : 0;
  member.stop = static_cast<Stop>(c[5]);
  member.rate = x[0], member.last_rate = x[1], member.epoch_sum = x[2], member.best = x[3];
  member.divergence = {static_cast<Cause>(c[6]), static_cast<int>(c[7]), c[8], c[9], x[4], x[5]};
  member.loss_curve.assign(loss_curve.data(), loss_curve.data() + loss_curve.size());
  member.validation_curve.assign(validation_curve.data(), validation_curve.data() + validation_curve.size());
}

// What the optimizer remembers of each parameter, shape (states, parameters).
template <class T> static NumpyArray<T> read_memory(const TrainerHandle<T>& self, std::size_t m) {
  const Turn<T> turn(self);
  const Member<T>& member = turn->members().at(m);
  const auto count = static_cast<std::size_t>(turn->network().view().parameters);
  auto memory = new_array<T>({member.states.size(), count});
  for (std::size_t s = 0; s < member.states.size(); ++s)
    std::copy(member.states[s].data(), member.states[s].data() + count, memory.data() + s * count);
  return memory;
}

// Start a member at the beginning of a later epoch, with the memory that an earlier training left.
template <class T> static void take_memory(TrainerHandle<T>& self, std::size_t m, Array<const T> memory, long step,
                                           long epoch) {
  const Turn<T> turn(self);
  Member<T>& member = turn->members().at(m);
  const auto count = static_cast<std::size_t>(turn->network().view().parameters);
  require(memory.ndim() == 2 && memory.shape(0) == member.states.size() && memory.shape(1) == count,
          "the memory belongs to another plan");
  require(step >= 0 && step <= most_steps && epoch >= 0 && epoch <= most_steps,
          "steps and epochs must be at or above 0");
  require(member.step == member.earlier_step && !member.finished(), "the training has taken steps of its own");
  require(epoch < turn->plan().epochs, "the plan ends before the earlier training did");
  for (std::size_t s = 0; s < member.states.size(); ++s)
    std::copy(memory.data() + s * count, memory.data() + (s + 1) * count, member.states[s].data());
  member.step = member.earlier_step = step, member.epoch = member.earlier_epoch = epoch;
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
