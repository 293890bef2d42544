// The network of a plan, laid out in memory: offsets of the layers, prepared formulas, scratch of a thread.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "blocks.h"
#include "formula.h"
#include "memory.h"
#include "pool.h"

namespace glassnet {

// How the weights of a layer are made, and the multiples of the learning rate and of the weight decay for free
// weights, biases, scales and mixes.
struct Parametrization {
  double factor = 1;
  bool scaled = false;
  double rates[groups_per_layer] = {1, 1, 1, 1}, decays[groups_per_layer] = {1, 1, 1, 1};

  bool plain() const { return factor == 1 && !scaled; }
};

struct NetworkSource {
  std::vector<long> sizes;
  std::vector<FormulaSource> value, backward;            // per layer
  std::vector<std::optional<FormulaSource>> with_slope;  // per layer, where it pays; or empty
  FormulaSource loss;
  bool softmax = false;
  Coupling coupling = Coupling::none;  // of the rows of a batch by the loss
  double efron = 1;
  long target_width = 0;                         // columns of y; 0: one per output
  std::vector<Parametrization> parametrization;  // per layer, or empty: all plain
  std::vector<BlockList> blocks;                 // per layer, or empty: all layers connect all to all
  std::vector<bool> mixed;                       // per layer, or empty: no layer has mixes
  std::vector<Window> windows;                   // per layer, or empty: no layer looks through windows
  long heads = 1;  // networks that share all layers but the last, each with scales of the inputs of its own

  // The blocks of a layer; none where every neuron sees every input.
  const BlockList& blocks_of(std::size_t layer) const {
    static const BlockList none;
    return blocks.empty() ? none : blocks[layer];
  }
  long targets() const { return target_width > 0 ? target_width : sizes.back(); }
  bool windowed(std::size_t layer) const { return !windows.empty() && windows[layer].there(); }
  // Biases of a layer: one per neuron, or per channel of a convolution.
  long neurons_of(std::size_t layer) const {
    if (!windowed(layer)) return sizes[layer + 1];
    return windows[layer].look == Look::convolution ? windows[layer].channels_out : 0;
  }
  // Weights of a layer that are kept.
  long weights_of(std::size_t layer) const {
    if (windowed(layer)) {
      const Window& w = windows[layer];
      return neurons_of(layer) * (w.channels / w.groups) * w.size[0] * w.size[1];
    }
    return blocks_of(layer).empty() ? sizes[layer] * sizes[layer + 1] : kept_weights(blocks_of(layer));
  }
};

// Rows of a block: fewer in networks with windows, whose layers are wide, so that what lies between two of them stays
// in the nearer caches and threads have blocks to share. It is a matter of the bits, so nothing but the shape decides.
inline long rows_of_block(const NetworkSource& network) {
  if (network.windows.empty()) return block_rows;
  constexpr long many = 64, few = 32, numbers = 1L << 19;
  return *std::max_element(network.sizes.begin(), network.sizes.end()) <= numbers / many ? many : few;
}

template <class T> class PreparedNetwork {
 public:
  // With several heads, the parameters of all of them (see kernels/heads.h).
  explicit PreparedNetwork(const NetworkSource& given, long heads = 1)
      : source_(given), mixed_(new bool[given.sizes.size()]()) {
    source_.sizes.back() *= heads;
    const auto& kernels = active_kernels<T>();
    const auto& scalars = active_scalars();
    long offset = 0;
    for (std::size_t l = 0; l + 1 < source_.sizes.size(); ++l) {
      offsets_.push_back(offset);
      const bool scaled = !source_.parametrization.empty() && source_.parametrization[l].scaled;
      const long sets = l == 0 || l + 2 == source_.sizes.size() ? heads : 1;
      if (!source_.mixed.empty()) mixed_[l] = source_.mixed[l], view_.mixed = mixed_.get();
      weights_.push_back(source_.weights_of(l)), neurons_.push_back(source_.neurons_of(l));
      offset +=
          padded(weights_[l] + neurons_[l] + (scaled ? sets * source_.sizes[l] : 0) + (mixed_[l] ? neurons_[l] : 0));
      value_.push_back(source_.value[l].prepare(kernels.activation_value, scalars.activation_value));
      backward_.push_back(source_.backward[l].prepare(kernels.activation_backward, scalars.activation_backward));
      const bool both = l < source_.with_slope.size() && source_.with_slope[l];
      with_slope_.push_back(both ? source_.with_slope[l]->template prepare<T>(kernels.activation_with_slope,
                                                                              scalars.activation_with_slope)
                                 : Formula<T>{});
    }
    view_.layers = static_cast<int>(offsets_.size());
    view_.sizes = source_.sizes.data(), view_.offsets = offsets_.data(), view_.weights = weights_.data(),
    view_.neurons = neurons_.data(), view_.parameters = offset;
    view_.value = value_.data(), view_.backward = backward_.data(), view_.with_slope = with_slope_.data();
    view_.softmax = source_.softmax;
    view_.coupling = source_.coupling, view_.efron = source_.efron, view_.targets = given.targets();
    bool plain = true;
    for (const auto& p : source_.parametrization) {
      plain &= p.plain();
      const bool own = made_.empty() || made_.size() + 1 == source_.parametrization.size();
      made_.push_back({static_cast<T>(p.factor), p.scaled, own ? heads : 1});
    }
    if (!plain) view_.made = made_.data();
    for (const auto& list : source_.blocks) blocks_.push_back({list.data(), static_cast<long>(list.size())});
    if (!blocks_.empty()) view_.blocks = blocks_.data();
    if (!source_.windows.empty()) view_.windows = source_.windows.data(), view_.block = rows_of_block(source_);
    if (!source_.softmax && source_.coupling == Coupling::none)
      view_.loss = source_.loss.prepare(kernels.loss, scalars.loss);
  }
  PreparedNetwork(const PreparedNetwork&) = delete;
  const NetworkView<T>& view() const { return view_; }
  long inputs() const { return source_.sizes.front(); }
  long outputs() const { return source_.sizes.back(); }

  // From the padded array of all parameters one layer's weights (n_in, n_out), copies included, and biases (n_out,).
  void read_layer(const T* parameters, int layer, T* weights, T* biases) const {
    const T* from = parameters + offsets_[layer];
    const auto l = static_cast<std::size_t>(layer);
    const long n_in = source_.sizes[l], n_out = source_.sizes[l + 1], count = weights_[l];
    if (const BlockList& blocks = source_.blocks_of(l); !blocks.empty())
      spread(blocks, from, n_in, n_out, weights);
    else
      std::copy(from, from + count, weights);
    std::copy(from + count, from + count + neurons_[l], biases);
  }
  // The other way; of a layer in blocks only the weights within them are given.
  void write_layer(T* parameters, int layer, const T* weights, const T* biases) const {
    T* to = parameters + offsets_[layer];
    const long count = weights_[layer];
    std::copy(weights, weights + count, to);
    std::copy(biases, biases + neurons_[layer], to + count);
  }
  // Where a layer's scales lie among all parameters.
  long scales_place(int layer) const { return offsets_[layer] + weights_[layer] + neurons_[layer]; }
  void write_scales(T* parameters, int layer, T value) const {
    std::fill_n(parameters + scales_place(layer), scales_of(view_, layer), value);
  }
  T* mixes(T* parameters, int layer) const { return parameters + mixes_place(layer); }
  const T* mixes(const T* parameters, int layer) const { return parameters + mixes_place(layer); }
  // Mixes of 1, where a layer has some, and 0 for the copies of inputs.
  void start_mixes(T* parameters, int layer) const {
    std::fill_n(mixes(parameters, layer), mixes_of(view_, layer), T(1));
    if (mixes_of(view_, layer) > 0)
      for (const Block& b : source_.blocks_of(static_cast<std::size_t>(layer)))
        std::fill_n(mixes(parameters, layer) + b.neuron + b.neurons, b.carried, T(0));
  }
  // Parameters from one flat array: layer by layer, the weights that are kept, then biases, then mixes, unpadded.
  Buffer<T> pack(const T* flat) const {
    Buffer<T> parameters(static_cast<std::size_t>(view_.parameters + padding));
    for (int l = 0; l < view_.layers; ++l) {
      const long weights = weights_[l];
      write_layer(parameters.data(), l, flat, flat + weights);
      flat += weights + neurons_[l];
      std::copy(flat, flat + mixes_of(view_, l), mixes(parameters.data(), l));
      flat += mixes_of(view_, l);
    }
    return parameters;
  }

 private:
  long mixes_place(int layer) const { return scales_place(layer) + scales_of(view_, layer); }

  NetworkSource source_;
  std::unique_ptr<bool[]> mixed_;
  std::vector<Blocks> blocks_;
  std::vector<long> offsets_, weights_, neurons_;
  std::vector<Formula<T>> value_, backward_, with_slope_;
  std::vector<Made<T>> made_;
  NetworkView<T> view_;
};

// Room for packed operands: one block of k over every row of A, and a panel of B; none where no layer (or block of one)
// is large. `blocks` and `windows` may be null.
template <class T> long packed_size(const long* sizes, int layers, const Blocks* blocks, const Window* windows) {
  bool large = false;
  long rows = 0;  // of any product: with room for packing, those of small layers may be packed, too
  const auto look = [&](long n_in, long n_out) {
    large |= (n_in + 1) * n_out > large_product_bytes / static_cast<long>(sizeof(T));
    rows = std::max({rows, n_in + 1, n_out});
  };
  for (int l = 0; l < layers; ++l) {
    if (windows != nullptr && windows[l].there()) continue;
    if (blocks == nullptr || blocks[l].count == 0) look(sizes[l], sizes[l + 1]);
    for (long b = 0; blocks != nullptr && b < blocks[l].count; ++b)
      look(blocks[l].list[b].seen, blocks[l].list[b].neurons);
  }
  return large ? (rows + 64) * 4 / 3 * block_rows + block_rows * 64 : 0;
}

// Room that windows need beside activations: kernels, totals of their gradient, and taps.
struct WindowRoom {
  long kernels = 0, sums = 0, taps = 0;

  WindowRoom(const Window* windows, int layers) {
    for (int l = 0; windows != nullptr && l < layers; ++l) {
      const Window& w = windows[l];
      if (!w.there()) continue;
      taps = std::max(taps, w.size[0] * w.size[1]);
      if (w.look != Look::convolution) continue;
      const long seen = w.channels / w.groups * w.size[0] * w.size[1];
      kernels = std::max(kernels, padded(w.groups * seen * padded(w.channels_out / w.groups)));
      sums = std::max(sums, w.channels_out * (seen + 1) * chains);
    }
  }
};

// The scratch of one thread for blocks of up to `rows` rows.
template <class T> class Scratch {
 public:
  // `workers` threads may share its large products; `dropout` says for each layer whether some of its inputs are
  // dropped; `together` is how many rows a loss of the whole batch may look at.
  Scratch(const NetworkView<T>& net, long rows, bool with_gradient, int workers = 1,
          const std::vector<bool>& dropout = {}, long together = 0) {
    if (net.coupling != Coupling::none) make_room(net, std::max(rows, together));
    const auto drops = [&dropout](int l) {
      return static_cast<std::size_t>(l) < dropout.size() && dropout[static_cast<std::size_t>(l)];
    };
    const auto mixed = [&net](int l) { return l > 0 && mixes_of(net, l - 1) > 0; };  // the layer that ends there
    const long stride = padded(std::min(rows, net.block));
    const long packed = packed_size<T>(net.sizes, net.layers, net.blocks, net.windows);
    const WindowRoom room(net.windows, net.layers);
    const long sums = with_gradient ? room.sums : 0;
    long total = 0, widest = 0;
    for (int l = 0; l <= net.layers; ++l) {
      total += ((l == 0 ? 1 : 2) + (drops(l) ? 2 : 0) + (mixed(l) ? 1 : 0)) * padded(net.sizes[l] + 1) * stride;
      widest = std::max(widest, row_major_step(net.sizes[l] + 1));
    }
    const long outputs = padded(net.sizes[net.layers]);
    total += 2 * outputs * stride + 3 * widest * stride + 2 * stride + workers * packed + room.kernels + sums +
             2 * stride + (with_gradient ? net.parameters + padding : 0);
    memory_ = Buffer<T>(static_cast<std::size_t>(total));
    const long layers = net.layers + 1;
    pointers_.assign(static_cast<std::size_t>(5 * layers), nullptr);
    workspace_.a = pointers_.data(), workspace_.z = workspace_.a + layers;
    workspace_.keep = workspace_.z + layers, workspace_.dropped = workspace_.keep + layers;
    workspace_.f = workspace_.dropped + layers;
    T* next = memory_.data();
    const auto take = [&next](long count) {
      T* here = next;
      next += count;
      return here;
    };
    for (int l = 0; l <= net.layers; ++l) {
      workspace_.a[l] = take(padded(net.sizes[l] + 1) * stride);
      if (l > 0) workspace_.z[l] = take(padded(net.sizes[l] + 1) * stride);
      if (mixed(l)) workspace_.f[l] = take(padded(net.sizes[l] + 1) * stride);
      if (drops(l))
        workspace_.keep[l] = take(padded(net.sizes[l] + 1) * stride),
        workspace_.dropped[l] = take(padded(net.sizes[l] + 1) * stride);
    }
    workspace_.stride = stride;
    workspace_.y = take(outputs * stride), workspace_.entry_loss = take(outputs * stride);
    workspace_.delta = take(widest * stride), workspace_.delta_below = take(widest * stride);
    workspace_.row_major = take(widest * stride);
    if (packed > 0) {
      workspace_.packed = take(workers * packed);
      workspace_.packed_step = packed, workspace_.workers = workers, workspace_.in_parallel = &share_work;
    }
    strands_.resize(static_cast<std::size_t>(room.taps));
    workspace_.kernels = take(room.kernels), workspace_.sums = take(sums);
    workspace_.ones_and_zeros = take(2 * stride), workspace_.strands = strands_.data();
    workspace_.row_weight = take(stride), workspace_.row_scale = take(stride);
    if (with_gradient) workspace_.gradient = take(net.parameters + padding);
  }
  Scratch(const Scratch&) = delete;
  Scratch(Scratch&&) = default;
  const Workspace<T>& workspace() const { return workspace_; }
  // Room for the versions of an image.
  void take_image(long count) { image_.resize(static_cast<std::size_t>(count)), workspace_.image = image_.data(); }
  std::size_t bytes() const { return memory_.size() * sizeof(T); }

 private:
  void make_room(const NetworkView<T>& net, long rows) {
    CoupledRoom<T>& room = workspace_.coupled;
    room.step = padded(rows);
    predictions_ = Buffer<T>(static_cast<std::size_t>(2 * padded(rows * net.sizes[net.layers])));
    numbers_ = Buffer<double>(static_cast<std::size_t>(coupled_numbers * room.step));
    places_.resize(static_cast<std::size_t>(coupled_places * room.step + 1));
    fresh_ = std::make_unique<bool[]>(static_cast<std::size_t>(room.step));
    room.raw = predictions_.data(), room.slopes = room.raw + padded(rows * net.sizes[net.layers]);
    room.numbers = numbers_.data(), room.places = places_.data(), room.fresh = fresh_.get();
  }
  static void share_work(int workers, void (*work)(int, const void*), const void* data) {
    in_parallel(workers, [&](int worker) { work(worker, data); });
  }
  Buffer<T> memory_;
  std::vector<double> image_;
  std::vector<T*> pointers_;
  std::vector<Strand> strands_;
  Buffer<T> predictions_;
  Buffer<double> numbers_;
  std::vector<std::int32_t> places_;
  std::unique_ptr<bool[]> fresh_;
  Workspace<T> workspace_;
};

}  // namespace glassnet
