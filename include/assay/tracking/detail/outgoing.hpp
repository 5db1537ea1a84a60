#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "assay/base/index.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/record.hpp"
#include "assay/tracking/sync.hpp"

namespace assay::tracking::detail {

/// Something to be sent with log-batch, and the records that it stands for.
struct Outgoing {
    RecordKind kind{};  ///< metric, param or tag
    MetricPoint point;  ///< of a metric
    KeyValue pair;      ///< of the others
    std::vector<std::uint64_t> sequences;

    const std::string& key() const noexcept { return kind == RecordKind::metric ? point.key : pair.key; }
};

/// Cuts items into batches within MLflow's limits, order kept. NaNs go into batches of their own: some servers answer
/// a repeated NaN with 400, which must not hold up the rest.
std::vector<std::vector<Outgoing>> make_batches(const std::vector<Outgoing>& items);

/// Sends batches of one run. What the server refuses for good is found by halving.
class BatchSender {
  public:
    using Delivered = std::function<void(const Outgoing&)>;
    using Refused = std::function<void(const Outgoing&, const MlflowError&)>;

    BatchSender(const MlflowClient& client, const SyncOptions& options, Delivered delivered, Refused refused)
        : client_(client), options_(options), delivered_(std::move(delivered)), refused_(std::move(refused)) {}

    /// @throws MlflowError where the error concerns the run or is transient, StateError if the run is deleted there,
    ///         HttpError, AuthError
    void send(const std::string& server_run, const std::vector<Outgoing>& items) const {
        send(server_run, items, false);
    }

  private:
    void send(const std::string& server_run, const std::vector<Outgoing>& items, bool known_active) const;
    void expect_active(const std::string& server_run) const;
    bool holds_point(const std::string& server_run, const MetricPoint& point) const;

    const MlflowClient& client_;
    const SyncOptions& options_;
    Delivered delivered_;
    Refused refused_;
};

}  // namespace assay::tracking::detail
