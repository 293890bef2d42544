// Scores of predictions on held-out rows, in double precision and in row order.
#pragma once
#include <cmath>

#include "plan.h"

namespace glassnet {

// R^2 averaged over outputs (1 when a constant target is met exactly, else 0 for it), or the weighted share of right
// rows.
template <class T> double score(Score kind, const T* predictions, const Rows<T>& held, long outputs) {
  const long rows = held.count;
  const auto place = [&](long r) { return held.order != nullptr ? static_cast<long>(held.order[r]) : r; };
  const auto weight_of = [&](long r) {
    return held.weight != nullptr ? static_cast<double>(held.weight[place(r)]) : 1.0;
  };
  double total = 0;
  for (long r = 0; r < rows; ++r) total += weight_of(r);
  if (kind != Score::r_squared) {
    double right = 0;
    for (long r = 0; r < rows; ++r) {
      const T *f = predictions + r * outputs, *t = held.y + place(r) * outputs;
      bool hit = true;
      if (kind == Score::accuracy_of_largest) {
        long chosen = 0, wanted = 0;
        for (long o = 1; o < outputs; ++o) {
          if (f[o] > f[chosen]) chosen = o;
          if (t[o] > t[wanted]) wanted = o;
        }
        hit = chosen == wanted;
      } else {
        // The logistic target is 0 or 1, the hinge target -1 or 1: positive means yes for both.
        for (long o = 0; o < outputs; ++o) hit &= (f[o] > T(0)) == (t[o] > T(0));
      }
      if (hit) right += weight_of(r);
    }
    return right / total;
  }
  double sum = 0;
  for (long o = 0; o < outputs; ++o) {
    double mean = 0, residual = 0, spread = 0;
    for (long r = 0; r < rows; ++r) mean += weight_of(r) * static_cast<double>(held.y[place(r) * outputs + o]);
    mean /= total;
    for (long r = 0; r < rows; ++r) {
      const double target = static_cast<double>(held.y[place(r) * outputs + o]);
      const double miss = target - static_cast<double>(predictions[r * outputs + o]);
      residual += weight_of(r) * miss * miss;
      spread += weight_of(r) * (target - mean) * (target - mean);
    }
    sum += spread > 0 ? 1 - residual / spread : residual > 0 ? 0.0 : 1.0;
  }
  return sum / static_cast<double>(outputs);
}

}  // namespace glassnet
