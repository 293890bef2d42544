// A trainer and the arrays that it reads, as one Python object.
#pragma once
#include <atomic>
#include <stdexcept>

#include "../training/trainer.h"
#include "checks.h"

namespace glassnet {

template <class T> struct TrainerHandle {
  std::vector<nb::object> kept;
  std::unique_ptr<Trainer<T>> trainer;
  mutable std::atomic<bool> busy{false};
};

// A trainer while one caller works with it. Steps are taken without the interpreter lock, so another thread may ask for
// something at that moment; the Python side lets callers wait for each other, and who comes without it is refused.
template <class T> class Turn {
 public:
  explicit Turn(const TrainerHandle<T>& handle) : handle_(handle) {
    if (handle.busy.exchange(true)) throw std::runtime_error("the training is at work in another thread");
  }
  ~Turn() { handle_.busy = false; }
  Turn(const Turn&) = delete;
  Trainer<T>& operator*() const { return *handle_.trainer; }
  Trainer<T>* operator->() const { return handle_.trainer.get(); }

 private:
  const TrainerHandle<T>& handle_;
};

}  // namespace glassnet
