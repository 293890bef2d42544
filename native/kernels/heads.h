// Networks with a shared body: each head has its own scales of the inputs and its own last layer, and with the body it
// is a network like any other. A step makes the weights of one head after the other, and adds up their gradients.
#pragma once
#include <algorithm>

#include "head_place.h"
#include "parametrization.h"

namespace glassnet::GLASSNET_ISA {

template <class T> T factor_of(const NetworkView<T>& net, int l) {
  return net.made != nullptr ? net.made[l].factor : T(1);
}

// The weights of one head from the parameters of all; the layers between first and last only when `body` is true.
template <class T>
void make_head(const NetworkView<T>& all, const NetworkView<T>& one, const T* parameters, long head, bool body, T* to) {
  for (int l = 0; l < one.layers; ++l) {
    if (!body && l > 0 && l + 1 < one.layers) continue;
    const HeadPlace<const T> from = place_of(all, one, l, head, parameters);
    T* made = to + one.offsets[l];
    make_layer(from.weights, from.scales, factor_of(all, l), one.sizes[l], one.sizes[l + 1], made);
    std::copy(from.biases, from.biases + one.sizes[l + 1], made + one.sizes[l] * one.sizes[l + 1]);
  }
}

// to = from for the first head, then to = to + from.
template <class T> void add_to(const T* from, bool first, T* to, long count) {
  long k = 0;
  for (; k + Vec<T>::size <= count; k += Vec<T>::size)
    (first ? Vec<T>::load(from + k) : Vec<T>::load(to + k) + Vec<T>::load(from + k)).store(to + k);
  for (; k < count; ++k) to[k] = first ? from[k] : to[k] + from[k];
}

// Adds the gradient `own` of one head's weights, which is changed, to that of all parameters; heads come in their
// order.
template <class T>
void add_head(const NetworkView<T>& all, const NetworkView<T>& one, const T* parameters, long head, T* own,
              T* gradient) {
  for (int l = 0; l < one.layers; ++l) {
    const long n_in = one.sizes[l], n_out = one.sizes[l + 1];
    const HeadPlace<const T> from = place_of(all, one, l, head, parameters);
    const HeadPlace<T> to = place_of(all, one, l, head, gradient);
    const bool scales_of_own = from.scales != nullptr && all.made[l].sets > 1;
    const bool first = head == 0 || l + 1 == one.layers;
    T *slopes = own + one.offsets[l], *d_scales = slopes + (n_in + 1) * n_out;  // where `one` has its scales
    pull_back_layer(from.weights, from.scales, factor_of(all, l), n_in, n_out, slopes, d_scales);
    add_to(slopes, first, to.weights, n_in * n_out);
    add_to(slopes + n_in * n_out, first, to.biases, n_out);
    if (from.scales != nullptr) add_to(d_scales, first || scales_of_own, to.scales, n_in);
  }
}

}  // namespace glassnet::GLASSNET_ISA
