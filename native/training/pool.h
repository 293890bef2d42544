// A small pool of threads. Work is `workers` calls of one function; the caller's thread is worker 0.
#pragma once
#include <functional>

namespace glassnet {

// Calls work(0) .. work(workers - 1), each on a thread of its own, and returns when all are done. Threads are kept for
// the next call. After a fork the child starts with a fresh pool. Calls from inside `work` run one after the other.
void in_parallel(int workers, const std::function<void(int)>& work);

}  // namespace glassnet
