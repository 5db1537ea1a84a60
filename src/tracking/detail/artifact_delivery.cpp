#include "assay/tracking/detail/artifact_delivery.hpp"

#include <algorithm>
#include <exception>
#include <set>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/artifact_place.hpp"
#include "assay/tracking/detail/file_hash.hpp"
#include "assay/tracking/detail/patience.hpp"

namespace assay::tracking::detail {

void ArtifactDelivery::deliver(const ServerRun& run, const std::vector<PendingArtifact>& artifacts) {
    Versions waiting;
    for (const auto& artifact : artifacts) waiting[artifact.record.path].push_back(artifact);
    for (Patience patience(options_); !waiting.empty();) {
        std::vector<std::string> sent;
        try {
            sent = send(run, waiting);
        } catch (const MlflowError& e) {
            // An answer that a later one may differ from; the HTTP client has been patient with the others.
            const bool unseen = e.status() == 400 || (e.status() >= 200 && e.status() < 300);
            if (!e.transient() || !unseen || !patience.wait()) throw;
            continue;
        }
        if (waiting.empty()) return;
        confirm(run, waiting, sent);
        const bool lost = std::any_of(sent.begin(), sent.end(), [&](const auto& path) { return waiting.count(path); });
        if (lost && !patience.wait()) {
            throw MlflowError(
                "MLflow: uploaded artifacts are not listed with their size; is a proxy or a login page in between?",
                200, "", "", true);
        }
    }
}

/// Sends the last version under each path.
/// @return the paths that the server took
std::vector<std::string> ArtifactDelivery::send(const ServerRun& run, Versions& waiting) {
    std::vector<ArtifactUpload> files;
    for (const auto& [path, versions] : waiting) {
        const std::string& hash = versions.back().record.sha256;
        files.push_back({path, contents_.path(hash), hash});
    }
    const auto outcomes = artifacts_.upload_all(run.artifact_uri, files);
    std::vector<std::string> sent;
    std::exception_ptr stopped;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string& path = files[i].path;
        auto& versions = waiting.at(path);
        if (!outcomes[i].error) {
            sent.push_back(path);
            continue;
        }
        const Settled settled = settle(run, versions.back(), outcomes[i].error);
        if (settled == Settled::no) stopped = outcomes[i].error;
        if (settled == Settled::set_aside) versions.pop_back();
        if (settled == Settled::waits || versions.empty()) waiting.erase(path);
    }
    if (stopped) {
        confirm(run, waiting, sent);  // what did arrive need not go again
        std::rethrow_exception(stopped);
    }
    return sent;
}

/// Sets aside what will never be taken.
ArtifactDelivery::Settled ArtifactDelivery::settle(const ServerRun& run, const PendingArtifact& artifact,
                                                   const std::exception_ptr& error) {
    const auto refuse = [&](const std::string& code, const std::string& words) {
        refused_(artifact.sequence, artifact.record, code, words);
        artifacts_.abandon_upload(run.artifact_uri, artifact.record.path, artifact.record.sha256);
        return Settled::set_aside;
    };
    try {
        std::rethrow_exception(error);
    } catch (const AuthError&) {
        return Settled::no;
    } catch (const MlflowError& e) {
        return e.transient() ? Settled::no : refuse(e.error_code(), e.server_words());
    } catch (const DamagedContent&) {
        return refuse("", "its content is missing from the journal or damaged");
    } catch (const IoError& e) {
        std::error_code unknown;
        const bool missing = !std::filesystem::exists(contents_.path(artifact.record.sha256), unknown) && !unknown;
        if (missing) return refuse("", "its content is missing from the journal or damaged");
        unreadable_(artifact.record, e.what());
        return Settled::waits;
    } catch (const std::exception&) {
        return Settled::no;
    }
}

// The server's answer to an upload is empty whether it kept the file or not; its listing is not.
void ArtifactDelivery::confirm(const ServerRun& run, Versions& waiting, const std::vector<std::string>& sent) {
    std::map<std::string, std::int64_t> sizes;
    std::set<std::string> folders;
    for (const auto& path : sent) folders.insert(folder_of(path));
    for (const auto& folder : folders) {
        const auto files = patiently(options_, [&] { return client_.list_artifacts(run.id, folder); });
        for (const auto& file : files) sizes[file.path] = file.size;
    }
    for (const auto& path : sent) {
        auto& versions = waiting.at(path);
        const auto found = sizes.find(path);
        if (found == sizes.end() || found->second != versions.back().record.size) continue;
        delivered_(versions.back().sequence, true);
        versions.pop_back();
        for (const auto& replaced : versions) {
            delivered_(replaced.sequence, false);
            artifacts_.abandon_upload(run.artifact_uri, path, replaced.record.sha256);
        }
        waiting.erase(path);
    }
}

}  // namespace assay::tracking::detail
