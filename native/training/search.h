// L-BFGS: the search of a minimum from values and gradients, with a memory of a few steps (Nocedal 1980), the line
// search of Moré and Thuente (1994), and the rules of L-BFGS-B 3.0 (Morales and Nocedal 2011) for a problem without
// bounds.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

namespace glassnet {

// A sum of products in eight interleaved chains: the same bits on every instruction set.
inline double dot(const double* a, const double* b, std::size_t n) {
  double chain[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::size_t k = 0; k < 8; ++k) chain[k] += a[i + k] * b[i + k];
  for (; i < n; ++i) chain[i % 8] += a[i] * b[i];
  return ((chain[0] + chain[4]) + (chain[2] + chain[6])) + ((chain[1] + chain[5]) + (chain[3] + chain[7]));
}
inline void add(double factor, const double* a, double* to, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] += factor * a[i];
}

// Steps along a line until one decreases the value enough and flattens the slope enough.
class LineSearch {
 public:
  enum class Says { evaluate, good, no_further };

  LineSearch(double value, double slope, double step) : start_(value), slope_(slope), wanted_(decrease * slope) {
    width_ = longest, width_before_ = 2 * longest;
    best_ = other_ = {0, value, slope};
    high_ = 5 * step;
  }
  // What to do after the value and slope at a step; `step` becomes the next one to evaluate.
  Says look(double& step, double value, double slope) {
    const double limit = start_ + step * wanted_;
    if (first_stage_ && value <= limit && slope >= 0) first_stage_ = false;
    const bool stuck = (bracketed_ && (step <= low_ || step >= high_ || high_ - low_ <= tolerance * high_)) ||
                       (step == longest && value <= limit && slope <= wanted_) ||
                       (step == 0 && (value > limit || slope >= wanted_));
    if (value <= limit && std::abs(slope) <= flatness * -slope_) return Says::good;
    if (stuck) return Says::no_further;
    if (first_stage_ && value <= best_.value && value > limit) {  // less steep, until the decrease is enough
      Point best = tilted(best_), other = tilted(other_);
      step = choose(best, other, tilted({step, value, slope}));
      best_ = {best.step, best.value + best.step * wanted_, best.slope + wanted_};
      other_ = {other.step, other.value + other.step * wanted_, other.slope + wanted_};
    } else {
      step = choose(best_, other_, {step, value, slope});
    }
    if (bracketed_) {
      if (std::abs(other_.step - best_.step) >= 0.66 * width_before_)
        step = best_.step + 0.5 * (other_.step - best_.step);
      width_before_ = width_, width_ = std::abs(other_.step - best_.step);
      low_ = std::min(best_.step, other_.step), high_ = std::max(best_.step, other_.step);
    } else {
      low_ = step + 1.1 * (step - best_.step), high_ = step + 4 * (step - best_.step);
    }
    step = std::clamp(step, 0.0, longest);
    if (bracketed_ && (step <= low_ || step >= high_ || high_ - low_ <= tolerance * high_)) step = best_.step;
    return Says::evaluate;
  }

 private:
  static constexpr double decrease = 1e-3, flatness = 0.9, tolerance = 0.1, longest = 1e10;
  struct Point {
    double step, value, slope;
  };

  Point tilted(const Point& p) const { return {p.step, p.value - p.step * wanted_, p.slope - wanted_}; }
  static double sign(double x) { return static_cast<double>((x > 0) - (x < 0)); }
  // The root of the slope of the cubic through two points, as a share of the way from `from` to `to`.
  static double cubic(const Point& from, const Point& to, bool safe, double& gamma) {
    const double theta = 3 * (from.value - to.value) / (to.step - from.step) + from.slope + to.slope;
    const double s = std::max({std::abs(theta), std::abs(from.slope), std::abs(to.slope)});
    double square = (theta / s) * (theta / s) - (from.slope / s) * (to.slope / s);
    if (safe) square = std::max(0.0, square);
    gamma = s * std::sqrt(square);
    if (to.step < from.step) gamma = -gamma;
    return ((gamma - from.slope) + theta) / (((gamma - from.slope) + gamma) + to.slope);
  }
  // The next step, and the interval that holds a good one.
  double choose(Point& best, Point& other, const Point& now) {
    const double turned = sign(now.slope) * sign(best.slope);
    double next = 0, gamma = 0;
    if (now.value > best.value) {
      const double by_cubic = best.step + cubic(best, now, false, gamma) * (now.step - best.step);
      const double by_square =
          best.step + ((best.slope / ((best.value - now.value) / (now.step - best.step) + best.slope)) / 2) *
                          (now.step - best.step);
      next = std::abs(by_cubic - best.step) <= std::abs(by_square - best.step) ? by_cubic
                                                                               : by_cubic + (by_square - by_cubic) / 2;
      bracketed_ = true;
    } else if (turned < 0) {
      const double by_cubic = now.step + cubic(now, best, false, gamma) * (best.step - now.step);
      const double by_secant = now.step + (now.slope / (now.slope - best.slope)) * (best.step - now.step);
      next = std::abs(by_cubic - now.step) > std::abs(by_secant - now.step) ? by_cubic : by_secant;
      bracketed_ = true;
    } else if (std::abs(now.slope) < std::abs(best.slope)) {
      const double share = cubic(now, best, true, gamma);
      const double by_cubic = share < 0 && gamma != 0 ? now.step + share * (best.step - now.step)
                              : now.step > best.step  ? high_
                                                      : low_;
      const double by_secant = now.step + (now.slope / (now.slope - best.slope)) * (best.step - now.step);
      const bool cubic_closer = std::abs(by_cubic - now.step) < std::abs(by_secant - now.step);
      if (bracketed_) {
        next = cubic_closer ? by_cubic : by_secant;
        const double bound = now.step + 0.66 * (other.step - now.step);
        next = now.step > best.step ? std::min(bound, next) : std::max(bound, next);
      } else {
        next = std::abs(by_cubic - now.step) > std::abs(by_secant - now.step) ? by_cubic : by_secant;
        next = std::min(std::max(next, low_), high_);
      }
    } else if (bracketed_) {
      next = now.step + cubic(now, other, false, gamma) * (other.step - now.step);
    } else {
      next = now.step > best.step ? high_ : low_;
    }
    if (now.value > best.value) {
      other = now;
    } else {
      if (turned < 0) other = best;
      best = now;
    }
    return next;
  }

  double start_, slope_, wanted_, width_ = 0, width_before_ = 0, low_ = 0, high_ = 0;
  bool bracketed_ = false, first_stage_ = true;
  Point best_{}, other_{};
};

struct SearchRules {
  long iterations, evaluations;
  double slope, decrease;  // stop at a gradient whose largest entry is this, or at a relative decrease of this
};
enum class SearchEnd : int { running, flat, no_decrease, iterations, evaluations, abnormal, diverged };

// The search itself; `evaluate(point, gradient)` gives the value. It stands at the last point whose step was complete.
class Search {
 public:
  Search(const double* start, std::size_t n, const SearchRules& rules)
      : rules_(rules), x_(start, start + n), trial_(x_), g_(n), trial_g_(n), d_(n), alpha_(memory) {}

  // Up to so many more iterations; true at the end. `ask` is called after each and may throw.
  template <class Evaluate, class Ask> bool advance(long wanted, const Evaluate& evaluate, const Ask& ask) {
    if (end_ == SearchEnd::running && evaluations_ == 0) {
      value_ = evaluate(x_.data(), g_.data()), ++evaluations_;
      if (!finite(value_, g_))
        end_ = SearchEnd::diverged;
      else if (largest(g_) <= rules_.slope)
        end_ = SearchEnd::flat;
    }
    while (end_ == SearchEnd::running && wanted-- > 0) {
      iterate(evaluate);
      ask();
    }
    return end_ != SearchEnd::running;
  }
  const std::vector<double>& point() const { return x_; }
  const std::vector<double>& gradient() const {
    return end_ == SearchEnd::diverged && evaluations_ > 1 ? trial_g_ : g_;
  }
  double value() const { return value_; }
  long iterations() const { return iterations_; }
  SearchEnd end() const { return end_; }

 private:
  static constexpr std::size_t memory = 10;
  static constexpr int most_tries = 20;
  static constexpr double epsilon = 2.220446049250313e-16;
  struct Pair {
    std::vector<double> s, y;
    double curvature;
  };

  static double largest(const std::vector<double>& g) {
    double most = 0;
    for (double each : g) most = std::max(most, std::abs(each));
    return most;
  }
  static bool finite(double value, const std::vector<double>& g) {
    return std::isfinite(value) && std::all_of(g.begin(), g.end(), [](double each) { return std::isfinite(each); });
  }
  // Down the gradient, turned by what the remembered steps say about the curvature.
  void direct() {
    const std::size_t n = x_.size();
    for (std::size_t i = 0; i < n; ++i) d_[i] = -g_[i];
    for (std::size_t k = pairs_.size(); k-- > 0;) {
      alpha_[k] = dot(pairs_[k].s.data(), d_.data(), n) / pairs_[k].curvature;
      add(-alpha_[k], pairs_[k].y.data(), d_.data(), n);
    }
    for (double& each : d_) each /= theta_;
    for (std::size_t k = 0; k < pairs_.size(); ++k)
      add(alpha_[k] - dot(pairs_[k].y.data(), d_.data(), n) / pairs_[k].curvature, pairs_[k].s.data(), d_.data(), n);
  }
  template <class Evaluate> void iterate(const Evaluate& evaluate) {
    const std::size_t n = x_.size();
    for (;;) {
      direct();
      const double slope = dot(g_.data(), d_.data(), n);
      double step = iterations_ == 0 ? std::min(1.0 / std::sqrt(dot(d_.data(), d_.data(), n)), 1e10) : 1.0;
      bool bad = !(slope < 0), not_finite = false;
      double value = 0, new_slope = 0;
      if (!bad) {
        LineSearch line(value_, slope, step);
        auto says = LineSearch::Says::evaluate;
        for (int tries = 0; says == LineSearch::Says::evaluate; ++tries) {
          if (tries >= most_tries) {
            bad = true;
            break;
          }
          for (std::size_t i = 0; i < n; ++i) trial_[i] = x_[i] + step * d_[i];
          value = evaluate(trial_.data(), trial_g_.data()), ++evaluations_;
          not_finite = !finite(value, trial_g_);
          if (not_finite) {  // far too long: begin again with a tenth
            step *= 0.1;
            line = LineSearch(value_, slope, step);
            continue;
          }
          new_slope = dot(trial_g_.data(), d_.data(), n);
          says = line.look(step, value, new_slope);
        }
      }
      if (bad) {
        if (pairs_.empty()) {
          end_ = not_finite ? SearchEnd::diverged : SearchEnd::abnormal;
          return;
        }
        pairs_.clear(), theta_ = 1;
        continue;
      }
      finish(step, value, slope, new_slope);
      return;
    }
  }
  // Take the step that the line search found, judge it, and remember it.
  void finish(double step, double value, double slope, double new_slope) {
    const std::size_t n = x_.size();
    const double before = value_;
    std::swap(x_, trial_), std::swap(g_, trial_g_), value_ = value;  // the old ones are now in trial
    ++iterations_;
    if (iterations_ >= rules_.iterations)
      end_ = SearchEnd::iterations;
    else if (evaluations_ > rules_.evaluations)
      end_ = SearchEnd::evaluations;
    else if (largest(g_) <= rules_.slope)
      end_ = SearchEnd::flat;
    else if (before - value <= rules_.decrease * std::max({std::abs(before), std::abs(value), 1.0}))
      end_ = SearchEnd::no_decrease;
    if (end_ != SearchEnd::running) return;
    const double curvature = (new_slope - slope) * step;
    if (curvature <= epsilon * -slope * step) return;
    Pair pair;
    if (pairs_.size() == memory) {
      pair = std::move(pairs_.front());
      pairs_.erase(pairs_.begin());
    }
    pair.s.resize(n), pair.y.resize(n), pair.curvature = curvature;
    for (std::size_t i = 0; i < n; ++i) pair.s[i] = step * d_[i], pair.y[i] = g_[i] - trial_g_[i];
    theta_ = dot(pair.y.data(), pair.y.data(), n) / curvature;
    pairs_.push_back(std::move(pair));
  }

  SearchRules rules_;
  std::vector<double> x_, trial_, g_, trial_g_, d_, alpha_;
  std::vector<Pair> pairs_;
  double value_ = 0, theta_ = 1;
  long iterations_ = 0, evaluations_ = 0;
  SearchEnd end_ = SearchEnd::running;
};

}  // namespace glassnet
