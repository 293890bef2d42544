// Layers whose neurons see only some inputs: blocks of inputs that feed blocks of neurons, and inputs that are carried
// on.
//
//     inputs of a block     [seen ..............] [others]        the last `carried` of all of them are carried on
//     neurons of a block    [neurons ..........] [copies of the inputs carried on]
//
// Only the weights within blocks are kept: (seen, neurons) numbers of the first block, then of the second, and so on.
// Products run over these only. An entry's chain leaves out terms that are zero, so nothing else changes.
#pragma once
#include "blocked_product.h"
#include "dropout.h"

namespace glassnet::GLASSNET_ISA {

template <class T> bool in_blocks(const NetworkView<T>& net, int l) {
  return net.blocks != nullptr && net.blocks[l].count > 0;
}

// f(block) for each block of a layer.
template <class T, class F> void each_block(const NetworkView<T>& net, int l, F f) {
  for (long b = 0; b < net.blocks[l].count; ++b) f(net.blocks[l].list[b]);
}
// f(input, copy) for each input that a layer carries on.
template <class T, class F> void each_copy(const NetworkView<T>& net, int l, F f) {
  each_block(net, l, [&](const Block& b) {
    for (long k = 0; k < b.carried; ++k) f(b.input + b.n_in - b.carried + k, b.neuron + b.neurons + k);
  });
}

// f(first, count, place) for the weights of a layer, piece by piece: `count` that are kept from `first` on, and would
// start at `place` if every neuron saw every input. Totals take them by their place, so they are those of such a layer.
template <class T, class F> void each_piece(const NetworkView<T>& net, int l, F f) {
  if (!in_blocks(net, l)) return f(0L, net.weights[l], 0L);
  each_block(net, l, [&](const Block& b) {
    for (long i = 0; i < b.seen; ++i)
      f(b.weight + i * b.neurons, b.neurons, (b.input + i) * net.sizes[l + 1] + b.neuron);
  });
}

// The pre-activations of layer l.
template <class T> void forward_blocks(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* weights,
                                       long count) {
  each_block(net, l, [&](const Block& b) {
    if (b.neurons == 0) return;
    Product<T> z;
    z.m = b.neurons, z.n = padded(count), z.k = b.seen;
    z.a = weights + b.weight, z.a_m = 1, z.a_k = b.neurons;
    z.b = arriving(ws, l) + b.input * ws.stride, z.b_k = ws.stride;
    z.c = ws.z[l + 1] + b.neuron * ws.stride, z.c_m = ws.stride;
    z.bias = weights + net.weights[l] + b.neuron, z.start = Start::bias;
    multiply(z, ws);
  });
  each_copy(net, l, [&](long i, long o) {
    std::copy(arriving(ws, l) + i * ws.stride, arriving(ws, l) + (i + 1) * ws.stride, ws.z[l + 1] + o * ws.stride);
  });
}

// The same for a few rows, with vectors across outputs: `all` is the product of the whole layer.
template <class T> void few_in_blocks(const NetworkView<T>& net, int l, const Product<T>& all) {
  each_block(net, l, [&](const Block& b) {
    if (b.neurons == 0) return;
    Product<T> z = all;
    z.n = b.neurons, z.k = b.seen;
    z.a += b.input * all.a_k, z.b += b.weight, z.b_k = b.neurons;
    z.c += b.neuron, z.bias += b.neuron;
    multiply_in_place(z);
  });
}

// Copies pass the activation by: their rows, from one array to another.
template <class T> void restore_copies(const NetworkView<T>& net, int l, const T* from, T* to, long stride) {
  each_copy(net, l, [&](long, long o) { std::copy(from + o * stride, from + (o + 1) * stride, to + o * stride); });
}

// The gradient of the weights and biases of layer l; ws.row_major holds the error signals of `count` rows, `wide`
// apart.
template <class T> void gradient_blocks(const NetworkView<T>& net, const Workspace<T>& ws, int l, long count, long wide,
                                        Finish finish) {
  const long n_in = net.sizes[l], n_out = net.sizes[l + 1];
  T *gradient = ws.gradient + net.offsets[l], *of_biases = gradient + net.weights[l];
  each_block(net, l, [&](const Block& b) {
    if (b.neurons == 0) return;
    Product<T> g;
    g.m = b.seen, g.n = b.neurons, g.k = count;
    g.a = arriving(ws, l) + b.input * ws.stride, g.a_m = ws.stride, g.a_k = 1;
    g.b = ws.row_major + b.neuron, g.b_k = wide;
    g.c = gradient + b.weight, g.c_m = b.neurons, g.finish = finish;
    multiply(g, ws);
  });
  Product<T> biases;
  biases.m = 1, biases.n = n_out, biases.k = count;
  biases.a = arriving(ws, l) + n_in * ws.stride, biases.a_m = ws.stride, biases.a_k = 1;
  biases.b = ws.row_major, biases.b_k = wide;
  biases.c = of_biases, biases.c_m = n_out, biases.finish = finish;
  multiply(biases, ws);
  each_copy(net, l, [&](long, long o) { of_biases[o] = T(0); });
}

// The error signals that arrive below layer l.
template <class T> void below_blocks(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* weights,
                                     long count) {
  const long stride = ws.stride;
  each_block(net, l, [&](const Block& b) {
    if (b.neurons > 0) {
      Product<T> below;
      below.m = b.seen, below.n = padded(count), below.k = b.neurons;
      below.a = weights + b.weight, below.a_m = b.neurons, below.a_k = 1;
      below.b = ws.delta + b.neuron * stride, below.b_k = stride;
      below.c = ws.delta_below + b.input * stride, below.c_m = stride;
      multiply(below, ws);
    }
    std::fill(ws.delta_below + (b.input + b.seen) * stride, ws.delta_below + (b.input + b.n_in) * stride, T(0));
  });
  each_copy(net, l, [&](long i, long o) {
    T* to = ws.delta_below + i * stride;
    const T* from = ws.delta + o * stride;
    for (long r = 0; r < stride; r += Vec<T>::size) (Vec<T>::load(to + r) + Vec<T>::load(from + r)).store(to + r);
  });
}

}  // namespace glassnet::GLASSNET_ISA
