#pragma once

#include "assay/base/secret.hpp"

#include <string>
#include <utility>
#include <vector>

namespace assay::http {

/// How a client says who it is: nothing, a bearer token, or (where `user` is set) basic authentication.
struct Credentials {
    std::string user;
    Secret secret;

    static Credentials bearer(Secret token) { return {{}, std::move(token)}; }
    static Credentials basic(std::string user, Secret password) { return {std::move(user), std::move(password)}; }
    bool empty() const noexcept { return user.empty() && secret.empty(); }
};

/// What one request carries to say who sends it.
struct Identity {
    Credentials credentials;
    std::vector<std::pair<std::string, Secret>> headers{};  ///< further headers whose values are secrets
};

/// Credentials that change while a client lives: tokens that expire and are fetched anew.
///
/// Both methods are called by every thread that sends, at once.
class CredentialProvider {
  public:
    virtual ~CredentialProvider() = default;

    /// What the next attempt carries; asked before each. @throws AuthError or HttpError where there is none to be had
    virtual Identity identity() = 0;

    /// Called once for a request that was answered with 401.
    /// @param refused  what that request carried
    /// @return whether identity() gives something else now, so that the request is worth sending again
    virtual bool renew(const Identity& refused) = 0;
};

}  // namespace assay::http
