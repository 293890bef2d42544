// Trainer: networks with a shared body. The heads of a step are spread over the threads; their losses and gradients are
// added up in the order of the heads, so that no number of threads changes a bit.
#include <algorithm>

#include "average.h"
#include "pool.h"
#include "trainer.h"
#include "validation.h"

namespace glassnet {

template <class T> T* Trainer<T>::gradient_of(Worker& worker) const {
  if (worker.gradient) return worker.gradient.data();
  return worker.heads != nullptr ? worker.heads->gradient.data() : worker.scratch.workspace().gradient;
}

// The mean over the heads of the loss of a batch; its gradient in all parameters goes to the worker's.
template <class T> double Trainer<T>::heads_step(const Member<T>& member, Worker& worker, const Rows<T>& rows,
                                                 double factor) {
  const auto& kernels = active_kernels<T>();
  const NetworkView<T>&all = network_.view(), &one = computing().view();
  HeadWork<T>& work = *worker.heads;
  const long heads = plan_.network.heads;
  const Regularization<T> of_member = regularization(member, worker);
  double sum = 0;
  for (long first = 0; first < heads; first += work.threads()) {
    const int count = static_cast<int>(std::min<long>(work.threads(), heads - first));
    in_parallel(count, [&](int t) {
      const auto slot = static_cast<std::size_t>(t);
      kernels.make_head(all, one, member.weights.data(), first + t, first == 0, work.made[slot].data());
      Regularization<T> regularized = of_member;
      regularized.member = static_cast<std::uint32_t>(member.settings.id * heads + first + t);
      Workspace<T> workspace = work.scratch[slot].workspace();
      workspace.regularization = &regularized;
      interruption_.watch(workspace, static_cast<int>(&worker - workers_.data()) + t);
      if (first > 0) workspace.between_blocks(workspace.context);
      work.losses[slot] =
          kernels.batch(one, workspace, work.made[slot].data(), rows, factor / static_cast<double>(heads));
    });
    for (int t = 0; t < count; ++t) {
      const auto slot = static_cast<std::size_t>(t);
      sum += work.losses[slot];
      kernels.add_head(all, one, member.weights.data(), first + t, work.scratch[slot].workspace().gradient,
                       work.gradient.data());
    }
  }
  return factor / static_cast<double>(heads) * sum;
}

// Loss or score of the mean of the heads' predictions on the rows held out.
template <class T> double Trainer<T>::validate_heads(const Member<T>& member, Worker& worker, const Rows<T>& rows,
                                                     double factor) const {
  const auto& kernels = active_kernels<T>();
  const NetworkView<T>&all = network_.view(), &one = computing().view();
  HeadWork<T>& work = *worker.heads;
  const long heads = plan_.network.heads, outputs = computing().outputs(), count = rows.count * outputs;
  worker.predictions.resize(static_cast<std::size_t>((heads + 1) * count + validation_.rows * outputs));
  T *each = worker.predictions.data(), *mean = each + heads * count, *in_place = mean + count;
  for (long first = 0; first < heads; first += work.threads())
    in_parallel(static_cast<int>(std::min<long>(work.threads(), heads - first)), [&](int t) {
      const auto slot = static_cast<std::size_t>(t);
      kernels.make_head(all, one, member.weights.data(), first + t, first == 0, work.made[slot].data());
      kernels.predict(one, work.scratch[slot].workspace(), work.made[slot].data(), rows, each + (first + t) * count);
    });
  average_raw(plan_.link, each, heads, rows.count, outputs, mean);
  if (plan_.monitor == Monitor::validation_score) return score(plan_.score, mean, rows, outputs);
  Rows<T> averaged = rows;
  averaged.X = mean;
  if (rows.order != nullptr) {  // the loss finds predictions where it finds targets
    for (long i = 0; i < rows.count; ++i)
      std::copy(mean + i * outputs, mean + (i + 1) * outputs, in_place + rows.order[i] * outputs);
    averaged.X = in_place;
  }
  const PassOn<T>& pass_on = *worker.pass_on;
  return factor *
         kernels.batch(pass_on.network.view(), pass_on.scratch.workspace(), pass_on.weights.data(), averaged, factor);
}

// Of all heads: a layer's weights and biases, and the scales of its inputs. Layers of the body come once.
template <class T>
void Trainer<T>::read_heads(const T* parameters, int layer, T* weights, T* biases, T* scales) const {
  const NetworkView<T>&all = network_.view(), &one = computing().view();
  const long n_in = one.sizes[layer], n_out = one.sizes[layer + 1];
  Buffer<T> made(static_cast<std::size_t>(one.parameters + padding));
  for (long h = 0; h < copies_of(layer); ++h) {
    active_kernels<T>().make_head(all, one, parameters, h, true, made.data());
    computing().read_layer(made.data(), layer, weights + h * n_in * n_out, biases + h * n_out);
    const HeadPlace<const T> place = place_of(all, one, layer, h, parameters);
    if (place.scales != nullptr) std::copy(place.scales, place.scales + n_in, scales + h * n_in);
  }
}

template <class T> void Trainer<T>::write_heads(T* parameters, int layer, const T* weights, const T* biases) const {
  const NetworkView<T>&all = network_.view(), &one = computing().view();
  const long n_in = one.sizes[layer], n_out = one.sizes[layer + 1];
  for (long h = 0; h < (layer + 1 == one.layers ? plan_.network.heads : 1); ++h) {
    const HeadPlace<T> place = place_of(all, one, layer, h, parameters);
    std::copy(weights + h * n_in * n_out, weights + (h + 1) * n_in * n_out, place.weights);
    std::copy(biases + h * n_out, biases + (h + 1) * n_out, place.biases);
  }
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glassnet
