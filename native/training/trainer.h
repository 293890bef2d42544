// The training loop: batches, epochs, stopping rules and the guard, for every member of a population.
#pragma once
#include <memory>

#include "../kernels/head_place.h"
#include "head_work.h"
#include "interruption.h"
#include "lane_group.h"
#include "member.h"
#include "step_scalars.h"

namespace glassnet {

template <class T> class Trainer {
 public:
  Trainer(const PlanSource& plan, const std::vector<MemberSettings>& members, const Data<T>& data,
          const Data<T>& validation, int threads);

  // The layout of a member's parameters, and the network that a step computes with: the same, or one head of several.
  const PreparedNetwork<T>& network() const { return network_; }
  const PreparedNetwork<T>& computing() const { return one_ != nullptr ? *one_ : network_; }
  // With heads (heads.cpp): how many weights of a layer there are, and they between a member's parameters and arrays.
  long copies_of(int layer) const {
    return layer == 0 || layer + 1 == network_.view().layers ? plan_.network.heads : 1;
  }
  void read_heads(const T* parameters, int layer, T* weights, T* biases, T* scales) const;
  void write_heads(T* parameters, int layer, const T* weights, const T* biases) const;
  const PlanSource& plan() const { return plan_; }
  std::vector<Member<T>>& members() { return members_; }
  const std::vector<Member<T>>& members() const { return members_; }

  // Works for about this long; true when every member has finished. `ask` is called during long steps and may throw;
  // the steps at work have then not happened.
  bool advance(double seconds, std::function<void()> ask = {});
  // Exactly this many more steps for every member that still runs.
  bool advance_steps(long steps, std::function<void()> ask = {});

  // Bytes that a trainer of this size takes, before anything is allocated.
  static double bytes_needed(const PlanSource& plan, std::size_t members, long rows, int threads);

 private:
  struct Worker {
    Scratch<T> scratch;
    std::vector<std::int32_t> order;
    long order_member = -1, order_epoch = -1;
    std::vector<T> predictions;
    std::unique_ptr<LaneGroup<T>> group;
    StepScalars scalars;
    std::vector<StepScalars> group_scalars;  // one per group of parameters, where learning rates differ
    std::vector<Formula<T>> optimizer;       // one, or one per group
    Buffer<T> made;                          // weights made from parameters
    std::vector<std::uint32_t> thresholds;   // dropout of this step, where its rates follow a schedule
    std::vector<T> scales;
    std::unique_ptr<HeadWork<T>> heads;  // both with heads only
    std::unique_ptr<PassOn<T>> pass_on;
    std::vector<Scratch<T>> beside;  // of threads that work on other blocks of rows, with windows only
    std::vector<double> losses;      // then, one for each of these threads,
    Buffer<T> gradient;              // and the sum over all blocks
  };
  using Crew = std::vector<Member<T>*>;  // members that are stepped together: one, or up to one per lane
  template <class Enough> bool advance_all(Enough enough, bool exact);
  std::vector<Crew> crews();
  const StepScalars& scalars_of(const Member<T>& member, Worker& worker) const;
  void move(StepScalars& scalars, const Member<T>& member, double multiple, double decay = 1) const;
  const Formula<T>* optimizer_of(const Member<T>& member, Worker& worker) const;
  const T* weights_of(const Member<T>& member, Worker& worker) const;
  void one_step(Member<T>& member, Worker& worker);
  Rows<T> batch_rows(const Member<T>& member, Worker& worker);
  // Rows are visited through a list.
  bool ordered() const { return subsets_ || (plan_.shuffle && plan_.batch_size < data_.rows); }
  void make_order(const Member<T>& member, std::vector<std::int32_t>& order) const;
  Regularization<T> regularization(const Member<T>& member, Worker& worker) const;
  double total_weight(const Rows<T>& rows) const;
  // epoch.cpp
  void end_epoch(Member<T>& member, Worker& worker);
  void judge(Member<T>& member, double value, bool higher_is_better);
  double validate(const Member<T>& member, Worker& worker) const;
  void diverge(Member<T>& member, Worker& worker, const Rows<T>& rows, Cause cause);
  // heads.cpp
  T* gradient_of(Worker& worker) const;
  double heads_step(const Member<T>& member, Worker& worker, const Rows<T>& rows, double factor);
  // row_blocks.cpp
  double blocks_step(const Member<T>& member, Worker& worker, const Rows<T>& rows, double factor,
                     const Regularization<T>& regularized);
  double validate_heads(const Member<T>& member, Worker& worker, const Rows<T>& rows, double factor) const;
  // lanes.cpp
  bool lanes_fit() const;
  int least_lanes() const;
  void make_lane_table();
  void prepare_orders(const Crew& members, LaneGroup<T>& group);
  void set_scalars(const Crew& members, const Member<T>& leader, Worker& worker);
  void lane_step(const Crew& members, Worker& worker);
  Rows<T> lane_rows(const Member<T>& member, int lane, LaneGroup<T>& group, const LaneTask<T>& task) const;

  PlanSource plan_;
  PreparedNetwork<T> network_;
  std::unique_ptr<PreparedNetwork<T>> one_;  // one head of several
  bool grouped_ = false;                     // learning rates differ between groups of parameters
  Data<T> data_, validation_;
  bool subsets_ = false;       // some member trains on rows of its own
  std::vector<bool> dropout_;  // per layer: some member drops some of its inputs
  std::vector<Member<T>> members_;
  std::vector<Worker> workers_;
  Interruption interruption_;
  Buffer<T> table_;  // inputs and targets side by side, for lane groups; empty when members are stepped one by one
  long table_step_ = 0;
};

}  // namespace glassnet
