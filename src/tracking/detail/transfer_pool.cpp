#include "assay/tracking/detail/transfer_pool.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace assay::tracking::detail {
namespace {

class Work {
  public:
    Work(std::size_t count, int workers, const std::function<void(std::size_t)>& body, std::atomic<bool>& cancelled)
        : count_(count), body_(body), cancelled_(cancelled) {
        const auto most = std::min(count, static_cast<std::size_t>(std::max(workers, 1)));
        running_ = most;
        threads_.reserve(most);
        try {
            for (std::size_t i = 0; i < most; ++i) threads_.emplace_back([this] { take_all(); });
        } catch (const std::system_error&) {  // a machine that refuses another thread
            const std::lock_guard lock(mutex_);
            running_ -= most - threads_.size();
            if (threads_.empty()) throw;
        }
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work() {
        for (auto& thread : threads_) thread.join();
    }

    /// Waits a moment. @return whether all threads are done
    bool wait() {
        std::unique_lock lock(mutex_);
        done_.wait_for(lock, std::chrono::milliseconds(100), [this] { return running_ == 0; });
        return running_ == 0;
    }

    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

  private:
    void take_all() {
        for (std::size_t i; !cancelled_ && (i = next_.fetch_add(1)) < count_;) {
            try {
                body_(i);
            } catch (...) {
                const std::lock_guard lock(mutex_);
                if (!error_) error_ = std::current_exception();  // later ones fail because they were cancelled
                cancelled_ = true;
            }
        }
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) done_.notify_all();
    }

    std::size_t count_;
    const std::function<void(std::size_t)>& body_;
    std::atomic<bool>& cancelled_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t running_ = 0;
    std::exception_ptr error_;
    std::vector<std::thread> threads_;
};

}  // namespace

void run_transfers(std::size_t count, int workers, const std::function<void(std::size_t)>& body,
                   std::atomic<bool>& cancelled, const std::function<void()>& tick) {
    if (count == 0) return;
    std::exception_ptr stopped;
    {
        Work work(count, workers, body, cancelled);
        while (!work.wait()) {
            try {
                if (!stopped) tick();
            } catch (...) {
                stopped = std::current_exception();
                cancelled = true;
            }
        }
        if (!stopped) {
            cancelled = false;  // it was for the tasks of this call
            work.rethrow();
        }
    }
    if (stopped) std::rethrow_exception(stopped);
    tick();
}

}  // namespace assay::tracking::detail
