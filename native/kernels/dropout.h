// Dropout: some of the numbers that enter a layer are set to zero in a training step, the others scaled up.
//
// Number (row, neuron) of a layer with n neurons looks at word neuron % 4 of block row * ceil(n / 4) + neuron / 4 of the
// member's step, where the row counts within the batch. So the rows of one neuron, and the members of a lane group, have
// their random words in vectors, and every regime draws the same mask.
#pragma once
#include "interface.h"
#include "random_words.h"

namespace glassnet::GLASSNET_ISA {

// Whether anything that enters this layer is dropped.
template <class T> bool drops(const Workspace<T>& ws, int layer) {
  const Regularization<T>* r = ws.regularization;
  return r != nullptr && r->threshold != nullptr && r->threshold[layer] > 0;
}
// What enters a layer: the activations below, or what dropout left of them.
template <class T> T* arriving(const Workspace<T>& ws, int layer) { return drops(ws, layer) ? ws.dropped[layer] : ws.a[layer]; }

template <class T> void times(const T* a, const T* b, T* to, long count) {
  for (long i = 0; i < count; i += Vec<T>::size) (Vec<T>::load(a + i) * Vec<T>::load(b + i)).store(to + i);
}

constexpr std::uint32_t dropout_part(int layer) {
  return static_cast<std::uint32_t>(Purpose::dropout) << 24 | static_cast<std::uint32_t>(layer);
}

// The mask of one network for a block of rows: keep[neuron * stride + row] is 0 or the scale.
template <class T> void draw_mask(const Workspace<T>& ws, int layer, long neurons) {
  const Regularization<T>& r = *ws.regularization;
  const std::uint32_t threshold = r.threshold[layer];
  const T scale = r.scale[layer];
  const auto groups = static_cast<std::uint32_t>((neurons + 3) / 4);
  for (std::uint32_t group = 0; group < groups; ++group)
    for (long row = 0; row < ws.stride; row += padding) {
      std::uint32_t block[4][padding];
      const auto first = static_cast<std::uint32_t>(ws.first_row + row);
      for (std::uint32_t j = 0; j < padding; ++j) {
        block[0][j] = (first + j) * groups + group, block[1][j] = r.step, block[2][j] = r.member;
        block[3][j] = dropout_part(layer);
      }
      philox(block, r.seed);
      for (long i = 0; i < 4 && 4 * group + i < neurons; ++i) {
        T* keep = ws.keep[layer] + (4 * group + i) * ws.stride + row;
        for (long j = 0; j < padding; ++j) keep[j] = block[i][j] >= threshold ? scale : T(0);
      }
    }
}

// Lets dropout act on what enters a layer.
template <class T> void drop(const Workspace<T>& ws, int layer, long neurons) {
  draw_mask(ws, layer, neurons);
  times(ws.a[layer], ws.keep[layer], ws.dropped[layer], neurons * ws.stride);
}

template <class T> bool drops(const LaneTask<T>& task, int layer) { return task.keep != nullptr && task.keep[layer] != nullptr; }
template <class T> T* arriving(const LaneTask<T>& task, int layer) { return drops(task, layer) ? task.dropped[layer] : task.a[layer]; }

// The same for a lane group: keep[(row * neurons + neuron) * lanes + lane].
template <class T> void drop_lanes(const LaneTask<T>& task, int layer, long neurons, long first_row, long rows) {
  constexpr int lanes = Vec<T>::size;
  const std::uint32_t* threshold = task.threshold + layer * lanes;
  const T* scale = task.scale + layer * lanes;
  const auto groups = static_cast<std::uint32_t>((neurons + 3) / 4);
  T* keep = task.keep[layer];
  for (long row = 0; row < rows; ++row)
    for (std::uint32_t group = 0; group < groups; ++group) {
      std::uint32_t block[4][lanes];
      for (int j = 0; j < lanes; ++j) {
        block[0][j] = static_cast<std::uint32_t>(first_row + row) * groups + group;
        block[1][j] = task.step, block[2][j] = task.member[j], block[3][j] = dropout_part(layer);
      }
      philox(block, task.seed);
      for (long i = 0; i < 4 && 4 * group + i < neurons; ++i, keep += lanes)
        for (int j = 0; j < lanes; ++j) keep[j] = block[i][j] >= threshold[j] ? scale[j] : T(0);
    }
  times(task.a[layer], task.keep[layer], task.dropped[layer], rows * neurons * lanes);
}

}  // namespace glassnet::GLASSNET_ISA
