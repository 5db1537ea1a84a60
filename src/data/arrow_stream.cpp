#include <cstring>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/arrow.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

/// A stream taken from its producer, released at the end.
class Stream {
  public:
    explicit Stream(ArrowArrayStream* stream) {
        if (stream == nullptr || stream->release == nullptr) {
            throw SchemaError("arrow: expected a stream, got one that was consumed before");
        }
        stream_ = *stream;
        stream->release = nullptr;
        if (stream_.get_schema == nullptr || stream_.get_next == nullptr) {
            stream_.release(&stream_);
            throw SchemaError("arrow: expected a stream with get_schema and get_next, got null pointers");
        }
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() { stream_.release(&stream_); }

    void schema(ArrowSchema* out) { check(stream_.get_schema(&stream_, out), "its schema"); }
    /// The next batch; false at the end.
    bool next(ArrowArray* out) {
        *out = ArrowArray{};
        check(stream_.get_next(&stream_, out), "its next batch");
        return out->release != nullptr;
    }

  private:
    void check(int code, const char* what) {
        if (code == 0) return;
        const char* words = stream_.get_last_error == nullptr ? nullptr : stream_.get_last_error(&stream_);
        throw IoError(std::string("arrow: expected the producer to give ") + what +
                      ", it failed: " + (words == nullptr || *words == 0 ? std::strerror(code) : words));
    }

    ArrowArrayStream stream_{};
};

struct OwnedSchema {
    ArrowSchema value{};
    OwnedSchema() = default;
    OwnedSchema(const OwnedSchema&) = delete;
    OwnedSchema& operator=(const OwnedSchema&) = delete;
    ~OwnedSchema() {
        if (value.release != nullptr) value.release(&value);
    }
};

}  // namespace

Table import_stream(ArrowArrayStream* source) {
    Stream stream(source);
    OwnedSchema schema;
    stream.schema(&schema.value);
    TableSchema fields = import_schema(schema.value);
    std::vector<Table> batches;
    ArrowArray batch;
    while (stream.next(&batch)) {
        Table rows = import_table(schema.value, &batch);
        if (rows.num_rows() > 0) batches.push_back(std::move(rows));
    }
    return batches.empty() ? Table::empty(std::move(fields)) : concat(batches);
}

std::pair<Field, Array> import_column(ArrowArrayStream* source) {
    Stream stream(source);
    OwnedSchema schema;
    stream.schema(&schema.value);
    Field field = import_field(schema.value);
    std::vector<Array> parts;
    ArrowArray part;
    while (stream.next(&part)) parts.push_back(import_array(schema.value, &part));
    if (parts.empty()) parts.push_back(Array::nulls(field.type, 0));
    return {std::move(field), concat(parts)};
}

}  // namespace assay::data
