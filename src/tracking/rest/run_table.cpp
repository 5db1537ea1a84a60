#include "assay/tracking/rest/run_table.hpp"

#include <string_view>
#include <unordered_map>
#include <vector>

#include "assay/data/array_builder.hpp"

namespace assay::tracking::rest {
namespace {

using data::ArrayBuilder;
using data::Field;
using data::TextBuilder;
using data::Type;

Timestamp from_millis(std::int64_t millis) { return Timestamp{millis * 1000}; }

}  // namespace

struct RunTable::State {
    /// Columns that appear as runs bring them: a run without one leaves a hole, which is filled when it is met again.
    template <class Builder, Type type>
    class SparseColumns {
      public:
        explicit SparseColumns(const char* prefix) : prefix_(prefix) {}

        template <class Value>
        void append(index row, const std::string& name, const Value& value) {
            const auto [at, is_new] = places_.try_emplace(name, columns_.size());
            if (is_new) columns_.emplace_back(prefix_ + name, Builder());
            Builder& column = columns_[at->second].second;
            if (column.size() > row) return;  // a name given twice: the first stands
            fill(column, row);
            column.append(value);
        }

        void finish(index rows, std::vector<Field>& fields, std::vector<data::Array>& arrays) {
            for (auto& [name, column] : columns_) {
                fill(column, rows);
                fields.push_back({.name = name, .type = type});
                arrays.push_back(column.finish());
            }
        }

      private:
        static void fill(Builder& column, index rows) {
            while (column.size() < rows) column.append_null();
        }

        const char* prefix_;
        std::unordered_map<std::string, std::size_t> places_;
        std::vector<std::pair<std::string, Builder>> columns_;
    };

    index rows = 0;
    TextBuilder run_id, experiment_id, status, artifact_uri;
    ArrayBuilder<Timestamp> start_time, end_time;
    SparseColumns<ArrayBuilder<double>, Type::Float64> metrics{"metrics."};
    SparseColumns<TextBuilder, Type::Utf8> params{"params."};
    SparseColumns<TextBuilder, Type::Utf8> tags{"tags."};
};

RunTable::RunTable() : state_(std::make_unique<State>()) {}
RunTable::RunTable(RunTable&&) noexcept = default;
RunTable& RunTable::operator=(RunTable&&) noexcept = default;
RunTable::~RunTable() = default;

void RunTable::add(const ServerRun& run) {
    State& s = *state_;
    s.run_id.append(std::string_view(run.id));
    s.experiment_id.append(std::string_view(run.experiment_id));
    s.status.append(std::string_view(run.status));
    s.artifact_uri.append(std::string_view(run.artifact_uri));
    s.start_time.append(from_millis(run.start_time));
    s.end_time.append(run.end_time ? std::optional(from_millis(*run.end_time)) : std::nullopt);
    for (const auto& point : run.metrics) s.metrics.append(s.rows, point.key, point.value);
    for (const auto& [key, value] : run.params) s.params.append(s.rows, key, std::string_view(value));
    for (const auto& [key, value] : run.tags) s.tags.append(s.rows, key, std::string_view(value));
    ++s.rows;
}

index RunTable::num_rows() const noexcept { return state_->rows; }

data::Table RunTable::finish() {
    State& s = *state_;
    std::vector<Field> fields{
        {.name = "run_id", .type = Type::Utf8},          {.name = "experiment_id", .type = Type::Utf8},
        {.name = "status", .type = Type::Utf8},          {.name = "artifact_uri", .type = Type::Utf8},
        {.name = "start_time", .type = Type::Timestamp}, {.name = "end_time", .type = Type::Timestamp}};
    std::vector<data::Array> arrays{s.run_id.finish(),       s.experiment_id.finish(), s.status.finish(),
                                    s.artifact_uri.finish(), s.start_time.finish(),    s.end_time.finish()};
    s.metrics.finish(s.rows, fields, arrays);
    s.params.finish(s.rows, fields, arrays);
    s.tags.finish(s.rows, fields, arrays);
    *state_ = State();
    return {data::TableSchema(std::move(fields)), std::move(arrays)};
}

data::Table to_table(PageRange<ServerRun> runs, index most) {
    RunTable table;
    while (table.num_rows() < most) {
        const auto run = runs.next();
        if (!run) break;
        table.add(*run);
    }
    return table.finish();
}

}  // namespace assay::tracking::rest
