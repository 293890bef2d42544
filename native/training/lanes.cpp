// Trainer: stepping members together, one per vector lane.
#include <cmath>

#include "trainer.h"

namespace glassnet {

namespace {
constexpr long most_lane_rows = 65536;        // rows of data: each lane keeps an order of its own
constexpr long most_lane_bytes = 256 * 1024;  // weights, gradient and states of a group stay in the second cache
constexpr long widest_lane_layer = 32;        // wider layers fill the vectors by themselves
}  // namespace

template <class T> bool Trainer<T>::lanes_fit() const {
  const auto& view = network_.view();
  const int lanes = active_kernels<T>().lanes;
  long widest = 0;
  for (int l = 1; l < view.layers; ++l) widest = std::max(widest, view.sizes[l]);
  const long bytes = view.parameters * lanes * static_cast<long>(sizeof(T)) * (3 + plan_.n_states);
  return !grouped_ && !plan_.augmentation.there() && view.coupling == Coupling::none && view.made == nullptr &&
         view.blocks == nullptr && view.windows == nullptr && view.mixed == nullptr && plan_.network.heads == 1 &&
         members_.size() >= static_cast<std::size_t>(least_lanes()) && widest <= widest_lane_layer &&
         plan_.optimizer.compiled >= 0 && plan_.batch_size <= block_rows && data_.rows <= most_lane_rows &&
         bytes <= most_lane_bytes;
}

template <class T> int Trainer<T>::least_lanes() const { return active_kernels<T>().lanes / 4 + 1; }

template <class T> void Trainer<T>::make_lane_table() {
  const long n_in = network_.inputs(), n_out = network_.outputs();
  table_step_ = padded(n_in + n_out);
  table_ = Buffer<T>(static_cast<std::size_t>(data_.rows * table_step_));
  for (long r = 0; r < data_.rows; ++r) {
    std::copy(data_.X + r * n_in, data_.X + (r + 1) * n_in, table_.data() + r * table_step_);
    std::copy(data_.y + r * n_out, data_.y + (r + 1) * n_out, table_.data() + r * table_step_ + n_in);
  }
}

template <class T> void Trainer<T>::prepare_orders(const std::vector<Member<T>*>& members, LaneGroup<T>& group) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const int lane = static_cast<int>(i);
    const Member<T>& member = *members[i];
    const long id = &member - members_.data();
    if (member.finished() || (group.order_member(lane) == id && group.order_epoch(lane) == member.epoch)) continue;
    make_order(member, group.order(lane));
    group.order_member(lane) = id, group.order_epoch(lane) = member.epoch;
  }
}

// Learning rates and optimizer scalars of all lanes: looked up when the lanes share one rate, else computed.
template <class T> void Trainer<T>::set_scalars(const Crew& members, const Member<T>& leader, Worker& worker) {
  LaneGroup<T>& group = *worker.group;
  const auto member_of = [&](int lane) {
    Member<T>* member = members[static_cast<std::size_t>(lane) < members.size() ? static_cast<std::size_t>(lane) : 0];
    return member->finished() ? &leader : member;
  };
  const int lanes = group.lanes(), count = plan_.optimizer.vector_uniforms;
  const StepScalars& shared = scalars_of(leader, worker);
  bool same = true;
  for (int lane = 0; lane < lanes; ++lane) same &= member_of(lane)->rate == leader.rate;
  if (same) {
    for (int u = 0; u < count; ++u) std::fill_n(group.uniforms + u * lanes, lanes, static_cast<T>(shared.uniform(u)));
    for (auto* member : members)
      if (!member->finished()) member->last_rate = shared.learning_rate();
    return;
  }
  const double factor = shared.factor();
  for (int first = 0; first < lanes; first += scalar_lanes) {
    double rates[scalar_lanes], steps[scalar_lanes], decays[scalar_lanes], uniforms[most_uniforms * scalar_lanes];
    for (int i = 0; i < scalar_lanes; ++i) {
      rates[i] = member_of(std::min(first + i, lanes - 1))->rate * factor;
      steps[i] = static_cast<double>(leader.step + 1), decays[i] = shared.decay();
    }
    plan_.optimizer.scalars(active_scalars().optimizer, {rates, steps}, uniforms, plan_.decay_place, decays);
    for (int i = 0; i < scalar_lanes && first + i < lanes; ++i) {
      for (int u = 0; u < count; ++u)
        group.uniforms[u * lanes + first + i] = static_cast<T>(uniforms[u * scalar_lanes + i]);
      if (static_cast<std::size_t>(first + i) < members.size() &&
          !members[static_cast<std::size_t>(first + i)]->finished())
        members[static_cast<std::size_t>(first + i)]->last_rate = rates[i];
    }
  }
}

// All running members of the group stand at the same step.
template <class T> void Trainer<T>::lane_step(const std::vector<Member<T>*>& members, Worker& worker) {
  LaneGroup<T>& group = *worker.group;
  const auto& kernels = active_kernels<T>();
  const int lanes = group.lanes();
  const Member<T>* leader = nullptr;
  for (const auto* member : members)
    if (!member->finished()) leader = member;
  if (ordered()) prepare_orders(members, group);

  LaneTask<T> task = group.task();
  task.table = table_.data(), task.table_step = table_step_;
  task.first = leader->position, task.count = std::min(plan_.batch_size, leader->settings.row_count - leader->position);
  task.seed = plan_.seed, task.step = static_cast<std::uint32_t>(leader->step);
  task.clip_norm = static_cast<T>(plan_.clip_norm);
  task.optimizer = kernels.optimizer_lanes[plan_.optimizer.compiled];
  const std::int32_t* orders[most_lanes];
  const T* weights[most_lanes];
  double factor[most_lanes], l1[most_lanes], l2[most_lanes], objective[most_lanes];
  for (int lane = 0; lane < lanes; ++lane) {
    // Lanes without a member repeat the first; what they compute is not looked at.
    const bool own = static_cast<std::size_t>(lane) < members.size();
    Member<T>& member = *members[own ? static_cast<std::size_t>(lane) : 0];
    Rows<T> rows = lane_rows(member, own ? lane : 0, group, task);
    orders[lane] = rows.order, weights[lane] = rows.weight;
    const double total = total_weight(rows);
    const double scale = !plan_.penalty_per_row ? 1.0 : total > 0 ? 1.0 / total : 0.0;
    factor[lane] = reduction_factor(plan_, total);
    l1[lane] = member.settings.l1 * scale, l2[lane] = member.settings.l2 * scale;
    task.factor[lane] = static_cast<T>(factor[lane]);
    task.l1[lane] = static_cast<T>(l1[lane]), task.l2[lane] = static_cast<T>(l2[lane]);
    group.regularize(task, regularization(member, worker), lane);
    task.penalty |= task.l1[lane] != T(0) || task.l2[lane] != T(0);
  }
  set_scalars(members, *leader, worker);
  task.order = ordered() ? orders : nullptr;
  task.weights = data_.weight != nullptr ? weights : nullptr;

  kernels.batch_lanes(network_.view(), task);
  kernels.update_lanes(network_.view(), task);
  for (std::size_t i = 0; i < members.size(); ++i) {
    Member<T>& member = *members[i];
    if (member.finished()) continue;
    const double data_loss = factor[i] * static_cast<double>(task.loss_sum[i]);
    objective[i] = data_loss + penalty(l1[i], task.l1_sum[i], l2[i], task.l2_sum[i]);
    const bool lost = !std::isfinite(data_loss), spoiled = task.bad[i] != T(0);
    if (!lost && !spoiled && std::isfinite(objective[i])) continue;
    const int lane = static_cast<int>(i);
    group.collect(group.weights, member.weights.data(), lane);
    group.collect(group.new_weights, member.next_weights.data(), lane);
    group.collect(task.gradient, worker.scratch.workspace().gradient, lane);
    diverge(member, worker, lane_rows(member, lane, group, task), !lost && spoiled ? Cause::gradient : Cause::loss);
  }
  std::swap(group.weights, group.new_weights);
  for (std::size_t i = 0; i < members.size(); ++i) {
    Member<T>& member = *members[i];
    if (member.finished()) continue;
    member.step += 1, member.position += task.count;
    member.epoch_sum += objective[i] * static_cast<double>(task.count);
    if (member.position < member.settings.row_count) continue;
    // Validation and the best epoch look at the member's own weights; so does everyone once it has finished.
    const bool looked_at = plan_.restore_best || plan_.monitor >= Monitor::validation_loss;
    if (looked_at) group.collect(group.weights, member.weights.data(), static_cast<int>(i));
    end_epoch(member, worker);
    if (member.finished() && !looked_at) group.collect(group.weights, member.weights.data(), static_cast<int>(i));
    if (member.finished()) group.store_states(member, static_cast<int>(i));
  }
}

template <class T>
Rows<T> Trainer<T>::lane_rows(const Member<T>& member, int lane, LaneGroup<T>& group, const LaneTask<T>& task) const {
  Rows<T> rows{data_.X, data_.y, data_.weight, nullptr, task.first, task.count, data_.rows};
  if (rows.weight != nullptr) rows.weight += (&member - members_.data()) * data_.weight_step;
  if (ordered()) rows.order = group.order(lane).data();
  return rows;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace glassnet
