#include "tracking/databricks/storage_location.hpp"

#include <algorithm>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::databricks {
namespace {

std::string trim_slashes(std::string text) {
    while (!text.empty() && text.back() == '/') text.pop_back();
    text.erase(0, std::min(text.find_first_not_of('/'), text.size()));
    return text;
}

}  // namespace

std::string StorageLocation::below(std::string_view file) const {
    return path.empty() ? std::string(file) : path + "/" + std::string(file);
}

StorageLocation parse_location(std::string_view uri) {
    const auto scheme = uri.find("://");
    StorageLocation location;
    if (scheme != std::string_view::npos) {
        location.scheme = uri.substr(0, scheme);
        const auto begin = scheme + 3;
        const auto slash = std::min(uri.find('/', begin), uri.size());
        location.bucket = uri.substr(begin, slash - begin);
        location.path = uri.substr(slash);
    }
    const bool azure = location.scheme == "abfss" || location.scheme == "abfs";
    if (azure) {
        const auto at = location.bucket.find('@');
        location.account = at == std::string::npos ? std::string() : location.bucket.substr(at + 1);
        location.bucket.erase(std::min(at, location.bucket.size()));
        location.path = detail::decode_url(location.path);
    }
    location.path = trim_slashes(std::move(location.path));
    const bool known = azure || location.scheme == "s3" || location.scheme == "s3a" || location.scheme == "gs";
    if (!known || location.bucket.empty() || (azure && location.account.empty())) {
        throw ValueError("databricks: expected a storage location s3://…, abfss://container@account… or gs://…, got '" +
                         location.scheme + "'");
    }
    return location;
}

}  // namespace assay::tracking::databricks
