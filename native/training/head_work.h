// What a step of networks with a shared body needs beside a member's own arrays: for each thread the weights of the
// head in hand and scratch, and for all the gradient.
#pragma once
#include <vector>

#include "network.h"
#include "plan.h"

namespace glassnet {

template <class T> struct HeadWork {
  HeadWork(const NetworkView<T>& all, const NetworkView<T>& one, long rows, int threads,
           const std::vector<bool>& dropout, long together)
      : gradient(static_cast<std::size_t>(all.parameters + padding)), losses(static_cast<std::size_t>(threads)) {
    for (int t = 0; t < threads; ++t) {
      scratch.emplace_back(one, rows, true, 1, dropout, together);
      made.emplace_back(static_cast<std::size_t>(one.parameters + padding));
    }
  }
  int threads() const { return static_cast<int>(scratch.size()); }

  std::vector<Scratch<T>> scratch;
  std::vector<Buffer<T>> made;
  Buffer<T> gradient;
  std::vector<double> losses;
};

// A network that passes raw predictions on, so that their loss can be asked for.
template <class T> struct PassOn {
  PassOn(const NetworkSource& source, long rows, long together)
      : network(pass_on(source)),
        scratch(network.view(), rows, false, 1, {}, together),
        weights(static_cast<std::size_t>(network.view().parameters + padding)) {
    for (long o = 0; o < network.outputs(); ++o) weights[static_cast<std::size_t>(o * network.outputs() + o)] = T(1);
  }
  static NetworkSource pass_on(const NetworkSource& source) {
    NetworkSource result = source;
    result.sizes = {source.sizes.back(), source.sizes.back()};
    result.value = {source.value.back()}, result.backward = {source.backward.back()}, result.with_slope.clear();
    result.parametrization.clear();
    return result;
  }
  PreparedNetwork<T> network;
  Scratch<T> scratch;
  Buffer<T> weights;
};

}  // namespace glassnet
