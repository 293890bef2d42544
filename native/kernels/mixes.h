// Neurons that take a share of their activation: a = (1 - mix) z + mix f(z), one trained mix for each neuron.
#pragma once
#include "connections.h"
#include "totals.h"

namespace glassnet::GLASSNET_ISA {

template <class T> bool mixes_in(const NetworkView<T>& net, int l) { return mixes_of(net, l) > 0; }
// The mixes of layer l among its parameters, or the same place in another array of their shape.
template <class P, class T> P* mixes_at(P* parameters, const NetworkView<T>& net, int l) {
  return parameters + net.offsets[l] + net.weights[l] + net.neurons[l] + scales_of(net, l);
}

// to[i] = mix * f[i] + (1 - mix) * straight[i]
template <class T> void mix(T share, const T* f, const T* straight, T* to, long count) {
  const Vec<T> in(share), rest(T(1) - share);
  for (long i = 0; i < count; i += Vec<T>::size)
    fma(in, Vec<T>::load(f + i), rest * Vec<T>::load(straight + i)).store(to + i);
}

// Neuron by neuron: a from f and z, both [neuron * stride + row].
template <class T> void mix_forward(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p) {
  const T* mixes = mixes_at(p, net, l);
  for (long o = 0; o < net.sizes[l + 1]; ++o)
    mix(mixes[o], ws.f[l + 1] + o * ws.stride, ws.z[l + 1] + o * ws.stride, ws.a[l + 1] + o * ws.stride, ws.stride);
}
// Row by row: a from itself and z, both [row * wide + neuron].
template <class T> void mix_rows(const NetworkView<T>& net, int l, const T* p, const T* z, T* a, long rows, long wide) {
  const T* mixes = mixes_at(p, net, l);
  const long n_out = net.sizes[l + 1];
  for (long r = 0; r < rows; ++r)
    for (long o = 0; o < wide; o += Vec<T>::size) {
      const Vec<T> share = load_part(mixes + o, n_out - o < Vec<T>::size ? n_out - o : Vec<T>::size);
      const long at = r * wide + o;
      fma(share, Vec<T>::load(a + at), (Vec<T>(T(1)) - share) * Vec<T>::load(z + at)).store(a + at);
      if (o + Vec<T>::size >= n_out) break;
    }
}

// dL/dmix = sum over the rows of dL/da (f - z); ws.delta holds dL/da, and zero where there is no row.
template <class T> void mix_gradient(const NetworkView<T>& net, const Workspace<T>& ws, int l, Finish finish) {
  T* to = mixes_at(ws.gradient, net, l);
  for (long o = 0; o < net.sizes[l + 1]; ++o) {
    const T *up = ws.delta + o * ws.stride, *f = ws.f[l + 1] + o * ws.stride, *z = ws.z[l + 1] + o * ws.stride;
    Total<T> sum;
    for (long r = 0; r < ws.stride; r += chains)
      sum.add([&](int at, Vec<T> so_far) {
        return fma(Vec<T>::load(up + r + at), Vec<T>::load(f + r + at) - Vec<T>::load(z + r + at), so_far);
      });
    to[o] = finish == Finish::add ? to[o] + sum.value() : sum.value();
  }
  if (in_blocks(net, l)) each_copy(net, l, [&](long, long o) { to[o] = T(0); });
}

// The error signals of a mixed layer: ws.delta holds mix-less dL/da f'(z), `up` holds dL/da.
template <class T> void mix_backward(const NetworkView<T>& net, const Workspace<T>& ws, int l, const T* p,
                                     const T* up) {
  const T* mixes = mixes_at(p, net, l);
  for (long o = 0; o < net.sizes[l + 1]; ++o)
    mix(mixes[o], ws.delta + o * ws.stride, up + o * ws.stride, ws.delta + o * ws.stride, ws.stride);
}

}  // namespace glassnet::GLASSNET_ISA
