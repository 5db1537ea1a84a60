#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/bitmap.hpp"
#include "assay/models/search/matches.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

namespace search {
struct Hit;
struct Request;
struct SearchSpace;
}  // namespace search

/// Exact nearest neighbours by inner product: of L2-normalised vectors, the cosine.
///
/// The score of a row is its inner product with the query, summed in double precision in one fixed order and rounded
/// once to float32. A scan over 8-bit copies of the rows bounds every score; only rows that the bound cannot exclude
/// are scored, so that the answer is that of a full scan: the same bits at any number of threads, batch size and
/// instruction set. Data where bounds exclude little (tight clusters) take longer and are answered as exactly.
///
/// Vectors are finite with a norm in [1e-9, 1e9]; they need not be normalised. Memory: 1.25 times the float32 rows and
/// 20 bytes a row, 16 more where ids do not ascend. Searches may run side by side; a change waits for them.
class ASSAY_EXPORT ExactIndex {
  public:
    /// @param dim  length of the vectors, 1 to 65536. @throws ValueError if outside.
    explicit ExactIndex(index dim);
    ExactIndex(ExactIndex&&) noexcept;
    ExactIndex& operator=(ExactIndex&&) noexcept;
    ~ExactIndex();

    index dim() const noexcept;
    /// Rows that can be found.
    index size() const;
    /// Bytes that the index holds in memory, or has mapped.
    index bytes() const;
    /// Ids of the rows, in the order in which they were added.
    std::vector<std::int64_t> ids() const;
    bool contains(std::int64_t id) const;

    /// Adds rows; all or none.
    /// @param rows  [n, dim], row by row
    /// @param ids   [n], none of them in the index; without them, the numbers after the largest id so far, from 0
    /// @throws ShapeError if lengths do not fit; ValueError naming the row where a value is not finite, a vector is
    /// zero
    ///         or its norm out of range, or an id is there twice. Cost: O(n·dim), on all threads.
    void add(std::span<const float> rows, std::optional<std::span<const std::int64_t>> ids = std::nullopt);

    /// Removes rows by id. Their memory is used again only by save and open.
    /// @return  how many were removed; ids that are not there are none of them
    index remove(std::span<const std::int64_t> ids);

    /// The k best rows of each query.
    /// @param queries  [n, dim]; what `add` accepts, else the same errors
    /// @param k        at least 1; with fewer rows, all of them
    /// @param filter   bit i admits row i in the order of ids(); its size is size()
    /// @throws ShapeError, ValueError.   Cost: one pass over the 8-bit copies for up to 256 queries.
    Matches search(std::span<const float> queries, index k,
                   std::optional<data::BitmapView> filter = std::nullopt) const;

    /// Every row whose score is at least `least`, for each query. Memory grows with the number of matches.
    RangeMatches search_range(std::span<const float> queries, float least,
                              std::optional<data::BitmapView> filter = std::nullopt) const;

    /// Writes the rows that can be found as one file, atomically. @throws IoError.
    void save(const std::filesystem::path& path) const;

    /// Maps a saved index. Rows stay on disk until they are needed; the file is never changed.
    /// @param verify  compare all checksums (reads the whole file); header, sizes and bounds are always checked
    /// @throws IoError if it is no such file, of another version, cut short or damaged.
    static ExactIndex open(const std::filesystem::path& path, bool verify = true);

    /// Writes the rows of saved indexes as one, in their order: so an index larger than memory is made in parts.
    /// Memory: 8 bytes a row. @throws IoError; ShapeError if dimensions differ; ValueError if an id is there twice.
    static void merge(std::span<const std::filesystem::path> parts, const std::filesystem::path& path);

  private:
    friend class DeviceIndex;  // the same searches by another scan
    /// Answers of at most 256 queries, best first; counts the rows that it scored.
    using Scan = std::function<std::vector<std::vector<search::Hit>>(const search::SearchSpace&, std::span<const float>,
                                                                     const search::Request&, index&)>;
    Matches search_by(const Scan& scan, std::span<const float> queries, index k,
                      std::optional<data::BitmapView> filter) const;
    RangeMatches search_range_by(const Scan& scan, std::span<const float> queries, float least,
                                 std::optional<data::BitmapView> filter) const;

    struct State;
    explicit ExactIndex(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace assay::models
