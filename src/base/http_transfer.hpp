#pragma once

#include "assay/base/http.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace assay::http {

/// How one exchange with a server ended.
struct Exchange {
    Response response;      ///< status 0 where no whole answer came
    std::string failure;    ///< what happened then, and what to do
    bool may_pass = false;  ///< whether another attempt could go better
};

/// Open connections that wait to be used again. Slots are taken and filled without a lock, so that a child forked at
/// any moment finds no lock held; connections of the parent are left alone there.
class ConnectionPool {
  public:
    struct Connection;

    ConnectionPool() = default;
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;
    ~ConnectionPool();

    Connection* take();
    void give_back(Connection* connection);

  private:
    std::array<std::atomic<Connection*>, 16> slots_{};
};

/// Sends a request once and reads the answer.
/// @param identity  who sends it; the credentials in `options` are not looked at
/// @param timeout  for the whole exchange; 0 for none
Exchange exchange(ConnectionPool& pool, const ClientOptions& options, const Request& request, const Identity& identity,
                  std::chrono::milliseconds timeout);

}  // namespace assay::http
