// What to train and how: the plan shared by all members of a population, and the data they share.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "augment.h"
#include "network.h"

namespace glassnet {

enum class Monitor : int { none, training_loss, validation_loss, validation_score };
enum class Score : int { r_squared, accuracy_of_largest, accuracy_of_sign };
enum class Link : int { identity, logistic, softmax, exponential };  // behind it predictions are averaged

struct PlanSource {
  NetworkSource network;
  FormulaSource optimizer, schedule;
  // Factors on the rates of dropout and on the weight decay, where these follow a schedule of their own, and the place
  // of the weight decay among the optimizer's parameters; -1 where it has none.
  std::optional<FormulaSource> dropout_schedule, decay_schedule;
  int decay_place = -1;
  int n_states = 0;
  bool half = false, mean = false;  // the reduction
  bool penalty_per_row = false, shuffle = true, restore_best = false;
  bool latest_tie = false;        // of equally good epochs the latest is the best
  bool schedule_by_epoch = true;  // the schedule looks at the rows seen, which change with the epoch
  long rows_before = 0;           // rows that earlier trainings have seen, for such a schedule
  long batch_size = 0, epochs = 0, patience = 0;
  Monitor monitor = Monitor::none;
  Score score = Score::r_squared;
  Link link = Link::identity;
  double tolerance = 0, plateau_divisor = 0, smallest_rate = 0;
  bool dropout = false;  // of any member
  Augmentation augmentation;
  double clip_norm = 0;  // 0: gradients are not clipped
  std::uint64_t seed = 0;
};

template <class T> struct Data {
  const T *X = nullptr, *y = nullptr, *weight = nullptr;
  long rows = 0;
  long weight_step = 0;  // from one member's row weights to the next; 0 when all share them
};

struct MemberSettings {
  std::uint32_t id = 0;
  double learning_rate = 0, l1 = 0, l2 = 0, label_smoothing = 0;
  std::vector<double> dropout;         // rates, one per layer; empty: nothing is dropped
  const std::int32_t* rows = nullptr;  // the rows that this member trains on; null: all
  long row_count = 0;
  const std::int32_t* held = nullptr;  // the rows of the validation data that judge it; null: all
  long held_count = 0;
};

// What the penalties add to the objective. A sum may have overflowed; where it has no strength it does not count.
inline double penalty(double l1, double absolute_sum, double l2, double square_sum) {
  return (l1 != 0 ? l1 * absolute_sum : 0.0) + (l2 != 0 ? l2 * square_sum : 0.0);
}

inline double reduction_factor(const PlanSource& plan, double total_weight) {
  const double half = plan.half ? 0.5 : 1.0;
  if (!plan.mean) return half;
  return total_weight > 0 ? half / total_weight : 0.0;
}

}  // namespace glassnet
