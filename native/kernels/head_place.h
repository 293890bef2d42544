// Where the numbers of one head lie among the parameters of all.
//
//     first layer     weights (n_in, n_out) and biases (n_out,), shared; then the scales (n_in,) of head 0, 1, ...
//     between         weights, biases and scales, shared
//     last layer      weights (n_in, n_out) of head 0, 1, ...; the biases of head 0, 1, ...; the scales likewise
#pragma once
#include "interface.h"

namespace glassnet {

template <class T> struct HeadPlace {
  T *weights, *biases, *scales;  // scales: null where the layer has none
};

// `all` is the network of all heads, `one` that of a single one.
template <class T, class P>
HeadPlace<P> place_of(const NetworkView<T>& all, const NetworkView<T>& one, int l, long head, P* parameters) {
  const long n_in = one.sizes[l], n_out = one.sizes[l + 1], copies = all.sizes[l + 1] / n_out;
  const long own = copies > 1 ? head : 0;
  P *start = parameters + all.offsets[l], *biases = start + copies * n_in * n_out, *scales = biases + copies * n_out;
  const bool scaled = all.made != nullptr && all.made[l].scaled;
  return {start + own * n_in * n_out, biases + own * n_out,
          scaled ? scales + (all.made[l].sets > 1 ? head : 0) * n_in : nullptr};
}

}  // namespace glassnet
