// What training changes in place of the weights: W[i][o] = factor * s[i] * V[i][o].
//
//     parameters of a layer     free weights V (n_in, n_out), biases (n_out,), scales s (n_in,) and mixes (n_out,)
//                               where there are some
//     weights of a layer        weights W, biases, nothing, mixes: at the same places, so the step need not know
#pragma once
#include "totals.h"

namespace glassnet::GLASSNET_ISA {

template <class T> void multiply_by(const T* from, T factor, T* to, long count) {
  long k = 0;
  for (; k + Vec<T>::size <= count; k += Vec<T>::size) (Vec<T>::load(from + k) * Vec<T>(factor)).store(to + k);
  for (; k < count; ++k) to[k] = from[k] * factor;
}

// The weights and biases of one layer; `scales` may be null.
template <class T>
void make_layer(const T* free, const T* biases, const T* scales, T factor, long n_in, long n_out, T* made) {
  for (long i = 0; i < n_in; ++i)
    multiply_by(free + i * n_out, scales != nullptr ? factor * scales[i] : factor, made + i * n_out, n_out);
  for (long o = 0; o < n_out; ++o) made[n_in * n_out + o] = biases[o];
}

// The weights and biases of all layers from their parameters.
template <class T> void make_weights(const NetworkView<T>& net, const T* parameters, T* to) {
  for (int l = 0; l < net.layers; ++l) {
    const long n_in = net.sizes[l], n_out = net.sizes[l + 1];
    const T *free = parameters + net.offsets[l], *biases = free + n_in * n_out;
    make_layer(free, biases, net.made[l].scaled ? biases + n_out : nullptr, net.made[l].factor, n_in, n_out, to + net.offsets[l]);
    const long beyond = (n_in + 1) * n_out + scales_of(net, l);
    const T* own = parameters + net.offsets[l] + beyond;
    std::copy(own, own + mixes_of(net, l), to + net.offsets[l] + beyond);
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

// Turns the gradient of a layer's weights into that of its free weights, in place, and of its scales; those may be null.
template <class T>
void pull_back_layer(const T* free, const T* scales, T factor, long n_in, long n_out, T* slopes, T* d_scales) {
  if (factor == T(1) && scales == nullptr) return;
  for (long i = 0; i < n_in; ++i) {
    T own = factor;
    if (scales != nullptr) d_scales[i] = factor * dot(free + i * n_out, slopes + i * n_out, n_out), own *= scales[i];
    multiply_by(slopes + i * n_out, own, slopes + i * n_out, n_out);
  }
}

// The same for all layers.
template <class T> void pull_back(const NetworkView<T>& net, const T* parameters, T* gradient) {
  for (int l = 0; l < net.layers; ++l) {
    const long n_in = net.sizes[l], n_out = net.sizes[l + 1];
    const T *free = parameters + net.offsets[l], *scales = free + (n_in + 1) * n_out;
    T *slopes = gradient + net.offsets[l], *d_scales = slopes + (n_in + 1) * n_out;
    pull_back_layer(free, net.made[l].scaled ? scales : nullptr, net.made[l].factor, n_in, n_out, slopes, d_scales);
  }
}

}  // namespace glassnet::GLASSNET_ISA
