// Trainer: the end of an epoch, and of a training: validation, early stopping, divergence.
#include <algorithm>
#include <cmath>

#include "trainer.h"
#include "validation.h"

namespace glassnet {

template <class T> void Trainer<T>::end_epoch(Member<T>& member, Worker& worker) {
  const double loss = member.epoch_sum / static_cast<double>(member.settings.row_count);
  member.loss_curve.push_back(loss);
  member.epoch += 1, member.position = 0, member.epoch_sum = 0;
  if (plan_.monitor == Monitor::training_loss) judge(member, loss, false);
  if (plan_.monitor == Monitor::validation_loss || plan_.monitor == Monitor::validation_score) {
    const double value = validate(member, worker);
    member.validation_curve.push_back(value);
    judge(member, value, plan_.monitor == Monitor::validation_score);
  }
  if (member.stop == Stop::running && member.epoch >= plan_.epochs) member.stop = Stop::all_epochs;
  if (member.finished() && plan_.restore_best && member.best_epoch > 0)
    std::copy(member.best_weights.data(), member.best_weights.data() + member.best_weights.size(),
              member.weights.data());
}

// scikit-learn's rule: an epoch that is not better than the best by the tolerance counts as no improvement.
template <class T> void Trainer<T>::judge(Member<T>& member, double value, bool higher_is_better) {
  const double sign = higher_is_better ? -1.0 : 1.0;
  const bool first = std::isnan(member.best);
  const bool tie = plan_.latest_tie && value == member.best;
  const bool improved = first || !(sign * value > sign * member.best - plan_.tolerance);
  member.no_improvement = improved ? 0 : member.no_improvement + 1;
  if (first || tie || sign * value < sign * member.best) {
    member.best = value, member.best_epoch = member.epoch;
    if (plan_.restore_best)
      std::copy(member.weights.data(), member.weights.data() + member.weights.size(), member.best_weights.data());
  }
  if (member.no_improvement <= plan_.patience) return;
  if (plan_.plateau_divisor > 0 && member.rate > plan_.smallest_rate) {
    member.rate /= plan_.plateau_divisor;
    member.no_improvement = 0;
  } else {
    member.stop = Stop::plateau;
  }
}

template <class T> double Trainer<T>::validate(const Member<T>& member, Worker& worker) const {
  const long id = &member - members_.data();
  const auto& settings = member.settings;
  const long count = settings.held != nullptr ? settings.held_count : validation_.rows;
  Rows<T> rows{validation_.X, validation_.y, validation_.weight, settings.held, 0, count, validation_.rows};
  if (rows.weight != nullptr) rows.weight += id * validation_.weight_step;
  Workspace<T> workspace = worker.scratch.workspace();
  PlanSource mean = plan_;
  mean.mean = true;  // comparable between sets of any size
  const double factor = reduction_factor(mean, total_weight(rows));
  if (worker.heads != nullptr) return validate_heads(member, worker, rows, factor);
  if (plan_.monitor == Monitor::validation_loss) {
    workspace.gradient = nullptr;
    return factor * active_kernels<T>().batch(network_.view(), workspace, weights_of(member, worker), rows, factor);
  }
  worker.predictions.resize(static_cast<std::size_t>(count * network_.outputs()));
  active_kernels<T>().predict(network_.view(), workspace, weights_of(member, worker), rows, worker.predictions.data());
  return score(plan_.score, worker.predictions.data(), rows, network_.outputs());
}

template <class T> void Trainer<T>::diverge(Member<T>& member, Worker& worker, const Rows<T>& rows, Cause cause) {
  const auto& view = network_.view();
  const auto bad = [&](const T* values) {
    for (int l = 0; l < view.layers; ++l)
      for (long i = 0; i < parameters_of(view, l); ++i)
        if (!std::isfinite(values[view.offsets[l] + i])) return l;
    return -1;
  };
  Divergence& report = member.divergence;
  report.layer = bad(gradient_of(worker));
  if (cause == Cause::gradient && report.layer < 0) {
    cause = Cause::weights;
    report.layer = bad(member.next_weights.data());
  }
  // Who diverged goes no further. Its optimizer may have taken in what is not finite: nothing of that is kept.
  for (auto& state : member.states) std::fill_n(state.data(), state.size(), T(0));
  report.cause = cause, report.step = member.step, report.epoch = member.epoch;
  report.learning_rate = member.last_rate;
  for (long i = 0; i < rows.count; ++i) {
    const long row = rows.order != nullptr ? rows.order[rows.first + i] : rows.first + i;
    for (long k = 0; k < network_.inputs(); ++k)
      report.largest_input =
          std::max(report.largest_input, std::abs(static_cast<double>(rows.X[row * network_.inputs() + k])));
  }
  member.stop = Stop::diverged;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glassnet
