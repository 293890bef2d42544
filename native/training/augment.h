// Augmentation: the twin of glassnet.formulas.augmentation, one image at a time, in double precision.
#pragma once
#include "../kernels/interface.h"

namespace glassnet {

// How strongly images are changed; 0 where they are not. Angles are given by the tangent of half of them.
struct Augmentation {
  double scale = 0, turn = 0, flip = 0, flip_rows = 0, shift = 0, cutout = 0, contrast = 0, brightness = 0, noise = 0;
  long rows = 0, columns = 0, channels = 0;

  bool there() const { return rows > 0; }
  bool moves() const { return scale != 0 || turn != 0 || flip != 0 || flip_rows != 0 || shift != 0; }
  long pixels() const { return rows * columns * channels; }
};

// The images of a block of rows as its member sees them in an epoch: to[number * stride + i].
template <class T>
void augment(const Regularization<T>& of_member, const Rows<T>& rows, long inputs, T* to, long stride, double* scratch);

// Doubles that `augment` needs as scratch.
inline long augment_scratch(const Augmentation& a) { return a.there() ? a.pixels() + 4 * (a.rows + a.columns) : 0; }

}  // namespace glassnet
