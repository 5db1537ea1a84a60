#include "tracking/databricks/download.hpp"

#include <fstream>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;

/// Removes a file that did not become whole.
struct Partial {
    fs::path path;
    bool keep = false;

    Partial(const Partial&) = delete;
    Partial& operator=(const Partial&) = delete;
    explicit Partial(fs::path where) : path(std::move(where)) {}
    ~Partial() {
        std::error_code ignored;
        if (!keep) fs::remove(path, ignored);
    }
};

}  // namespace

void download_to(const fs::path& destination, http::Request request,
                 const std::function<http::Response(const http::Request&)>& send) {
    Partial partial(fs::path(destination.string() + ".part"));
    std::ofstream out;
    request.before_attempt = [&](http::Request&) {
        out.close();
        out.clear();
        out.open(partial.path, std::ios::binary | std::ios::trunc);
        return false;
    };
    request.on_receive = [&](const http::Response&, std::string_view bytes) {
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    };
    if (destination.has_parent_path()) fs::create_directories(destination.parent_path());
    const auto response = send(request);
    out.close();
    if (!out)
        throw IoError("databricks: " + destination.string() + " cannot be written; check the folder and its space");
    const auto announced = response.header("Content-Length");
    if (announced && !response.header("Content-Encoding") &&
        std::to_string(fs::file_size(partial.path)) != std::string(*announced)) {
        throw HttpError("databricks: " + destination.filename().string() + " came cut off");
    }
    std::error_code error;
    fs::rename(partial.path, destination, error);
    if (error) throw IoError("databricks: " + destination.string() + " cannot be written: " + error.message());
    partial.keep = true;
}

}  // namespace assay::tracking::databricks
