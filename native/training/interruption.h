// How a step that lasts long ends early: the caller's thread asks between blocks of rows, and the others follow.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>

#include "../kernels/interface.h"

namespace glassnet {

struct Interrupted {};  // what the threads throw that follow

class Interruption {
 public:
  // `ask` throws to end the work; it is called on the caller's thread only, every few milliseconds.
  void begin(std::function<void()> ask) {
    ask_ = std::move(ask), ended_ = false;
    next_ = Clock::now() + pause;
  }

  // From now on the blocks of this workspace ask, or follow.
  template <class T> void watch(Workspace<T>& workspace, int worker) {
    workspace.between_blocks = worker == 0 ? &ask : &follow;
    workspace.context = this;
  }

 private:
  static void ask(void* self) {
    auto& here = *static_cast<Interruption*>(self);
    const auto now = Clock::now();
    if (!here.ask_ || now < here.next_) return;
    here.next_ = now + pause;
    try {
      here.ask_();
    } catch (...) {
      here.ended_ = true;
      throw;
    }
  }

  static void follow(void* self) {
    if (static_cast<Interruption*>(self)->ended_) throw Interrupted{};
  }

  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds pause{20};
  std::function<void()> ask_;
  std::atomic<bool> ended_{false};
  Clock::time_point next_;
};

}  // namespace glassnet
