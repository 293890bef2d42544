// What training changes in place of the weights: W[i][o] = factor * s[i] * V[i][o].
//
//     parameters of a layer     free weights V (n_in, n_out), biases (n_out,), scales s (n_in,) and mixes (n_out,)
//                               where there are some
//     weights of a layer        weights W, biases, nothing, mixes: at the same places, so the step need not know
#pragma once
#include <algorithm>

#include "totals.h"

namespace glassnet::GLASSNET_ISA {

template <class T> void multiply_by(const T* from, T factor, T* to, long count) {
  long k = 0;
  for (; k + Vec<T>::size <= count; k += Vec<T>::size) (Vec<T>::load(from + k) * Vec<T>(factor)).store(to + k);
  for (; k < count; ++k) to[k] = from[k] * factor;
}

// `rows` times `width` weights of one layer; `scales`, one for each row, may be null.
template <class T> void make_layer(const T* free, const T* scales, T factor, long rows, long width, T* made) {
  if (scales == nullptr) return multiply_by(free, factor, made, rows * width);
  for (long i = 0; i < rows; ++i) multiply_by(free + i * width, factor * scales[i], made + i * width, width);
}

// The weights and biases of all layers from their parameters.
template <class T> void make_weights(const NetworkView<T>& net, const T* parameters, T* to) {
  for (int l = 0; l < net.layers; ++l) {
    const long n_weights = net.weights[l], n_out = net.neurons[l];
    const T *free = parameters + net.offsets[l], *biases = free + n_weights,
            *mixes = biases + n_out + scales_of(net, l);
    T *made = to + net.offsets[l], *own = made + n_weights;
    const bool scaled = net.made[l].scaled;
    make_layer(free, scaled ? biases + n_out : nullptr, net.made[l].factor, scaled ? net.sizes[l] : 1,
               scaled ? n_out : n_weights, made);
    std::copy(biases, biases + n_out, own);
    std::copy(mixes, mixes + mixes_of(net, l), own + n_out + scales_of(net, l));
  }
}

// Sum of a[k] * b[k] as interleaved chains.
template <class T> T dot(const T* a, const T* b, long count) {
  Total<T> sum;
  long k = 0;
  for (; k + chains <= count; k += chains)
    sum.add([&](int at, Vec<T> so_far) { return fma(Vec<T>::load(a + k + at), Vec<T>::load(b + k + at), so_far); });
  if (k < count) {
    T a_tail[chains] = {}, b_tail[chains] = {};
    for (long t = 0; k + t < count; ++t) a_tail[t] = a[k + t], b_tail[t] = b[k + t];
    sum.add([&](int at, Vec<T> so_far) { return fma(Vec<T>::load(a_tail + at), Vec<T>::load(b_tail + at), so_far); });
  }
  return sum.value();
}

// Turns the gradient of `rows` times `width` weights of a layer into that of its free weights, in place, and of its
// scales; those may be null.
template <class T>
void pull_back_layer(const T* free, const T* scales, T factor, long rows, long width, T* slopes, T* d_scales) {
  if (scales == nullptr) {
    if (factor != T(1)) multiply_by(slopes, factor, slopes, rows * width);
    return;
  }
  for (long i = 0; i < rows; ++i) {
    d_scales[i] = factor * dot(free + i * width, slopes + i * width, width);
    multiply_by(slopes + i * width, factor * scales[i], slopes + i * width, width);
  }
}

// The same for all layers.
template <class T> void pull_back(const NetworkView<T>& net, const T* parameters, T* gradient) {
  for (int l = 0; l < net.layers; ++l) {
    const bool scaled = net.made[l].scaled;
    const long n_weights = net.weights[l], n_out = net.neurons[l];
    const T *free = parameters + net.offsets[l], *scales = free + n_weights + n_out;
    T *slopes = gradient + net.offsets[l], *d_scales = slopes + n_weights + n_out;
    pull_back_layer(free, scaled ? scales : nullptr, net.made[l].factor, scaled ? net.sizes[l] : 1,
                    scaled ? n_out : n_weights, slopes, d_scales);
  }
}

}  // namespace glassnet::GLASSNET_ISA
