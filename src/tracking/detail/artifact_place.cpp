#include "assay/tracking/detail/artifact_place.hpp"

#include <algorithm>

#include "assay/base/error.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::detail {
namespace {

constexpr std::string_view own_scheme = "mlflow-artifacts:";
constexpr std::string_view proxy = "/api/2.0/mlflow-artifacts/artifacts";

std::string_view trim_slashes(std::string_view text) {
    while (!text.empty() && text.front() == '/') text.remove_prefix(1);
    while (!text.empty() && text.back() == '/') text.remove_suffix(1);
    return text;
}

/// "https://" of a URL.
std::string scheme_of(const std::string& url) { return url.substr(0, url.find("://") + 3); }

/// What stands behind the host of a URL: "/prefix" or nothing.
std::string prefix_of(const std::string& url) {
    const auto slash = url.find('/', scheme_of(url).size());
    return slash == std::string::npos ? std::string() : url.substr(slash);
}

ArtifactPlace at(const std::string& tracking_url, std::string server, std::string_view folder) {
    if (speaks_tls(tracking_url) && !speaks_tls(server)) {
        throw ValueError("artifacts: expected a place that is spoken to by https, as the tracking server is, got " +
                         http::loggable_url(server) +
                         ", to which they would travel in clear; start the server with an https or mlflow-artifacts:/ "
                         "place (--default-artifact-root)");
    }
    ArtifactPlace place{std::move(server), std::string(trim_slashes(folder))};
    place.tracking_server = http::same_origin(tracking_url, place.server);
    return place;
}

}  // namespace

bool speaks_tls(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    const auto same = [](char a, char b) { return (a | 0x20) == b || a == b; };
    return url.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), url.begin(),
                                                     [&](char expected, char got) { return same(got, expected); });
}

std::string ArtifactPlace::below(std::string_view path) const {
    const std::string_view inside = trim_slashes(path);
    if (inside.empty()) return folder;
    return folder.empty() ? std::string(inside) : folder + '/' + std::string(inside);
}

std::string ArtifactPlace::endpoint(std::string_view endpoint, std::string_view path) const {
    return "/api/2.0/mlflow-artifacts/" + std::string(endpoint) + '/' + encode_url(below(path), true);
}

ArtifactPlace find_place(const std::string& tracking_url, std::string_view uri) {
    if (uri.starts_with("http://") || uri.starts_with("https://")) {
        const auto mark = uri.find(proxy);
        if (mark != std::string_view::npos) {
            return at(tracking_url, std::string(uri.substr(0, mark)), uri.substr(mark + proxy.size()));
        }
    }
    if (!uri.starts_with(own_scheme)) {
        throw ValueError(
            "artifacts: expected a URI that the server's proxy serves (mlflow-artifacts:/…), got one of '" +
            std::string(uri.substr(0, std::min(uri.find(':'), uri.size()))) +
            ":', which only that store's own client can read and write; start the server with "
            "--serve-artifacts (experiments made before keep their place)");
    }
    std::string_view rest = uri.substr(own_scheme.size());
    if (!rest.starts_with("//")) return at(tracking_url, tracking_url, rest);
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    if (slash == 0) return at(tracking_url, tracking_url, rest);
    return at(tracking_url, scheme_of(tracking_url) + std::string(rest.substr(0, slash)) + prefix_of(tracking_url),
              rest.substr(slash));
}

void expect_inside(std::string_view path) {
    const bool absolute = path.empty() || path.front() == '/' || path.find('\\') != std::string_view::npos ||
                          path.find('\0') != std::string_view::npos;
    bool leaves = absolute;
    for (std::size_t begin = 0; !leaves && begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, end - begin);
        leaves = part == ".." || part == "." || part.empty();
        begin = end + 1;
    }
    if (!leaves) return;
    throw ValueError("artifacts: expected a path below the folder, such as notes/a.txt, got one that leads elsewhere");
}

std::string folder_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

}  // namespace assay::tracking::detail
