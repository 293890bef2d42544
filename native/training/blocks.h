// The blocks of a layer whose neurons see only some inputs, and its weights: all of them as a matrix, or only those
// that are kept, (seen, neurons) numbers for each block.
#pragma once
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "../kernels/interface.h"

namespace glassnet {

constexpr long most_in_block = 2147483647, most_in_layer = 1L << 61;  // inputs or neurons; weights

using BlockList = std::vector<Block>;

// Blocks one after the other, from (inputs, inputs seen, neurons, inputs carried on) of each.
inline BlockList blocks_in_turn(const std::vector<std::array<long, 4>>& shapes) {
  BlockList blocks;
  long input = 0, neuron = 0, weight = 0;
  for (const auto& [n_in, seen, neurons, carried] : shapes) {
    // What no layer can have is left for the check of the network to find, and not added up.
    if (std::max({n_in, seen, neurons, carried}) > most_in_block || std::min({n_in, seen, neurons, carried}) < 0 ||
        weight > most_in_layer)
      return {{0, -1, 0, 0, 0, 0, 0}};
    blocks.push_back({input, n_in, seen, neuron, neurons, carried, weight});
    input += n_in, neuron += neurons + carried, weight += seen * neurons;
  }
  return blocks;
}
inline long kept_weights(const BlockList& blocks) {
  return blocks.back().weight + blocks.back().seen * blocks.back().neurons;
}

// The blocks in which a matrix has all its numbers that are not 0; none where that would not spare half of it.
template <class T> BlockList find_blocks(const T* matrix, long n_in, long n_out) {
  struct Span {
    long input, inputs_end, neuron, neurons_end;
  };
  std::vector<Span> spans;
  for (long i = 0; i < n_in; ++i) {
    const T* row = matrix + i * n_out;
    long first = 0, end = n_out;
    while (first < end && row[first] == T(0)) ++first;
    while (end > first && row[end - 1] == T(0)) --end;
    if (first == end) continue;
    Span span{i, i + 1, first, end};
    for (; !spans.empty() && span.neuron < spans.back().neurons_end; spans.pop_back()) {
      span.input = spans.back().input;
      span.neuron = std::min(span.neuron, spans.back().neuron),
      span.neurons_end = std::max(span.neurons_end, spans.back().neurons_end);
    }
    if (span.neuron == 0 && span.neurons_end == n_out) return {};
    spans.push_back(span);
  }
  BlockList blocks;
  long input = 0, neuron = 0, weight = 0;
  for (std::size_t s = 0; s < spans.size(); ++s) {  // what is empty between two spans belongs to the first of them
    const bool last = s + 1 == spans.size();
    const long next_input = last ? n_in : spans[s + 1].input, next_neuron = last ? n_out : spans[s + 1].neuron;
    const long seen = spans[s].inputs_end - input, neurons = next_neuron - neuron;
    blocks.push_back({input, next_input - input, seen, neuron, neurons, 0, weight});
    input = next_input, neuron = next_neuron, weight += seen * neurons;
  }
  return 2 * weight <= n_in * n_out ? blocks : BlockList{};
}

// f(kept, input, first neuron, count) for each row of weights: where it starts among those kept, and in the matrix.
template <class F> void each_row(const BlockList& blocks, F f) {
  for (const Block& b : blocks)
    for (long i = 0; i < b.seen; ++i) f(b.weight + i * b.neurons, b.input + i, b.neuron, b.neurons);
}

// What is kept of a matrix.
template <class T> void gather(const BlockList& blocks, const T* matrix, long n_out, T* kept) {
  each_row(blocks, [&](long to, long input, long neuron, long count) {
    std::copy_n(matrix + input * n_out + neuron, count, kept + to);
  });
}
// Whether that is what is kept of a matrix, bit for bit, and the rest of it is 0.
template <class T> bool is_kept(const BlockList& blocks, const T* kept, const T* matrix, long n_in, long n_out) {
  long seen = 0;  // entries of the matrix so far, row by row
  const auto zero_up_to = [&](long end) {
    return std::all_of(matrix + seen, matrix + end, [](T x) { return x == T(0); });
  };
  bool good = true;
  each_row(blocks, [&](long from, long input, long neuron, long count) {
    const long start = input * n_out + neuron;
    good = good && zero_up_to(start) &&
           std::memcmp(kept + from, matrix + start, static_cast<std::size_t>(count) * sizeof(T)) == 0;
    seen = start + count;
  });
  return good && zero_up_to(n_in * n_out);
}

// The matrix: what is kept, ones for the copies of inputs, and zeros.
template <class T> void spread(const BlockList& blocks, const T* kept, long n_in, long n_out, T* matrix) {
  std::fill_n(matrix, n_in * n_out, T(0));
  each_row(blocks, [&](long from, long input, long neuron, long count) {
    std::copy_n(kept + from, count, matrix + input * n_out + neuron);
  });
  for (const Block& b : blocks)
    for (long k = 0; k < b.carried; ++k)
      matrix[(b.input + b.n_in - b.carried + k) * n_out + b.neuron + b.neurons + k] = T(1);
}

}  // namespace glassnet
