// The memory of one lane group: as many members as a vector has lanes, their numbers interleaved.
//
//     members        weights of one member:   w0 w1 w2 ...            (canonical form, Member)
//     lane group     w0 of all members, w1 of all members, ...        (only while the group is being stepped)
//
// Members are copied in at the start of a time slice and out at its end, so groups can be formed anew every time.
#pragma once
#include "member.h"

namespace glassnet {

template <class T> class LaneGroup {
 public:
  LaneGroup(const NetworkView<T>& net, int lanes, int n_states, long batch, long data_rows, bool ordered,
            const std::vector<bool>& dropout)
      : lanes_(lanes),
        parameters_(net.parameters),
        orders_(ordered ? static_cast<std::size_t>(lanes) : 0),
        thresholds_(static_cast<std::size_t>(net.layers * lanes)),
        scales_(thresholds_.size()) {
    for (auto& order : orders_) order.resize(static_cast<std::size_t>(data_rows));
    order_member_.assign(static_cast<std::size_t>(lanes), -1), order_epoch_ = order_member_;
    long neurons = 0, widest = 0;
    const auto drops = [&dropout](int l) {
      return static_cast<std::size_t>(l) < dropout.size() && dropout[static_cast<std::size_t>(l)];
    };
    for (int l = 0; l <= net.layers; ++l)
      neurons += (drops(l) ? 4 : 2) * net.sizes[l], widest = std::max(widest, net.sizes[l]);
    neurons += 2 * widest + 2 * net.sizes[net.layers];
    const long bytes_per_row = neurons * lanes * static_cast<long>(sizeof(T));
    task_.rows = std::min(batch, std::max(tile_rows, cache_bytes / bytes_per_row / tile_rows * tile_rows));
    const long arrays = parameters_ * (3 + n_states), scratch = neurons * task_.rows + (4 * net.layers + 8) * padding;
    memory_ = Buffer<T>(static_cast<std::size_t>((arrays + scratch + most_uniforms + 4) * lanes + 8 * padding));
    T* next = memory_.data();
    const auto take = [&](long count) {
      T* here = next;
      next += padded(count * lanes);
      return here;
    };
    weights = take(parameters_), new_weights = take(parameters_), task_.gradient = take(parameters_);
    for (int s = 0; s < n_states; ++s) states.push_back(take(parameters_));
    const long layers = net.layers + 1;
    pointers_.assign(static_cast<std::size_t>(4 * layers), nullptr);
    T **a = pointers_.data(), **z = a + layers, **keep = z + layers, **dropped = keep + layers;
    for (int l = 0; l <= net.layers; ++l) {
      a[l] = take(net.sizes[l] * task_.rows), z[l] = take(net.sizes[l] * task_.rows);
      if (drops(l)) keep[l] = take(net.sizes[l] * task_.rows), dropped[l] = take(net.sizes[l] * task_.rows);
    }
    task_.a = a, task_.z = z, task_.keep = keep, task_.dropped = dropped;
    task_.threshold = thresholds_.data(), task_.scale = scales_.data();
    task_.y = take(net.sizes[net.layers] * task_.rows), task_.entry_loss = take(net.sizes[net.layers] * task_.rows);
    task_.delta = take(widest * task_.rows), task_.delta_below = take(widest * task_.rows);
    uniforms = take(most_uniforms), task_.loss_sum = take(1), task_.bad = take(1);
    task_.uniforms = uniforms, task_.l1_sum = l1_sum, task_.l2_sum = l2_sum;
    task_.n_states = n_states;
  }
  LaneGroup(const LaneGroup&) = delete;

  int lanes() const { return lanes_; }
  void load(const Member<T>& member, int lane) {
    spread(member.weights.data(), weights, lane);
    for (std::size_t s = 0; s < states.size(); ++s) spread(member.states[s].data(), states[s], lane);
  }
  void store(Member<T>& member, int lane) const {
    collect(weights, member.weights.data(), lane);
    store_states(member, lane);
  }
  void store_states(Member<T>& member, int lane) const {
    for (std::size_t s = 0; s < states.size(); ++s) collect(states[s], member.states[s].data(), lane);
  }
  // What a lane drops, and how its targets are smoothed. What all lanes share, seed and step, is not a lane's to say:
  // its member may have stopped long ago.
  void regularize(LaneTask<T>& task, const Regularization<T>& r, int lane) {
    task.member[lane] = r.member;
    task.target_factor[lane] = r.target_factor, task.target_shift[lane] = r.target_shift;
    task.smoothed |= r.target_factor != T(1);
    if (r.threshold == nullptr) return;
    for (std::size_t l = 0; l * static_cast<std::size_t>(lanes_) < thresholds_.size(); ++l) {
      const std::size_t at = l * static_cast<std::size_t>(lanes_) + static_cast<std::size_t>(lane);
      thresholds_[at] = r.threshold[l], scales_[at] = r.scale[l];
    }
  }
  // One lane of an interleaved array.
  void collect(const T* from, T* to, int lane) const {
    for (long i = 0; i < parameters_; ++i) to[i] = from[i * lanes_ + lane];
  }
  // The task with everything that does not change from step to step.
  LaneTask<T> task() const {
    LaneTask<T> task = task_;
    task.parameters = weights, task.new_parameters = new_weights, task.states = states.data();
    return task;
  }

  std::vector<std::int32_t>& order(int lane) { return orders_[static_cast<std::size_t>(lane)]; }
  long& order_member(int lane) { return order_member_[static_cast<std::size_t>(lane)]; }
  long& order_epoch(int lane) { return order_epoch_[static_cast<std::size_t>(lane)]; }

  T *weights = nullptr, *new_weights = nullptr, *uniforms = nullptr;
  std::vector<T*> states;
  double l1_sum[most_lanes] = {}, l2_sum[most_lanes] = {};

 private:
  static constexpr long tile_rows = 8;        // products cut rows into parts that divide this
  static constexpr long cache_bytes = 65536;  // of activations: longer sums pay for leaving the nearest cache

  void spread(const T* from, T* to, int lane) {
    for (long i = 0; i < parameters_; ++i) to[i * lanes_ + lane] = from[i];
  }

  int lanes_;
  long parameters_;
  std::vector<std::vector<std::int32_t>> orders_;
  std::vector<long> order_member_, order_epoch_;
  std::vector<std::uint32_t> thresholds_;
  std::vector<T> scales_;
  Buffer<T> memory_;
  std::vector<T*> pointers_;
  LaneTask<T> task_;
};

}  // namespace glassnet
