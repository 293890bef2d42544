#include "augment.h"

#include <algorithm>
#include <cmath>

#include "dispatch.h"

namespace glassnet {

constexpr long draws = 12;                     // of an image; those of its pixels follow
constexpr double bell = 0.006765875086793227;  // one over the deviation of the sum of four bytes
constexpr long words_at_once = 4 * word_blocks;

// Where pixels come from, the same expressions in the same order as the records say, and what is there.
template <class T> static void move(const Augmentation& a, const double* u, const T* from, double* image,
                                    double* lines) {
  const long height = a.rows, width = a.columns;
  double *down_y = lines, *down_x = down_y + height, *across_x = down_x + height, *across_y = across_x + width;
  const double half_y = static_cast<double>(height - 1) / 2, half_x = static_cast<double>(width - 1) / 2;
  const double size = 1 + a.scale * u[5], t = a.turn * u[4];
  const double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
  for (long r = 0; r < height; ++r) {
    double y = static_cast<double>(r) - half_y;
    if (a.scale != 0) y = y / size;
    down_y[r] = a.turn != 0 ? cosine * y : y, down_x[r] = sine * y;
  }
  for (long c = 0; c < width; ++c) {
    double x = static_cast<double>(c) - half_x;
    if (a.scale != 0) x = x / size;
    across_x[c] = a.turn != 0 ? cosine * x : x, across_y[c] = sine * x;
  }
  const bool mirror = a.flip != 0 && u[2] < 0, turn_over = a.flip_rows != 0 && u[3] < 0;
  const double move_y = a.shift * static_cast<double>(height) * u[0],
               move_x = a.shift * static_cast<double>(width) * u[1];
  const double last_y = static_cast<double>(height) - 1.0, last_x = static_cast<double>(width) - 1.0;
  for (long r = 0; r < height; ++r)
    for (long c = 0; c < width; ++c) {
      double y = a.turn != 0 ? down_y[r] - across_y[c] : down_y[r];
      double x = a.turn != 0 ? down_x[r] + across_x[c] : across_x[c];
      if (mirror) x = -x;
      if (turn_over) y = -y;
      if (a.shift != 0) y = y + move_y, x = x + move_x;
      y = std::min(std::max(y + half_y, 0.0), last_y), x = std::min(std::max(x + half_x, 0.0), last_x);
      const long top = static_cast<long>(y), left = static_cast<long>(x);
      const long bottom = std::min(top + 1, height - 1), right = std::min(left + 1, width - 1);
      const double share_y = y - static_cast<double>(top), share_x = x - static_cast<double>(left);
      const T *upper = from + top * width * a.channels, *lower = from + bottom * width * a.channels;
      double* here = image + (r * width + c) * a.channels;
      for (long k = 0; k < a.channels; ++k) {
        const auto at = [k, &a](const T* line, long column) {
          return static_cast<double>(line[column * a.channels + k]);
        };
        const double over = at(upper, left) * (1 - share_x) + at(upper, right) * share_x;
        const double under = at(lower, left) * (1 - share_x) + at(lower, right) * share_x;
        here[k] = over * (1 - share_y) + under * share_y;
      }
    }
}

template <class T>
void augment(const Regularization<T>& of_member, const Rows<T>& rows, long inputs, T* to, long stride,
             double* scratch) {
  const Augmentation& a = *static_cast<const Augmentation*>(of_member.images);
  const long pixels = a.pixels();
  double *image = scratch, *lines = scratch + pixels;
  std::uint32_t drawn[words_at_once];
  double u[draws];
  for (long i = 0; i < rows.count; ++i) {
    const long row = rows.order != nullptr ? rows.order[rows.first + i] : rows.first + i;
    const T* from = rows.X + row * inputs;
    const Address address = {of_member.seed, static_cast<std::uint32_t>(Purpose::augmentation), of_member.member,
                             of_member.epoch, static_cast<std::uint32_t>(row) & 0xFFFFFFu};
    active_scalars().random_words(address, 0, drawn);
    for (long k = 0; k < draws; ++k) u[k] = (static_cast<double>(drawn[k]) + 0.5) * 0x1p-31 - 1.0;
    if (a.moves())
      move(a, u, from, image, lines);
    else
      for (long p = 0; p < pixels; ++p) image[p] = static_cast<double>(from[p]);
    if (a.cutout != 0 || a.contrast != 0) {
      double sum = 0;
      for (long p = 0; p < pixels; ++p) sum += image[p];
      const double mean = sum / static_cast<double>(pixels);
      if (a.cutout != 0) {
        const double h = static_cast<double>(a.rows), w = static_cast<double>(a.columns),
                     half = a.cutout * std::min(h, w) / 2;
        const double middle_y = (u[8] + 1) * h / 2, middle_x = (u[9] + 1) * w / 2;
        for (long r = 0; r < a.rows; ++r)
          for (long c = 0; c < a.columns; ++c)
            if (std::abs(static_cast<double>(r) + 0.5 - middle_y) < half &&
                std::abs(static_cast<double>(c) + 0.5 - middle_x) < half)
              std::fill_n(image + (r * a.columns + c) * a.channels, a.channels, mean);
      }
      if (a.contrast != 0) {
        const double factor = 1 + a.contrast * u[6];
        for (long p = 0; p < pixels; ++p) image[p] = mean + (image[p] - mean) * factor;
      }
    }
    if (a.brightness != 0) {
      const double more = a.brightness * u[7];
      for (long p = 0; p < pixels; ++p) image[p] = image[p] + more;
    }
    if (a.noise != 0) {
      long first = 0;  // the first word at hand
      for (long p = 0; p < pixels; ++p) {
        const long word = draws + p;
        if (word >= first + words_at_once) {
          first += words_at_once;
          active_scalars().random_words(address, static_cast<std::uint32_t>(first / 4), drawn);
        }
        const std::uint32_t bytes = drawn[word - first];
        const std::uint32_t total = (bytes & 255) + (bytes >> 8 & 255) + (bytes >> 16 & 255) + (bytes >> 24);
        image[p] = image[p] + a.noise * ((static_cast<double>(total) - 510.0) * bell);
      }
    }
    for (long p = 0; p < pixels; ++p) to[p * stride + i] = static_cast<T>(image[p]);
  }
  for (long p = 0; p < pixels; ++p)
    for (long i = rows.count; i < stride; ++i) to[p * stride + i] = to[p * stride + rows.count - 1];
}

template void augment<float>(const Regularization<float>&, const Rows<float>&, long, float*, long, double*);
template void augment<double>(const Regularization<double>&, const Rows<double>&, long, double*, long, double*);

}  // namespace glassnet
