// Trainer: one network with windows on several threads. Each takes a block of rows, whose gradients are added up in the
// order of the blocks, as one thread would.
#include <algorithm>

#include "pool.h"
#include "trainer.h"

namespace glassnet {

template <class T>
double Trainer<T>::blocks_step(const Member<T>& member, Worker& worker, const Rows<T>& all, double factor,
                               const Regularization<T>& regularized) {
  const auto& kernels = active_kernels<T>();
  const NetworkView<T>& view = network_.view();
  const T* weights = weights_of(member, worker);
  const long blocks = (all.count + view.block - 1) / view.block, threads = static_cast<long>(worker.beside.size()) + 1;
  double sum = 0;
  const auto scratch_of = [&worker](int t) -> Scratch<T>& {
    return t == 0 ? worker.scratch : worker.beside[static_cast<std::size_t>(t) - 1];
  };
  const auto each_block = [&](long first, int count, const auto& work) {
    in_parallel(count, [&](int t) {
      Workspace<T> workspace = scratch_of(t).workspace();
      workspace.regularization = &regularized, workspace.workers = 1;
      interruption_.watch(workspace, static_cast<int>(&worker - workers_.data()) + t);
      Rows<T> rows = all;
      workspace.first_row = (first + t) * view.block;
      rows.first += workspace.first_row, rows.count = std::min(view.block, all.count - workspace.first_row);
      work(t, workspace, rows);
    });
  };
  const CoupledRoom<T>& coupled = worker.scratch.workspace().coupled;
  const bool together = view.coupling != Coupling::none;
  const long outputs = view.sizes[view.layers];
  if (together) {  // first the raw predictions of all blocks, for one loss
    for (long first = 0; first < blocks; first += threads)
      each_block(first, static_cast<int>(std::min(threads, blocks - first)),
                 [&](int, const Workspace<T>& workspace, const Rows<T>& rows) {
                   kernels.raw(view, workspace, weights, rows, coupled.raw + workspace.first_row * outputs);
                 });
    sum = kernels.couple(view, worker.scratch.workspace(), all, factor);
  }
  for (long first = 0; first < blocks; first += threads) {
    const int count = static_cast<int>(std::min(threads, blocks - first));
    each_block(first, count, [&](int t, const Workspace<T>& workspace, Rows<T> rows) {
      if (together) rows.slopes = coupled.slopes + workspace.first_row * outputs;
      worker.losses[static_cast<std::size_t>(t)] = kernels.batch(view, workspace, weights, rows, factor);
    });
    for (int t = 0; t < count; ++t) {
      if (!together) sum += worker.losses[static_cast<std::size_t>(t)];
      const T* own = scratch_of(t).workspace().gradient;
      if (first + t == 0)
        std::copy_n(own, view.parameters, worker.gradient.data());
      else
        kernels.add(own, worker.gradient.data(), view.parameters);
    }
  }
  return sum;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glassnet
