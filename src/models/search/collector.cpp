#include "models/search/collector.hpp"

#include <algorithm>

namespace assay::models::search {
namespace {

/// What may wait for each answer that is asked for, and in all: twelve bytes each, for each query and worker.
constexpr std::size_t kFirstRoom = 256;
constexpr std::size_t kMostRoom = 8192;
/// Rows fetched ahead while one is scored.
constexpr std::size_t kAhead = 4;

}  // namespace

Collector::Collector(index k, float least)
    : k_(static_cast<std::size_t>(k)), threshold_(least), limit_(kFirstRoom + 2 * k_) {}

void Collector::shrink(const Scorer& score) {
    tighten();
    if (pending_.size() <= limit_ / 2) return;
    if (limit_ < kMostRoom) {
        limit_ *= 2;
    } else {
        settle(score);
    }
}

void Collector::tighten() {
    if (k_ > 0 && pending_.size() >= k_) {
        std::vector<float> lowers(pending_.size());
        std::transform(pending_.begin(), pending_.end(), lowers.begin(), [](const Candidate& c) { return c.lower; });
        const auto kth = lowers.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
        std::nth_element(lowers.begin(), kth, lowers.end(), std::greater<>());
        raise(*kth);
    }
    std::erase_if(pending_, [this](const Candidate& c) { return c.upper < threshold_; });
}

void Collector::merge(Collector& other) {
    raise(other.threshold_);
    pending_.insert(pending_.end(), other.pending_.begin(), other.pending_.end());
    for (const Hit& hit : other.hits_) add(hit);
    scored_ += other.scored_;
    other.pending_.clear();
    other.hits_.clear();
}

void Collector::settle(const Scorer& score) {
    tighten();
    std::sort(pending_.begin(), pending_.end(),
              [](const Candidate& a, const Candidate& b) { return a.upper > b.upper; });
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        if (pending_[i].upper < threshold_) break;
        if (i + kAhead < pending_.size()) score.prefetch(pending_[i + kAhead].slot);
        add(score(pending_[i].slot));
        ++scored_;
    }
    pending_.clear();
}

void Collector::add(const Hit& hit) {
    if (!(hit.score >= threshold_)) return;  // NaN, from a damaged file that was not verified, is no answer either
    if (k_ == 0) {
        hits_.push_back(hit);
        return;
    }
    if (hits_.size() == k_) {
        if (!better(hit, hits_.front())) return;
        std::pop_heap(hits_.begin(), hits_.end(), better);
        hits_.pop_back();
    }
    hits_.push_back(hit);
    std::push_heap(hits_.begin(), hits_.end(), better);
    if (hits_.size() == k_) raise(hits_.front().score);
}

std::vector<Hit> Collector::sorted_hits() {
    std::sort(hits_.begin(), hits_.end(), better);
    return std::move(hits_);
}

}  // namespace assay::models::search
