// Dropout: some of the numbers that enter a layer are set to zero in a training step, the others scaled up.
//
// Number (row, neuron) of a layer with n neurons looks at word neuron % 4 of block row * ceil(n / 4) + neuron / 4 of
// the member's step, where the row counts within the batch. So the rows of one neuron, and the members of a lane group,
// have their random words in vectors, and every regime draws the same mask.
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
template <class T> T* arriving(const Workspace<T>& ws, int layer) {
  return drops(ws, layer) ? ws.dropped[layer] : ws.a[layer];
}

template <class T> void times(const T* a, const T* b, T* to, long count) {
  for (long i = 0; i < count; i += Vec<T>::size) (Vec<T>::load(a + i) * Vec<T>::load(b + i)).store(to + i);
}

constexpr std::uint32_t dropout_part(int layer) {
  return static_cast<std::uint32_t>(Purpose::dropout) << 24 | static_cast<std::uint32_t>(layer);
}
GLASSNET_INLINE Words all_words(std::uint32_t x) { return Words{} + x; }
GLASSNET_INLINE Words load_words(const std::uint32_t* from) {
  Words words;
  std::memcpy(&words, from, sizeof(words));
  return words;
}

// keep[i] = 0 where words[i] is below its threshold, else its scale; for the first words.
template <class T, int count> GLASSNET_INLINE void write_mask(Words words, const std::uint32_t* threshold,
                                                              const T* scale, T* keep) {
  if constexpr (std::is_same_v<T, float> && count == words_size) {
    const auto stays = typename Vec<T>::Mask(words >= load_words(threshold));
    select<T>(stays, Vec<T>::load(scale), Vec<T>(T(0))).store(keep);
  } else {
    for (int i = 0; i < count; ++i) keep[i] = words[i] >= threshold[i] ? scale[i] : T(0);
  }
}

// The mask of one network for a block of rows: keep[neuron * stride + row] is 0 or the scale.
template <class T> void draw_mask(const Workspace<T>& ws, int layer, long neurons) {
  const Regularization<T>& r = *ws.regularization;
  std::uint32_t threshold[words_size], count_up[words_size];
  T scale[words_size];
  for (int i = 0; i < words_size; ++i)
    threshold[i] = r.threshold[layer], scale[i] = r.scale[layer], count_up[i] = static_cast<std::uint32_t>(i);
  const auto groups = static_cast<std::uint32_t>((neurons + 3) / 4);
  for (std::uint32_t group = 0; group < groups; ++group)
    for (long row = 0; row < ws.stride; row += words_size) {
      const Words place = load_words(count_up) + static_cast<std::uint32_t>(ws.first_row + row);
      Words block[4] = {place * groups + group, all_words(r.step), all_words(r.member), all_words(dropout_part(layer))};
      philox(block, r.seed);
      for (long i = 0; i < 4 && 4 * group + i < neurons; ++i)
        write_mask<T, words_size>(block[i], threshold, scale, ws.keep[layer] + (4 * group + i) * ws.stride + row);
    }
}

// Lets dropout act on what enters a layer.
template <class T> void drop(const Workspace<T>& ws, int layer, long neurons) {
  draw_mask(ws, layer, neurons);
  times(ws.a[layer], ws.keep[layer], ws.dropped[layer], neurons * ws.stride);
}

template <class T> bool drops(const LaneTask<T>& task, int layer) {
  return task.keep != nullptr && task.keep[layer] != nullptr;
}
template <class T> T* arriving(const LaneTask<T>& task, int layer) {
  return drops(task, layer) ? task.dropped[layer] : task.a[layer];
}

// The same for a lane group: keep[(row * neurons + neuron) * lanes + lane].
template <class T> void drop_lanes(const LaneTask<T>& task, int layer, long neurons, long first_row, long rows) {
  constexpr int lanes = Vec<T>::size;
  std::uint32_t threshold[words_size] = {}, member[words_size] = {};
  T scale[words_size] = {};
  for (int j = 0; j < lanes; ++j)
    threshold[j] = task.threshold[layer * lanes + j], scale[j] = task.scale[layer * lanes + j],
    member[j] = task.member[j];
  const auto groups = static_cast<std::uint32_t>((neurons + 3) / 4);
  T* keep = task.keep[layer];
  for (long row = 0; row < rows; ++row)
    for (std::uint32_t group = 0; group < groups; ++group) {
      const std::uint32_t place = static_cast<std::uint32_t>(first_row + row) * groups + group;
      Words block[4] = {all_words(place), all_words(task.step), load_words(member), all_words(dropout_part(layer))};
      philox(block, task.seed);
      for (long i = 0; i < 4 && 4 * group + i < neurons; ++i, keep += lanes)
        write_mask<T, lanes>(block[i], threshold, scale, keep);
    }
  times(task.a[layer], task.keep[layer], task.dropped[layer], rows * neurons * lanes);
}

}  // namespace glassnet::GLASSNET_ISA
