// Cox's partial likelihood of a whole batch, by hand and in double precision: rows are sorted once, and each output
// passes over them twice, from the last time to the first (risk sets grow) and back (shares add up). See
// glassnet/formulas/coupled/partial_likelihood.py, whose words are used here. One thread, sums in order: the bits
// depend on nothing.
#pragma once
#include <algorithm>
#include <utility>

#include "../simd/math.h"
#include "interface.h"

namespace glassnet::GLASSNET_ISA {

// A whole number that came as a target; 0 for what is none.
template <class T> std::int32_t whole_number(T value) {
  return value > T(0) && value < T(1 << 24) ? static_cast<std::int32_t>(value) : 0;
}

// Places 0 .. count - 1 in the order of their keys, equal ones in order: digit by digit, the last one first.
inline const std::int32_t* sorted_by_key(const std::int32_t* key, long count, std::int32_t* places,
                                         std::int32_t* spare) {
  constexpr int bits = 11;
  std::int32_t largest = 0;
  for (long i = 0; i < count; ++i) places[i] = static_cast<std::int32_t>(i), largest = std::max(largest, key[i]);
  for (int shift = 0; shift == 0 || (largest >> shift) > 0; shift += bits) {
    std::int32_t starts[1 << bits] = {};
    const auto digit = [key, shift](std::int32_t place) { return (key[place] >> shift) & ((1 << bits) - 1); };
    for (long i = 0; i < count; ++i) ++starts[digit(places[i])];
    std::int32_t sum = 0;
    for (std::int32_t& start : starts) sum += std::exchange(start, sum);
    for (long i = 0; i < count; ++i) spare[starts[digit(places[i])]++] = places[i];
    std::swap(places, spare);
  }
  return places;
}

// Targets are (group, event, stratum): rows of one stratum and time are a group, and groups are counted stratum by
// stratum from the last time to the first. raw and slopes: [i * outputs + output], i counted from rows.first. Slopes
// are those of factor * the weighted sum of row losses, which is returned.
template <class T>
double cox(const NetworkView<T>& net, const Rows<T>& rows, const T* raw, T* slopes, const CoupledRoom<T>& room,
           double factor) {
  const long count = rows.count, outputs = net.sizes[net.layers], width = net.targets, step = room.step,
             whole = padded(count);
  const auto row_at = [&](long i) {
    return rows.order != nullptr ? static_cast<long>(rows.order[rows.first + i]) : rows.first + i;
  };
  double *f = room.numbers, *size = f + step, *grows = size + step, *weight = grows + step, *left = weight + step,
         *logs = left + step, *largest = logs + step;
  std::int32_t *key = room.places + 2 * step, *event = key + step,
               *starts = event + step;  // starts: of groups, and the end
  for (long i = 0; i < count; ++i) key[i] = whole_number(rows.y[row_at(i) * width]);
  const std::int32_t* place = sorted_by_key(key, count, room.places, room.places + step);
  long groups = 0;
  for (long k = 0; k < count; ++k) {
    const long row = row_at(place[k]);
    event[k] = whole_number(rows.y[row * width + 1]);
    weight[k] = rows.weight == nullptr ? 1.0 : static_cast<double>(rows.weight[row]);
    if (weight[k] <= 0) event[k] = 0;
    if (k == 0 || key[place[k]] != key[place[k - 1]]) starts[groups++] = static_cast<std::int32_t>(k);
  }
  starts[groups] = static_cast<std::int32_t>(count);
  const auto stratum = [&](long k) { return rows.y[row_at(place[k]) * width + 2]; };
  bool* fresh = room.fresh;  // whether a stratum begins with this group
  for (long g = 0; g < groups; ++g) fresh[g] = g == 0 || stratum(starts[g]) != stratum(starts[g - 1]);
  double sum = 0;
  for (long o = 0; o < outputs; ++o) {
    for (long k = 0; k < count; ++k) f[k] = static_cast<double>(raw[place[k] * outputs + o]);
    // size = exp(f - largest so far), grows = exp(largest before - largest now): 1 within a group and in most others.
    for (long g = 0; g < groups; ++g) {
      const long first = starts[g], end = starts[g + 1];
      const double before = fresh[g] ? f[first] : largest[first - 1];
      double most = before;
      for (long k = first; k < end; ++k) most = std::max(most, f[k]);
      for (long k = first; k < end; ++k) largest[k] = most, size[k] = f[k] - most, grows[k] = 0;
      grows[first] = before - most;
      if (!(most - most == 0)) return most;  // not finite
    }
    for (long k = count; k < whole; ++k) size[k] = grows[k] = 0;
    for (long k = 0; k < whole; k += Vec<double>::size) {
      f_exp(Vec<double>::load(size + k)).store(size + k);
      f_exp(Vec<double>::load(grows + k)).store(grows + k);
    }
    // Risk sets; what is left of them as each event leaves is kept at the event.
    const auto died = [=](long k) { return event[k] == o + 1; };
    double risk = 0;
    for (long g = 0; g < groups; ++g) {
      const long first = starts[g], end = starts[g + 1];
      risk = (fresh[g] ? 0 : risk * grows[first]);
      if (end == first + 1) {
        risk += weight[first] * size[first];
        left[first] = died(first) ? risk : 1;
        continue;
      }
      double tied = 0, events = 0, gone = 0;
      for (long k = first; k < end; ++k) {
        risk += weight[k] * size[k];
        if (died(k)) tied += weight[k] * size[k], events += 1;
      }
      for (long k = first; k < end; ++k) left[k] = died(k) ? risk - net.efron * (gone++ / events) * tied : 1;
    }
    for (long k = count; k < whole; ++k) left[k] = 1;
    for (long k = 0; k < whole; k += Vec<double>::size) {
      const Vec<double> here = Vec<double>::load(left + k);
      f_log(here).store(logs + k);
      (Vec<double>(1.0) / here).store(left + k);
    }
    // Back: `total` is the sum over the events so far of 1 / what is left, at the size of the rows at hand.
    double total = 0;
    for (long g = groups - 1; g >= 0; --g) {
      const long first = starts[g], end = starts[g + 1];
      total = g + 1 < groups && !fresh[g + 1] ? total * grows[end] : 0;
      if (end == first + 1) {
        const double mine = died(first) ? 1 : 0;
        total += mine * weight[first] * left[first];
        sum += mine * weight[first] * (logs[first] + (largest[first] - f[first]));
        slopes[place[first] * outputs + o] = static_cast<T>(factor * (weight[first] * (size[first] * total - mine)));
        continue;
      }
      double events = 0, heavy = 0, inverse = 0, spared = 0, gone = 0, mean = 0;
      for (long k = first; k < end; ++k)
        if (died(k)) events += 1, heavy += weight[k], inverse += left[k], mean += logs[k];
      for (long k = first; k < end; ++k)
        if (died(k)) spared += net.efron * (gone++ / events) * left[k];
      if (events > 0) total += heavy / events * inverse, spared *= heavy / events, mean /= events;
      for (long k = first; k < end; ++k) {
        double slope = size[k] * total;
        if (died(k)) slope -= 1 + size[k] * spared, sum += weight[k] * (mean + (largest[k] - f[k]));
        slopes[place[k] * outputs + o] = static_cast<T>(factor * (weight[k] * slope));
      }
    }
  }
  return sum;
}

}  // namespace glassnet::GLASSNET_ISA
