// The learning rate and the optimizer's scalars (Adam's bias corrections...), computed for some steps ahead at once.
#pragma once
#include <cmath>

#include "plan.h"

namespace glassnet {

class StepScalars {
 public:
  // Makes learning_rate() and uniform() those of this step; `rate` is the rate before the schedule's factor, `decay` a
  // multiple of the weight decay.
  void move_to(const PlanSource& plan, long step, long steps, long epoch, long rows, double rate, double decay) {
    const bool same_epoch = epoch == epoch_ || !plan.schedule_by_epoch;
    const bool same_rows = steps == steps_ && rows == rows_;  // members may train on fewer rows than others
    if (rate == rate_ && same_epoch && same_rows && step >= first_ && step < first_ + scalar_lanes) {
      lane_ = static_cast<int>(step - first_);
      return;
    }
    first_ = step, epoch_ = epoch, rate_ = rate, steps_ = steps, rows_ = rows, lane_ = 0;
    double at[scalar_lanes], all[scalar_lanes], samples[scalar_lanes], number[scalar_lanes];
    for (int i = 0; i < scalar_lanes; ++i) {
      at[i] = static_cast<double>(step + i), all[i] = static_cast<double>(steps), number[i] = at[i] + 1;
      samples[i] = static_cast<double>(plan.rows_before) + static_cast<double>(epoch) * static_cast<double>(rows);
    }
    const auto follow = [&](const FormulaSource& schedule, double* to) {
      schedule.scalars(active_scalars().schedule, {at, all, samples}, to);
    };
    follow(plan.schedule, factors_);
    if (plan.dropout_schedule) follow(*plan.dropout_schedule, dropouts_);
    if (plan.decay_schedule) follow(*plan.decay_schedule, decays_);
    for (int i = 0; i < scalar_lanes; ++i) {
      learning_rates_[i] = rate * factors_[i];
      decays_[i] = plan.decay_schedule ? decay * decays_[i] : decay;
    }
    plan.optimizer.scalars(active_scalars().optimizer, {learning_rates_, number}, uniforms_, plan.decay_place, decays_);
  }
  double learning_rate() const { return learning_rates_[lane_]; }
  double factor() const { return factors_[lane_]; }
  double dropout() const { return dropouts_[lane_]; }
  double decay() const { return decays_[lane_]; }
  double uniform(int k) const { return uniforms_[k * scalar_lanes + lane_]; }

 private:
  long first_ = -1, epoch_ = -1, steps_ = -1, rows_ = -1;
  double rate_ = std::nan("");
  int lane_ = 0;
  double factors_[scalar_lanes] = {}, learning_rates_[scalar_lanes] = {}, dropouts_[scalar_lanes] = {},
         decays_[scalar_lanes] = {};
  double uniforms_[most_uniforms * scalar_lanes] = {};
};

}  // namespace glassnet
