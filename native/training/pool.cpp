#include "pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#if defined(_WIN32)
#include <process.h>
#define getpid _getpid
#else
#include <unistd.h>
#endif

namespace glassnet {
namespace {

// The products of a step follow each other within microseconds, and to fall asleep and wake up takes longer: so whoever
// waits looks for a short while first.
constexpr std::chrono::microseconds watch{50};

template <class Done> void watch_for(Done done) {
  const auto end = std::chrono::steady_clock::now() + watch;
  while (!done() && std::chrono::steady_clock::now() < end)
    for (int i = 0; i < 16 && !done(); ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

class Pool {
 public:
  void run(int workers, const std::function<void(int)>& work) {
    std::lock_guard<std::mutex> one_caller(caller_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (static_cast<int>(threads_.size()) < workers - 1) {
        const int worker = static_cast<int>(threads_.size()) + 1;
        threads_.emplace_back([this, worker, seen = round_.load()] { live(worker, seen); });
      }
      work_ = &work, workers_ = workers, pending_ = workers - 1, failure_ = nullptr;
      ++round_;
    }
    wake_.notify_all();
    std::exception_ptr own;
    try {
      work(0);
    } catch (...) {
      own = std::current_exception();
    }
    watch_for([this] { return pending_ == 0; });
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return pending_ == 0; });
    if (own) std::rethrow_exception(own);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  [[noreturn]] void live(int worker, unsigned long seen) {
    inside_work() = true;
    for (;;) {
      watch_for([&] { return round_ != seen; });
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return round_ != seen; });
      seen = round_;
      if (worker >= workers_) continue;
      const auto* work = work_;
      lock.unlock();
      std::exception_ptr failure;
      try {
        (*work)(worker);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure) failure_ = failure;
      if (--pending_ == 0) done_.notify_one();
    }
  }

 public:
  static bool& inside_work() {
    thread_local bool inside = false;
    return inside;
  }

 private:
  std::mutex caller_, mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> threads_;
  const std::function<void(int)>* work_ = nullptr;
  int workers_ = 0;
  std::atomic<int> pending_ = 0;
  std::atomic<unsigned long> round_ = 0;
  std::exception_ptr failure_;
};

// Threads do not survive a fork, so each process has its own pool. Pools are never destroyed: their threads sleep
// until the process ends.
Pool& pool_of_this_process() {
  static std::mutex mutex;
  static Pool* pool = nullptr;
  static long owner = 0;
  std::lock_guard<std::mutex> lock(mutex);
  if (pool == nullptr || owner != static_cast<long>(getpid())) {
    pool = new Pool;
    owner = static_cast<long>(getpid());
  }
  return *pool;
}

}  // namespace

void in_parallel(int workers, const std::function<void(int)>& work) {
  if (workers <= 1 || Pool::inside_work()) {
    for (int worker = 0; worker < workers; ++worker) work(worker);
    return;
  }
  pool_of_this_process().run(workers, work);
}

}  // namespace glassnet
