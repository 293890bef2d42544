// One network of a population: its weights, its optimizer state, its place in the training and its history.
#pragma once
#include <limits>
#include <vector>

#include "plan.h"

namespace glassnet {

enum class Stop : int { running, all_epochs, plateau, diverged };
enum class Cause : int { none, loss, gradient, weights };

struct Divergence {
  Cause cause = Cause::none;
  int layer = -1;
  long step = 0, epoch = 0;
  double learning_rate = 0, largest_input = 0;
};

template <class T> struct Member {
  MemberSettings settings;
  Buffer<T> weights, next_weights, best_weights;  // each of all parameters; next takes a step's result until it is good
  std::vector<Buffer<T>> states;
  std::vector<std::uint32_t> thresholds;  // dropout, see Regularization
  std::vector<T> scales;

  long epoch = 0, position = 0, step = 0, no_improvement = 0, best_epoch = 0;
  long earlier_step = 0, earlier_epoch = 0;  // those of an earlier training, from which this one resumed
  double rate = 0, last_rate = 0, epoch_sum = 0;
  double best = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> loss_curve, validation_curve;
  Stop stop = Stop::running;
  Divergence divergence;

  bool finished() const { return stop != Stop::running; }
};

}  // namespace glassnet
