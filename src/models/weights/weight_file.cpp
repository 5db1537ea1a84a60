#include "assay/models/weights/weight_file.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "assay/base/error.hpp"
#include "models/weights/weight_contents.hpp"

namespace assay::models {

static_assert(std::endian::native == std::endian::little, "weight files are little-endian and are not copied");

WeightFile::WeightFile(std::shared_ptr<const detail::WeightContents> contents) : contents_(std::move(contents)) {}

namespace {

using detail::WeightContents;

constexpr const char* kConversion =
    "python -c \"import torch; torch.save(torch.load('OLD.bin', map_location='cpu', weights_only=True), 'NEW.bin')\"";

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() &&
           std::equal(magic.begin(), magic.end(), bytes.begin(),
                      [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

void sort_names(WeightContents& contents) {
    contents.by_name.resize(contents.tensors.size());
    std::iota(contents.by_name.begin(), contents.by_name.end(), std::size_t{0});
    std::sort(contents.by_name.begin(), contents.by_name.end(),
              [&](std::size_t a, std::size_t b) { return contents.tensors[a].name < contents.tensors[b].name; });
}

std::shared_ptr<const WeightContents> read_weights(std::shared_ptr<WeightContents> contents,
                                                   std::span<const std::byte> bytes, const std::string& where) {
    if (bytes.empty()) throw IoError(where + ": expected weights, got an empty file");
    if (begins_with(bytes, "PK\x03\x04")) {
        detail::read_torch_archive(bytes, where, *contents);
    } else if (begins_with(bytes, "\x80\x02")) {
        throw IoError(
            where +
            ": expected a zip archive of PyTorch 1.6 or later, got the older format; convert it with: " + kConversion);
    } else if (bytes.size() > 8 && bytes[8] != std::byte{'{'}) {
        throw IoError(where + ": expected a .safetensors file or a PyTorch .bin, got another kind of file");
    } else {
        detail::read_safetensors(bytes, where, *contents);
    }
    sort_names(*contents);
    return contents;
}

}  // namespace

WeightFile WeightFile::open(const std::filesystem::path& path) {
    auto contents = std::make_shared<WeightContents>();
    contents->file = MappedFile(path);
    const std::span<const std::byte> bytes = contents->file.bytes();
    return WeightFile(read_weights(std::move(contents), bytes, path.string()));
}

WeightFile WeightFile::from_bytes(std::string bytes, const std::string& name) {
    auto contents = std::make_shared<WeightContents>();
    contents->memory = std::move(bytes);
    const std::span<const std::byte> memory = std::as_bytes(std::span(contents->memory));
    return WeightFile(read_weights(std::move(contents), memory, name));
}

const std::vector<WeightView>& WeightFile::tensors() const noexcept { return contents_->tensors; }

const WeightView* WeightFile::find(std::string_view name) const noexcept {
    const auto& tensors = contents_->tensors;
    const auto& order = contents_->by_name;
    const auto at = std::lower_bound(order.begin(), order.end(), name,
                                     [&](std::size_t i, std::string_view wanted) { return tensors[i].name < wanted; });
    return at != order.end() && tensors[*at].name == name ? &tensors[*at] : nullptr;
}

const std::map<std::string, std::string>& WeightFile::metadata() const noexcept { return contents_->metadata; }

std::shared_ptr<const void> WeightFile::owner() const noexcept { return contents_; }

}  // namespace assay::models
