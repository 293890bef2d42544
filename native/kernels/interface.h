// What the training loop sees of the kernels: plain structures and tables of functions, one table per instruction set.
//
// Layout of one network in a step ("feature-major": the numbers of one neuron for all rows of a block lie together):
//
//     activations of layer l        a[l][neuron * stride + row]     neuron = 0 .. n_l, where neuron n_l is all ones
//     weights of layer l            p[offset_l + input * n_out + output], then the n_out biases; of a layer in blocks
//     only
//                                   the weights within them, block by block
//     targets, error signals        y[output * stride + row], delta[neuron * stride + row]
//
// A block has at most `block_rows` rows; stride is that, rounded up to `padding`. Rows between the count and the next
// multiple of `padding` are copies of the last row with weight zero: computed, finite, never added to a sum.
#pragma once
#include <cstdint>

namespace glassnet {

constexpr long block_rows = 256;  // rows of a block: sums over rows restart here, and blocks are added in order
constexpr long padding = 16;      // rows and neurons are stored in multiples of this
constexpr int chains = 16;        // a total (loss, penalty) runs as this many interleaved sums on every machine
constexpr int most_uniforms = 48;
constexpr int most_operands = 12;  // inputs or outputs of one formula

constexpr long large_product_bytes = 32768;  // products whose weights take more are packed and blocked

constexpr long padded(long n) { return (n + padding - 1) / padding * padding; }
// From row to row of a row-major copy: an odd number of cache lines, so that a column does not fall into one cache set.
constexpr long row_major_step(long n) { return padded(n) + (padded(n) / padding % 2 == 0 ? padding : 0); }

enum class Purpose : std::uint32_t {
  shuffle = 3,
  dropout = 4,
  augmentation = 11
};  // as in glassnet.formulas.randomness

// What a random number is for; it depends on nothing else.
struct Address {
  std::uint64_t seed = 0;
  std::uint32_t purpose = 0, member = 0, epoch = 0, part = 0;
};
constexpr std::uint32_t word_blocks = 32;  // blocks of four words that are computed at a time

// A formula for the interpreter: registers are inputs, then uniforms, then temporaries.
struct Code {
  int inputs = 0, uniforms = 0, registers = 0, operations = 0, outputs = 0;
  const std::int32_t* words = nullptr;    // six per operation: number, target, four arguments
  const std::int32_t* results = nullptr;  // the registers of the outputs
};

// count is a multiple of `padding`; arrays are readable and writable that far.
template <class T> using Loop = void (*)(const T* const* in, T* const* out, const T* uniforms, long count);
constexpr int scalar_lanes =
    8;  // scalars are computed for so many steps or members at a time: [number * scalar_lanes + lane]
using Scalars = void (*)(const double* in, double* out);

// How a layer's weights are made from what is trained: factor * scale of the input * free weight. See
// parametrization.h.
template <class T> struct Made {
  T factor = 1;
  bool scaled = false;  // a trained scale for each input, kept after the biases
  long sets = 1;        // of scales: one, or one for each head
};

// A block of a layer whose neurons see only some inputs; see connections.h.
struct Block {
  long input = 0, n_in = 0, seen = 0;         // first input, how many, and how many of them (the first) the neurons see
  long neuron = 0, neurons = 0, carried = 0;  // first neuron, how many, and inputs (the last) whose copies follow them
  long weight = 0;                            // place of its (seen, neurons) weights among those of the layer
};
struct Blocks {
  const Block* list = nullptr;
  long count = 0;  // 0: every neuron sees every input
};

// A layer that looks at an image through windows; pairs are (rows, columns). See windows.h.
enum class Look : int { convolution, largest, mean };
struct Window {
  Look look = Look::convolution;
  long image[2] = {0, 0}, channels = 0;       // what enters; no channels: a layer that sees its inputs all at once
  long places[2] = {0, 0}, channels_out = 0;  // what leaves
  long size[2] = {1, 1}, stride[2] = {1, 1}, before[2] = {0, 0}, dilation[2] = {1, 1};
  long groups = 1, carried = 0;  // `carried` numbers follow the image and are carried past
  bool whole_channels = false;   // dropout drops channels
  bool straight = false;         // without an activation

  bool there() const { return channels > 0; }
};
// Numbers side by side under a window: the tap of the first, where it lies, and how many there are.
struct Strand {
  long tap = 0, place = 0, count = 0;
};

// A formula ready to run: compiled, or else interpreted.
template <class T> struct Formula {
  Loop<T> loop = nullptr;
  Code code;
  T uniforms[most_uniforms] = {};
};

// What a loss that looks at the whole batch needs: raw predictions and slopes of all its rows, numbers, and their
// order.
enum class Coupling : int { none, cox };
constexpr long coupled_numbers = 7, coupled_places = 5;  // arrays of `step` each
template <class T> struct CoupledRoom {
  T *raw = nullptr, *slopes = nullptr;
  double* numbers = nullptr;
  std::int32_t* places = nullptr;
  bool* fresh = nullptr;
  long step = 0;
};

template <class T> struct NetworkView {
  int layers = 0;
  const long* sizes = nullptr;                            // layers + 1
  const long* offsets = nullptr;                          // of each layer's weights; biases follow them
  const long* weights = nullptr;                          // of each layer: how many are kept
  long parameters = 0;                                    // of all layers, each padded
  const Formula<T>*value = nullptr, *backward = nullptr;  // per layer
  const Formula<T>* with_slope = nullptr;                 // per layer: value and slope at once, where that pays
  const Made<T>* made = nullptr;                          // per layer; null: every layer trains its weights themselves
  const Blocks* blocks = nullptr;                         // per layer; null: every layer connects all to all
  const bool* mixed = nullptr;                            // per layer: whether its neurons have mixes; null: none
  const Window* windows = nullptr;                        // per layer; null: no layer looks through windows
  const long* neurons = nullptr;                          // per layer: biases, one per neuron or channel
  long block = block_rows;                                // rows of a block
  Formula<T> loss;
  bool softmax = false;
  Coupling coupling = Coupling::none;
  double efron = 1;  // of Cox's loss
  long targets = 0;  // columns of y
};
// Trained scales of a layer's inputs; none in most networks.
template <class T> long scales_of(const NetworkView<T>& net, int l) {
  return net.made != nullptr && net.made[l].scaled ? net.made[l].sets * net.sizes[l] : 0;
}

// Trained mixes of a layer's neurons, kept after the scales; none in most networks.
template <class T> long mixes_of(const NetworkView<T>& net, int l) {
  return net.mixed != nullptr && net.mixed[l] ? net.neurons[l] : 0;
}
// All parameters of a layer, without padding.
template <class T> long parameters_of(const NetworkView<T>& net, int l) {
  return net.weights[l] + net.neurons[l] + scales_of(net, l) + mixes_of(net, l);
}
constexpr int groups_per_layer = 4;  // weights, biases, scales, mixes: each may have a learning rate of its own

template <class T> struct Rows;

// What is done to a member's data in a training step only: dropout of what enters a layer, smoothed targets, and other
// versions of its images.
template <class T> struct Regularization {
  std::uint64_t seed = 0;
  std::uint32_t member = 0, step = 0;        // together with the layer, the address of a mask
  std::uint32_t epoch = 0;                   // together with the row, the address of a version of its image
  const std::uint32_t* threshold = nullptr;  // per layer: dropped is what has a random word below it
  const T* scale = nullptr;                  // per layer: 1 / (1 - rate), for what stays
  T target_factor = 1, target_shift = 0;     // smoothed targets are target_factor * y + target_shift
  // Writes the versions of a block's images over those in to[number * stride + row]; null where they stay as they are.
  void (*augment)(const Regularization&, const Rows<T>& rows, long inputs, T* to, long stride,
                  double* scratch) = nullptr;
  const void* images = nullptr;
};

// Calls work(0, data) .. work(workers - 1, data) on threads of their own.
using InParallel = void (*)(int workers, void (*work)(int worker, const void* data), const void* data);

// Scratch of one thread, enough for one block.
template <class T> struct Workspace {
  long stride = 0;
  T** z = nullptr;  // per layer, from 1
  T** a = nullptr;  // per layer, from 0
  T** f = nullptr;  // per mixed layer: its activation before the mixing
  const Regularization<T>* regularization = nullptr;
  long first_row = 0;                       // of this block within its batch
  T **keep = nullptr, **dropped = nullptr;  // per layer with dropout: the mask on a[layer], and their product
  T *y = nullptr, *delta = nullptr, *delta_below = nullptr, *entry_loss = nullptr;
  T* packed = nullptr;  // null when no layer is large
  // For windows: kernels in the order of reading, totals of the gradient, rows of ones and of zeros, taps of one
  // window.
  T *kernels = nullptr, *sums = nullptr, *ones_and_zeros = nullptr;
  Strand* strands = nullptr;
  long packed_step = 0;  // from one worker's part of `packed` to the next
  int workers = 1;       // threads that share a large product
  InParallel in_parallel = nullptr;
  // Called between the blocks of a batch of several; it may throw, and the batch has then not happened.
  void (*between_blocks)(void* context) = nullptr;
  void* context = nullptr;
  CoupledRoom<T> coupled;   // for all rows of a batch, where the loss looks at them together
  double* image = nullptr;  // scratch of augmentation
  T *row_major = nullptr, *row_weight = nullptr, *row_scale = nullptr, *gradient = nullptr;
};

template <class T> struct Rows {
  const T *X = nullptr, *y = nullptr, *weight = nullptr;  // weight may be null: all ones
  const std::int32_t* order = nullptr;                    // null: rows in order
  long first = 0, count = 0;
  long total = 0;  // rows that X has
  const T* slopes =
      nullptr;  // of the scaled loss along each raw prediction, [i * outputs + output]; null: not yet known
};

template <class T> struct UpdateTask {
  const T* weights = nullptr;
  T *gradient = nullptr, *new_weights = nullptr;  // the gradient of the rows; afterwards the one that was used
  T* const* states = nullptr;
  int n_states = 0;
  // One for everything, or, where learning rates differ, for each group of each layer in turn.
  const Formula<T>* optimizer = nullptr;
  bool grouped = false;
  T l1 = 0, l2 = 0;  // already multiplied by whatever scales the penalty
  T clip_norm = 0;   // longer gradients are scaled down to this norm; 0: never
  int workers = 1;   // threads that share the parameters of a large network
  InParallel in_parallel = nullptr;
};
struct UpdateOutcome {
  double l1_sum = 0, l2_sum = 0;  // sum |w|, sum w^2 of the weights before the update
  bool finite = true;             // gradient and new weights
};

constexpr int most_lanes = 16;

// A step of as many networks as a vector has lanes; all arrays are [index * lanes + lane].
template <class T> struct LaneTask {
  const T* parameters = nullptr;
  T *new_parameters = nullptr, *gradient = nullptr;
  T* const* states = nullptr;
  int n_states = 0;
  // Rows: a table of inputs and targets side by side, and for each lane an order and row weights (or null).
  const T* table = nullptr;
  long table_step = 0;
  const std::int32_t* const* order = nullptr;
  const T* const* weights = nullptr;
  long first = 0, count = 0;
  long rows = 0;  // so many at a time
  T *const *z = nullptr, *const *a = nullptr;
  // Dropout: per layer masks and products (null without dropout), thresholds and scales [layer * lanes + lane].
  T *const *keep = nullptr, *const *dropped = nullptr;
  std::uint64_t seed = 0;
  std::uint32_t member[most_lanes] = {}, step = 0;
  const std::uint32_t* threshold = nullptr;
  const T* scale = nullptr;
  bool smoothed = false;
  T target_factor[most_lanes] = {}, target_shift[most_lanes] = {};
  T *y = nullptr, *delta = nullptr, *delta_below = nullptr, *entry_loss = nullptr;
  T clip_norm = 0;
  T factor[most_lanes] = {}, l1[most_lanes] = {}, l2[most_lanes] = {};
  bool penalty = false;
  Loop<T> optimizer = nullptr;
  const T* uniforms = nullptr;  // [uniform * lanes + lane]
  // Results per lane; bad is zero where gradient and new weights are finite.
  T* loss_sum = nullptr;
  T* bad = nullptr;
  double *l1_sum = nullptr, *l2_sum = nullptr;
};

template <class T> struct Kernels {
  int lanes;
  // Weighted sum of row losses; adds up the gradient of factor * that sum when ws.gradient is given.
  double (*batch)(const NetworkView<T>&, const Workspace<T>&, const T* parameters, const Rows<T>&, double factor);
  // For a loss that looks at the whole batch: raw predictions of a training step, row by row, and from those of all
  // rows the weighted sum of row losses and the slopes, both in ws.coupled.
  void (*raw)(const NetworkView<T>&, const Workspace<T>&, const T* parameters, const Rows<T>&, T* out);
  double (*couple)(const NetworkView<T>&, const Workspace<T>&, const Rows<T>&, double factor);
  // Raw predictions of rows, row by row: out[(row - first) * n_out + output].
  void (*predict)(const NetworkView<T>&, const Workspace<T>&, const T* parameters, const Rows<T>&, T* out);
  UpdateOutcome (*update)(const NetworkView<T>&, const UpdateTask<T>&);
  // Weights from parameters, and the gradient of the weights turned into that of the parameters; net.made is given.
  void (*make_weights)(const NetworkView<T>&, const T* parameters, T* to);
  void (*pull_back)(const NetworkView<T>&, const T* parameters, T* gradient);
  // The same for one of several networks that share a body, `all` holding the parameters of all; see heads.h.
  void (*make_head)(const NetworkView<T>& all, const NetworkView<T>& one, const T* parameters, long head, bool body,
                    T* to);
  void (*add_head)(const NetworkView<T>& all, const NetworkView<T>& one, const T* parameters, long head, T* own,
                   T* gradient);
  void (*batch_lanes)(const NetworkView<T>&, const LaneTask<T>&);
  void (*update_lanes)(const NetworkView<T>&, const LaneTask<T>&);
  void (*run)(const Formula<T>&, const T* const* in, T* const* out, long count);
  void (*add)(const T* from, T* to, long count);  // to = to + from
  const Loop<T>*activation_value, *activation_backward, *activation_with_slope, *loss, *optimizer, *optimizer_lanes;
};

// A compiled formula: the text that its record makes too, and what it reads and writes.
struct KnownKernel {
  const char* key;
  int inputs, outputs, uniforms, scalar_inputs;
};

struct ScalarKernels {
  const Scalars *activation_value, *activation_backward, *activation_with_slope, *loss, *optimizer, *schedule;
  const KnownKernel *activation_value_known, *activation_backward_known, *activation_with_slope_known, *loss_known,
      *optimizer_known, *schedule_known;
  int activations, slopes, losses, optimizers, schedules;
  void (*permute)(const Address&, std::int32_t* order, std::int32_t count);
  void (*random_words)(const Address&, std::uint32_t first_block, std::uint32_t* out);
  void (*interpret)(const Code&, const double* in, const double* constants, double* out);
  void (*function)(int number, const double* a, const double* b, double* out, long count);
  void (*function_single)(int number, const float* a, const float* b, float* out, long count);
};

template <class T> struct KernelSet {
  const Kernels<T>* kernels;
  const ScalarKernels* scalars;
};

#define GLASSNET_DECLARE_ISA(isa)                 \
  namespace isa {                                 \
  template <class T> const Kernels<T>& kernels(); \
  const ScalarKernels& scalar_kernels();          \
  }
GLASSNET_DECLARE_ISA(portable)
#if defined(__x86_64__) || defined(_M_X64)
GLASSNET_DECLARE_ISA(avx2)
GLASSNET_DECLARE_ISA(avx512)
#endif
#undef GLASSNET_DECLARE_ISA

}  // namespace glassnet
