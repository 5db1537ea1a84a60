#include "assay/tracking/detail/artifact_download.hpp"

#include "assay/base/error.hpp"
#include "assay/tracking/detail/incoming_file.hpp"
#include "assay/tracking/detail/ranged_download.hpp"
#include "assay/tracking/detail/store_download.hpp"

namespace assay::tracking::detail {
namespace {

TransferredFile stream(const TransferContext& context, const std::string& path, ByteSink sink) {
    RangedDownload download(context.server.place.url(path), std::move(sink), context.meter);
    auto file = download.run([&context](const http::Request& request) { return context.server.transfer(request); });
    file.path = path;
    return file;
}

void expect_size(const Incoming& wanted, std::int64_t got) {
    if (!wanted.size || *wanted.size == got) return;
    throw HttpError("download: expected " + std::to_string(*wanted.size) + " bytes of " + wanted.path +
                    " as the server lists, got " + std::to_string(got) +
                    "; is a proxy or a login page in between, or was it replaced meanwhile?");
}

TransferredFile fetch(const TransferContext& context, const Incoming& wanted) {
    IncomingFile file(wanted.destination);
    ByteSink sink{[&file](std::string_view bytes) { file.write(bytes); }, [&file] { file.clear(); }};
    TransferredFile got = stream(context, wanted.path, std::move(sink));
    expect_size(wanted, got.size);
    file.keep();
    ++context.meter.files_done;
    return got;
}

std::optional<TransferredFile> fetch_parts(const TransferContext& context, const Incoming& wanted) {
    StoreDownload download(context, wanted.path, *wanted.size);
    if (!download.offered()) return std::nullopt;
    IncomingFile file(wanted.destination);
    TransferredFile got = download.run(file);
    file.keep();
    ++context.meter.files_done;
    return got;
}

}  // namespace

std::vector<FileInfo> list_below(const ArtifactServer& server, std::string_view path) {
    std::vector<FileInfo> files;
    std::vector<std::string> folders{std::string(path)};
    while (!folders.empty()) {
        const std::string folder = std::move(folders.back());
        folders.pop_back();
        for (auto& item : server.list(folder)) {
            if (item.is_folder) {
                folders.push_back(item.path);
            } else {
                files.push_back(std::move(item));
            }
        }
    }
    if (path.empty()) return files;
    // Of a file some stores list the file itself below its own name, others nothing.
    const std::string own = std::string(path) + '/' + std::string(path.substr(path.rfind('/') + 1));
    if (files.empty() || (files.size() == 1 && files.front().path == own)) {
        if (const auto size = server.listed_size(path)) return {{std::string(path), false, *size}};
    }
    return files;
}

std::vector<TransferredFile> download_all(const TransferContext& context, const std::vector<Incoming>& files) {
    std::vector<TransferredFile> got(files.size());
    std::vector<std::size_t> small;
    std::vector<std::size_t> large;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::int64_t size = files[i].size.value_or(0);
        context.meter.bytes += size;
        (size < context.options.multipart_from ? small : large).push_back(i);
    }
    context.meter.files += static_cast<index>(files.size());
    const auto small_one = [&](std::size_t i) { got[small[i]] = fetch(context, files[small[i]]); };
    run_transfers(small.size(), context.options.parallel, small_one, context.meter.cancelled, context.tick);
    for (const std::size_t i : large) {
        if (auto parts = fetch_parts(context, files[i])) {
            got[i] = std::move(*parts);
            continue;
        }
        const auto one = [&](std::size_t) { got[i] = fetch(context, files[i]); };
        run_transfers(1, 1, one, context.meter.cancelled, context.tick);
    }
    return got;
}

TransferredFile measure(const TransferContext& context, const std::string& path) { return stream(context, path, {}); }

}  // namespace assay::tracking::detail
