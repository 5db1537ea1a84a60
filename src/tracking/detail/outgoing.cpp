#include "assay/tracking/detail/outgoing.hpp"

#include <cmath>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/patience.hpp"

namespace assay::tracking::detail {
namespace {

constexpr index max_items = 1000;
constexpr index max_pairs = 100;      // of params, and of tags
constexpr index max_bytes = 900'000;  // of the server's 1,000,000, for what surrounds the items

/// An upper bound of an item's JSON: a byte may become \u00xx.
index json_bytes(const Outgoing& item) noexcept {
    const auto text = [](const std::string& s) {
        index bytes = 0;
        for (const char c : s) bytes += static_cast<unsigned char>(c) < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
        return bytes;
    };
    return 120 + text(item.key()) + text(item.pair.value);
}

bool is_nan(const Outgoing& item) noexcept { return item.kind == RecordKind::metric && std::isnan(item.point.value); }

struct Filling {
    std::vector<Outgoing> items;
    index bytes = 0;
    index params = 0;
    index tags = 0;

    bool takes(const Outgoing& item) const noexcept {
        if (items.empty()) return true;
        return static_cast<index>(items.size()) < max_items && bytes + json_bytes(item) <= max_bytes &&
               (item.kind != RecordKind::param || params < max_pairs) &&
               (item.kind != RecordKind::tag || tags < max_pairs);
    }

    void add(Outgoing item) {
        bytes += json_bytes(item);
        params += item.kind == RecordKind::param;
        tags += item.kind == RecordKind::tag;
        items.push_back(std::move(item));
    }
};

}  // namespace

std::vector<std::vector<Outgoing>> make_batches(const std::vector<Outgoing>& items) {
    std::vector<std::vector<Outgoing>> batches;
    for (const bool nan : {false, true}) {
        Filling filling;
        for (const auto& item : items) {
            if (is_nan(item) != nan) continue;
            if (!filling.takes(item)) {
                batches.push_back(std::move(filling.items));
                filling = {};
            }
            filling.add(item);
        }
        if (!filling.items.empty()) batches.push_back(std::move(filling.items));
    }
    return batches;
}

void BatchSender::send(const std::string& server_run, const std::vector<Outgoing>& items, bool known_active) const {
    Batch batch;
    for (const auto& item : items) {
        if (item.kind == RecordKind::metric) batch.metrics.push_back(item.point);
        if (item.kind == RecordKind::param) batch.params.push_back(item.pair);
        if (item.kind == RecordKind::tag) batch.tags.push_back(item.pair);
    }
    try {
        patiently(options_, [&] { client_.log_batch(server_run, batch); });
    } catch (const MlflowError& e) {
        if (e.transient() || e.status() == 404) throw;
        if (!known_active) expect_active(server_run);
        if (items.size() == 1) {
            const auto& item = items.front();
            if (is_nan(item) && holds_point(server_run, item.point)) {
                delivered_(item);
            } else {
                refused_(item, e);
            }
            return;
        }
        const auto middle = items.begin() + static_cast<index>(items.size() / 2);
        send(server_run, {items.begin(), middle}, true);
        send(server_run, {middle, items.end()}, true);
        return;
    }
    for (const auto& item : items) delivered_(item);
}

// A run that was deleted refuses everything; its records wait for its return instead of being set aside.
void BatchSender::expect_active(const std::string& server_run) const {
    const auto run = patiently(options_, [&] { return client_.get_run(server_run); });
    if (run.lifecycle_stage.empty() || run.lifecycle_stage == "active") return;
    throw StateError("it is deleted on the server; restore it there, or deliver from scratch to a new one");
}

bool BatchSender::holds_point(const std::string& server_run, const MetricPoint& point) const {
    std::string token;
    do {
        const auto page = patiently(options_, [&] { return client_.metric_history(server_run, point.key, token); });
        for (const auto& held : page.items) {
            if (held.timestamp == point.timestamp && held.step == point.step && std::isnan(held.value)) return true;
        }
        token = page.next;
    } while (!token.empty());
    return false;
}

}  // namespace assay::tracking::detail
