#include "checks.h"

#include <algorithm>
#include <bitset>
#include <cmath>

#include "../kernels/opcodes.h"

namespace glassnet {

namespace {
constexpr int most_registers = 256;
constexpr long most_of_window = 1000000;  // rows or columns of an image, places, taps, padding
constexpr double most_parameters = 1e15;  // of one network: what can be counted without a second thought

bool within(std::size_t count, int most) { return count <= static_cast<std::size_t>(most); }

// Six numbers per operation, see Code.
bool sound(const std::vector<std::int32_t>& words, const std::vector<std::int32_t>& results, int given, int registers) {
  if (words.size() % 6 != 0 || given > registers || registers + static_cast<long>(results.size()) > most_registers)
    return false;
  std::bitset<most_registers> known;
  for (int i = 0; i < given; ++i) known[static_cast<std::size_t>(i)] = true;
  const auto readable = [&](std::int32_t at) {
    return at >= 0 && at < registers && known[static_cast<std::size_t>(at)];
  };
  for (std::size_t i = 0; i < words.size(); i += 6) {
    if (words[i] < 0 || words[i] >= op_count || words[i + 1] < 0 || words[i + 1] >= registers) return false;
    if (!std::all_of(words.begin() + static_cast<long>(i) + 2, words.begin() + static_cast<long>(i) + 6, readable))
      return false;
    known[static_cast<std::size_t>(words[i + 1])] = true;
  }
  return std::all_of(results.begin(), results.end(), readable);
}

bool good_blocks(const BlockList& blocks, long n_in, long n_out) {
  long inputs = 0, neurons = 0;
  for (const Block& b : blocks) {
    if (b.n_in < 1 || b.n_in > n_in || b.seen < 0 || b.seen > b.n_in || b.carried < 0 || b.carried > b.n_in ||
        b.neurons < 0 || b.neurons > n_out)
      return false;
    inputs += b.n_in, neurons += b.neurons + b.carried;
    if (inputs > n_in || neurons > n_out) return false;
  }
  return blocks.empty() || (inputs == n_in && neurons == n_out);
}
// Along one side of the image: numbers that can be counted, and no window of a pooling without a pixel.
bool good_side(const Window& w, int axis) {
  const auto all_within = [](std::initializer_list<long> numbers, long low) {
    return std::all_of(numbers.begin(), numbers.end(), [low](long n) { return n >= low && n <= most_of_window; });
  };
  if (!all_within({w.image[axis], w.places[axis], w.size[axis], w.stride[axis], w.dilation[axis]}, 1) ||
      !all_within({w.before[axis]}, 0))
    return false;
  for (long place = 0; place < w.places[axis] && w.look != Look::convolution; ++place) {
    const long first = place * w.stride[axis] - w.before[axis];
    const long tap = first < 0 ? (-first + w.dilation[axis] - 1) / w.dilation[axis] : 0;
    if (tap >= w.size[axis] || first + tap * w.dilation[axis] >= w.image[axis]) return false;
  }
  return true;
}

bool good_windows(const Window& w, long n_in, long n_out) {
  if (w.channels < 1 || w.channels > most_neurons || w.channels_out < 1 || w.channels_out > most_neurons ||
      w.groups < 1 || w.carried < 0 || w.carried > most_neurons || !good_side(w, 0) || !good_side(w, 1))
    return false;
  const auto numbers = [](const long* sides, long channels) {
    return static_cast<double>(sides[0]) * static_cast<double>(sides[1]) * static_cast<double>(channels);
  };
  if (numbers(w.image, w.channels) > static_cast<double>(most_neurons) ||
      numbers(w.places, w.channels_out) > static_cast<double>(most_neurons))
    return false;
  if (w.image[0] * w.image[1] * w.channels + w.carried != n_in ||
      w.places[0] * w.places[1] * w.channels_out + w.carried != n_out)
    return false;
  if (w.look != Look::convolution) return w.channels == w.channels_out && w.groups == 1;
  return w.channels % w.groups == 0 && w.channels_out % w.groups == 0 &&
         numbers(w.size, w.channels / w.groups) * static_cast<double>(w.channels_out) < most_parameters / chains;
}
}  // namespace

void check_formula(const FormulaSource& f) {
  const bool counts = f.compiled >= -1 && f.scalar_inputs >= 0 && f.scalar_inputs <= most_uniforms &&
                      f.vector_inputs >= 0 && f.vector_inputs <= most_operands && f.vector_uniforms >= 0 &&
                      within(f.scalar_constants.size(), most_uniforms) &&
                      within(f.scalar_results.size(), most_uniforms) &&
                      within(f.vector_results.size(), most_operands) && within(f.parameters.size(), f.scalar_inputs) &&
                      f.scalar_results.size() == static_cast<std::size_t>(f.vector_uniforms);
  require(counts, "the formula has too many numbers or arrays");
  require(sound(f.scalar_words, f.scalar_results, f.scalar_inputs + static_cast<int>(f.scalar_constants.size()),
                f.scalar_registers) &&
              sound(f.vector_words, f.vector_results, f.vector_inputs + f.vector_uniforms, f.vector_registers),
          "the code of the formula reads what is not there");
}

void check_role(const FormulaSource& f, const Role& role) {
  require(f.vector_inputs == role.inputs && f.vector_results.size() == static_cast<std::size_t>(role.outputs) &&
              static_cast<std::size_t>(f.scalar_inputs) == f.parameters.size() + static_cast<std::size_t>(role.leading),
          "the formula does not fit its place");
  if (f.compiled < 0) return;
  require(f.compiled < role.count, "there is no such compiled formula");
  const KnownKernel& known = role.compiled[f.compiled];
  require(known.inputs == f.vector_inputs && known.outputs == role.outputs && known.uniforms == f.vector_uniforms &&
              known.scalar_inputs == f.scalar_inputs,
          "the formula is not the compiled one");
}

Role optimizer_role(int n_states) {
  return {active_scalars().optimizer_known, active_scalars().optimizers, 2 + n_states, 1 + n_states, 2};
}
Role schedule_role() { return {active_scalars().schedule_known, active_scalars().schedules, 0, 1, 3}; }

void check_network(const NetworkSource& network) {
  const auto& s = active_scalars();
  require(network.sizes.size() >= 2 && std::all_of(network.sizes.begin(), network.sizes.end(),
                                                   [](long n) { return n >= 1 && n <= most_neurons; }),
          "layers need 1 to 2147483647 neurons");
  require(network.heads >= 1 && network.heads <= most_neurons, "there must be at least one head");
  const std::size_t layers = network.sizes.size() - 1;
  const auto each_or_none = [layers](std::size_t count) { return count == 0 || count == layers; };
  require(network.value.size() == layers && network.backward.size() == layers &&
              each_or_none(network.with_slope.size()) && each_or_none(network.parametrization.size()) &&
              each_or_none(network.blocks.size()) && each_or_none(network.mixed.size()) &&
              each_or_none(network.windows.size()),
          "there must be one entry per layer");
  require(
      network.heads == 1 || (layers >= 2 && network.blocks.empty() && network.mixed.empty() && network.windows.empty()),
      "heads need a body without blocks, mixes and windows");
  for (std::size_t l = 0; l < layers; ++l) {
    check_role(network.value[l], {s.activation_value_known, s.activations, 1, 1, 0});
    check_role(network.backward[l], {s.activation_backward_known, s.activations, 3, 1, 0});
    if (!network.with_slope.empty() && network.with_slope[l])
      check_role(*network.with_slope[l], {s.activation_with_slope_known, s.slopes, 1, 2, 0});
    if (network.windowed(l)) {
      require(good_windows(network.windows[l], network.sizes[l], network.sizes[l + 1]),
              "the windows do not fit the layer");
      require(network.blocks_of(l).empty() && (network.parametrization.empty() || !network.parametrization[l].scaled),
              "a layer with windows has no blocks or scales");
      require(network.mixed.empty() || !network.mixed[l] || network.windows[l].look == Look::convolution,
              "a pooling has no mixes");
    }
    require(good_blocks(network.blocks_of(l), network.sizes[l], network.sizes[l + 1]),
            "the blocks do not fill the layer");
  }
  const bool coupled = network.coupling != Coupling::none;
  require(network.target_width >= 0 && network.targets() == (coupled ? 3 : network.sizes.back()) &&
              network.efron >= 0 && network.efron <= 1,
          "the loss does not fit its targets");
  if (!network.softmax && !coupled) check_role(network.loss, {s.loss_known, s.losses, 2, 2, 0});
}

void check_size(const NetworkSource& network) {
  double parameters = 0;
  for (std::size_t l = 0; l + 1 < network.sizes.size(); ++l)
    if (network.windowed(l))
      parameters += static_cast<double>(network.weights_of(l) + network.neurons_of(l));
    else
      parameters += static_cast<double>(network.heads) * (static_cast<double>(network.sizes[l]) + 3) *
                    static_cast<double>(network.sizes[l + 1] + 16);
  require(parameters < most_parameters, "the network is too large to be laid out");
}

void check_plan(const PlanSource& plan) {
  check_network(plan.network);
  require(plan.n_states >= 0 && plan.n_states + 2 <= most_operands, "the optimizer has too many states");
  check_role(plan.optimizer, optimizer_role(plan.n_states));
  check_role(plan.schedule, schedule_role());
  for (const auto* schedule : {&plan.dropout_schedule, &plan.decay_schedule})
    if (*schedule) check_role(**schedule, schedule_role());
  const auto parameters = static_cast<int>(plan.optimizer.parameters.size());
  require(plan.decay_place >= -1 && plan.decay_place < parameters, "the optimizer has no such parameter");
  require(plan.batch_size >= 1 && plan.batch_size <= most_rows && plan.epochs >= 0 && plan.patience >= 0 &&
              plan.rows_before >= 0,
          "batch size, epochs or patience are out of bounds");
  const Augmentation& images = plan.augmentation;
  require(!images.there() || (plan.network.heads == 1 && images.rows * images.columns <= plan.network.sizes.front() &&
                              images.pixels() <= plan.network.sizes.front()),
          "the images of an augmentation do not fit the inputs");
  require(plan.monitor >= Monitor::none && plan.monitor <= Monitor::validation_score &&
              plan.score >= Score::r_squared && plan.score <= Score::accuracy_of_sign && plan.link >= Link::identity &&
              plan.link <= Link::exponential,
          "monitor, score or link are unknown");
}

void check_lists(const std::vector<Array<const std::int32_t>>& lists, std::size_t members, long rows) {
  require(lists.empty() || lists.size() == members, "there must be one list of rows per member");
  for (const auto& list : lists)
    require(list.ndim() == 1 && list.size() > 0 && static_cast<long>(list.size()) <= most_rows &&
                std::all_of(list.data(), list.data() + list.size(),
                            [rows](std::int32_t row) { return row >= 0 && row < rows; }),
            "there is no such row");
}

}  // namespace glassnet
