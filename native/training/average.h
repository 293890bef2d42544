// The prediction of several networks is the mean of theirs: here expressed as the raw prediction that the link turns
// into that mean, without overflow on the way. In double precision, with the engine's own functions.
#pragma once
#include <algorithm>
#include <vector>

#include "../kernels/opcodes.h"
#include "dispatch.h"
#include "plan.h"

namespace glassnet {

namespace average {
inline void apply(Opcode function, std::vector<double>& x) {
  const std::size_t count = x.size();
  x.resize(static_cast<std::size_t>(padded(static_cast<long>(count))), 1.0);  // functions run over whole vectors
  active_scalars().function(function, x.data(), x.data(), x.data(), static_cast<long>(x.size()));
  x.resize(count);
}
// Of numbers that belong to `heads`, each with `count`: log of the sum over the heads of exp.
inline std::vector<double> log_sum_exp(std::vector<double> x, long heads, long count) {
  std::vector<double> top(x.begin(), x.begin() + count), sum(static_cast<std::size_t>(count), 0.0);
  for (long h = 1; h < heads; ++h)
    for (long c = 0; c < count; ++c)
      top[static_cast<std::size_t>(c)] =
          std::max(top[static_cast<std::size_t>(c)], x[static_cast<std::size_t>(h * count + c)]);
  for (long h = 0; h < heads; ++h)
    for (long c = 0; c < count; ++c) x[static_cast<std::size_t>(h * count + c)] -= top[static_cast<std::size_t>(c)];
  apply(op_exp, x);
  for (long h = 0; h < heads; ++h)
    for (long c = 0; c < count; ++c) sum[static_cast<std::size_t>(c)] += x[static_cast<std::size_t>(h * count + c)];
  apply(op_log, sum);
  for (long c = 0; c < count; ++c) sum[static_cast<std::size_t>(c)] += top[static_cast<std::size_t>(c)];
  return sum;
}
}  // namespace average

// raw: [head][row][output]; out: [row][output].
template <class T> void average_raw(Link link, const T* raw, long heads, long rows, long outputs, T* out) {
  const auto at = [](long i) { return static_cast<std::size_t>(i); };
  std::vector<double> f(at(heads * outputs)), other;
  for (long r = 0; r < rows; ++r) {
    for (long h = 0; h < heads; ++h)
      for (long o = 0; o < outputs; ++o)
        f[at(h * outputs + o)] = static_cast<double>(raw[(h * rows + r) * outputs + o]);
    std::vector<double> mean(at(outputs), 0.0);
    if (link == Link::logistic) {  // log of the mean chance of yes, less that of no
      std::vector<double> yes(f.size()), no(f.size());
      for (std::size_t i = 0; i < f.size(); ++i) yes[i] = f[i] < 0 ? f[i] : -f[i];
      average::apply(op_exp, yes);
      average::apply(op_log1p, yes);
      for (std::size_t i = 0; i < f.size(); ++i)
        no[i] = std::min(-f[i], 0.0) - yes[i], yes[i] = std::min(f[i], 0.0) - yes[i];
      mean = average::log_sum_exp(yes, heads, outputs), other = average::log_sum_exp(no, heads, outputs);
      for (std::size_t o = 0; o < mean.size(); ++o) mean[o] -= other[o];
    } else if (link == Link::softmax) {  // each head's logarithms of shares first
      for (long h = 0; h < heads; ++h) {
        const std::vector<double> own(f.begin() + h * outputs, f.begin() + (h + 1) * outputs);
        const double total = average::log_sum_exp(own, outputs, 1)[0];
        for (long o = 0; o < outputs; ++o) f[at(h * outputs + o)] -= total;
      }
      mean = average::log_sum_exp(f, heads, outputs);
    } else if (link == Link::exponential) {
      std::vector<double> count(1, static_cast<double>(heads));
      average::apply(op_log, count);
      mean = average::log_sum_exp(f, heads, outputs);
      for (double& m : mean) m -= count[0];
    } else {
      for (long h = 0; h < heads; ++h)
        for (long o = 0; o < outputs; ++o) mean[at(o)] += f[at(h * outputs + o)];
      for (double& m : mean) m /= static_cast<double>(heads);
    }
    for (long o = 0; o < outputs; ++o) out[r * outputs + o] = static_cast<T>(mean[at(o)]);
  }
}

}  // namespace glassnet
