#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// What a thread must hold to touch a member or to call a function, checked where clang compiles
// (-Wthread-safety); constructors and destructors are not checked. Other compilers see nothing.
// Source: clang.llvm.org/docs/ThreadSafetyAnalysis.html
#ifdef __clang__
#define PIDIGREE_THREAD_ATTRIBUTE(...) __attribute__((__VA_ARGS__))
#else
#define PIDIGREE_THREAD_ATTRIBUTE(...)
#endif
#define CAPABILITY(name) PIDIGREE_THREAD_ATTRIBUTE(capability(name))
#define SCOPED_CAPABILITY PIDIGREE_THREAD_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(mutex) PIDIGREE_THREAD_ATTRIBUTE(guarded_by(mutex))
#define REQUIRES(...) PIDIGREE_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) PIDIGREE_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) PIDIGREE_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))

namespace pidigree {

// A mutex that the compiler knows: members that it guards are GUARDED_BY it.
class CAPABILITY("mutex") Mutex {
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a mutex as long as it lives, but between Unlock() and Lock().
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() RELEASE() = default;

  void Lock() ACQUIRE() { lock_.lock(); }
  void Unlock() RELEASE() { lock_.unlock(); }

 private:
  friend class ConditionVariable;
  std::unique_lock<std::mutex> lock_;
};

// Who waits gives the mutex away meanwhile. A wait may end for no reason: it stands in a loop that
// looks at what is waited for, which the compiler checks there, as it cannot in a lambda.
class ConditionVariable {
 public:
  void Wait(MutexLock& lock) { changed_.wait(lock.lock_); }
  // False once `deadline` is past.
  bool WaitUntil(MutexLock& lock, std::chrono::steady_clock::time_point deadline) {
    return changed_.wait_until(lock.lock_, deadline) == std::cv_status::no_timeout;
  }
  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace pidigree
