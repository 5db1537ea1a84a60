#include "assay/base/thread_pool.hpp"

#include "assay/base/detail/cpu_limit.hpp"
#include "assay/base/detail/wait.hpp"
#include "assay/base/error.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>

namespace assay {
namespace {

thread_local bool inside_task = false;

/// One call of run_blocks, on its caller's stack. Workers join while it is in the pool's list.
struct Job {
    index count;
    void* context;
    void (*body)(void*, index);
    int helpers_wanted;

    std::atomic<index> next{0};
    std::mutex error_mutex{};  // guards the next two
    index first_failed;
    std::exception_ptr error{};

    int helpers = 0;  // workers inside; guarded by the pool's mutex, like the list
    Job* following = nullptr;

    Job(index n, void* ctx, void (*fn)(void*, index), int wanted)
        : count(n), context(ctx), body(fn), helpers_wanted(wanted), first_failed(n) {}

    bool open() const { return helpers < helpers_wanted && next.load(std::memory_order_relaxed) < count; }

    /// Takes blocks in order until none is left. A failure ends the taking; blocks before the failed one were taken
    /// earlier and still run. So the error that survives is the first by position, whatever the timing.
    void work() {
        for (index block; (block = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
            try {
                body(context, block);
            } catch (...) {
                next.store(count, std::memory_order_relaxed);
                const std::lock_guard lock(error_mutex);
                if (block >= first_failed) continue;
                first_failed = block;
                error = std::current_exception();
            }
        }
    }
};

/// Never destroyed: workers may wait in it while the process ends. After fork() it is made anew in place, because the
/// child has none of its threads and its condition variables remember waiters that do not exist.
class Pool {
  public:
    static Pool& instance() {
        static const bool made = [] {
            ::new (storage) Pool;
            pthread_atfork([] { pool().mutex_.lock(); }, [] { pool().mutex_.unlock(); },
                           [] { ::new (storage) Pool(pool().generation_ + 1); });
            return true;
        }();
        static_cast<void>(made);
        return pool();
    }

    void run(Job& job) {
        std::unique_lock lock(mutex_);
        const unsigned generation = generation_;
        start_workers(job.helpers_wanted);
        job.following = jobs_;
        jobs_ = &job;
        lock.unlock();
        for (int i = 0; i < job.helpers_wanted; ++i) work_waits_.notify_one();

        inside_task = true;
        job.work();
        inside_task = false;

        lock.lock();
        if (generation != generation_) {
            throw StateError(
                "thread pool: the process was forked inside a parallel task and the child went on with "
                "it; call _exit or exec in such a child");
        }
        remove(job);
        detail::wait(job_left_, lock, [&] { return job.helpers == 0; });
    }

  private:
    Pool() = default;
    explicit Pool(unsigned generation) : generation_(generation) {}

    static Pool& pool() { return *std::launder(reinterpret_cast<Pool*>(storage)); }

    /// A machine that refuses another thread leaves fewer workers; the caller does the work then.
    void start_workers(int wanted) {
        try {
            for (; workers_ < wanted; ++workers_) std::thread([this] { serve(); }).detach();
        } catch (const std::system_error&) {
        }
    }

    void serve() {
        inside_task = true;
        std::unique_lock lock(mutex_);
        for (;;) {
            Job* job = jobs_;
            while (job != nullptr && !job->open()) job = job->following;
            if (job == nullptr) {
                work_waits_.wait_for(lock, std::chrono::hours(1));  // see detail/wait.hpp
                continue;
            }
            ++job->helpers;
            lock.unlock();
            job->work();
            lock.lock();
            if (--job->helpers == 0) job_left_.notify_all();
        }
    }

    void remove(Job& job) {
        Job** link = &jobs_;
        while (*link != &job) link = &(*link)->following;
        *link = job.following;
    }

    alignas(std::max_align_t) static unsigned char storage[];

    std::mutex mutex_{};
    std::condition_variable work_waits_{};
    std::condition_variable job_left_{};
    Job* jobs_ = nullptr;
    int workers_ = 0;
    unsigned generation_ = 0;
};

alignas(std::max_align_t) unsigned char Pool::storage[sizeof(Pool)];

std::atomic<int> thread_count{0};

}  // namespace

int num_threads() {
    int count = thread_count.load(std::memory_order_relaxed);
    if (count == 0) {
        const int initial = detail::initial_num_threads(std::getenv("ASSAY_NUM_THREADS"));
        count = thread_count.compare_exchange_strong(count, initial) ? initial : count;
    }
    return count;
}

void set_num_threads(int count) {
    if (count < 1) {
        throw ValueError("set_num_threads: expected at least 1 thread, got " + std::to_string(count));
    }
    thread_count.store(count, std::memory_order_relaxed);
}

void detail::run_blocks(index count, void* context, void (*body)(void*, index)) {
    const int threads = inside_task || count < 2 ? 1 : num_threads();
    if (threads == 1) {
        for (index block = 0; block < count; ++block) body(context, block);
        return;
    }
    Job job(count, context, body, static_cast<int>(threads - 1 < count - 1 ? threads - 1 : count - 1));
    Pool::instance().run(job);
    if (job.error) std::rethrow_exception(job.error);
}

void run_tasks(std::span<const std::function<void()>> tasks) {
    parallel_for(static_cast<index>(tasks.size()), 1,
                 [&](index begin, index) { tasks[static_cast<std::size_t>(begin)](); });
}

}  // namespace assay
