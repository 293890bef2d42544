// A trainer and the arrays that it reads, as one Python object.
#pragma once
#include "../training/trainer.h"
#include "bindings.h"

namespace glassnet {

template <class T> struct TrainerHandle {
  std::vector<nb::object> kept;
  std::unique_ptr<Trainer<T>> trainer;
};

}  // namespace glassnet
