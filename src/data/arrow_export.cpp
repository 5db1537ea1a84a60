#include <cerrno>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "assay/data/arrow.hpp"
#include "data/arrow_metadata.hpp"

namespace assay::data {
namespace {

/// Consumers may read the first offset of an empty text column, and dislike null pointers.
alignas(64) constexpr std::byte kNoBytes[64] = {};

const char* format_of(Type type) {
    switch (type) {
        case Type::Bool:
            return "b";
        case Type::Int32:
            return "i";
        case Type::Int64:
            return "l";
        case Type::Float32:
            return "f";
        case Type::Float64:
            return "g";
        case Type::Utf8:
            return "u";
        case Type::Binary:
            return "z";
        case Type::Date32:
            return "tdD";
        case Type::Timestamp:
            break;
    }
    return "tsu:UTC";
}

/// Everything an exported schema points to. A child may have been moved away by the consumer; its release is null then.
struct SchemaOwner {
    std::string name;
    std::string metadata;
    std::vector<ArrowSchema> children;
    std::vector<ArrowSchema*> pointers;

    ~SchemaOwner() {
        for (ArrowSchema& child : children) {
            if (child.release != nullptr) child.release(&child);
        }
    }
};

void release_schema(ArrowSchema* schema) {
    delete static_cast<SchemaOwner*>(schema->private_data);
    schema->release = nullptr;
    schema->private_data = nullptr;
}

void hand_over(std::unique_ptr<SchemaOwner> owner, const char* format, bool nullable, ArrowSchema* out) {
    for (ArrowSchema& child : owner->children) owner->pointers.push_back(&child);
    *out = ArrowSchema{};
    out->format = format;
    out->name = owner->name.c_str();
    out->metadata = owner->metadata.empty() ? nullptr : owner->metadata.data();
    out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
    out->n_children = static_cast<std::int64_t>(owner->children.size());
    out->children = owner->children.empty() ? nullptr : owner->pointers.data();
    out->release = &release_schema;
    out->private_data = owner.release();
}

/// Everything an exported array points to; the column keeps its buffers alive.
struct ArrayOwner {
    Array column;
    std::vector<const void*> buffers;
    std::vector<ArrowArray> children;
    std::vector<ArrowArray*> pointers;

    ~ArrayOwner() {
        for (ArrowArray& child : children) {
            if (child.release != nullptr) child.release(&child);
        }
    }
};

void release_array(ArrowArray* array) {
    delete static_cast<ArrayOwner*>(array->private_data);
    array->release = nullptr;
    array->private_data = nullptr;
}

void hand_over(std::unique_ptr<ArrayOwner> owner, index length, index null_count, index offset, ArrowArray* out) {
    for (ArrowArray& child : owner->children) owner->pointers.push_back(&child);
    *out = ArrowArray{};
    out->length = length;
    out->null_count = null_count;
    out->offset = offset;
    out->n_buffers = static_cast<std::int64_t>(owner->buffers.size());
    out->buffers = owner->buffers.data();
    out->n_children = static_cast<std::int64_t>(owner->children.size());
    out->children = owner->children.empty() ? nullptr : owner->pointers.data();
    out->release = &release_array;
    out->private_data = owner.release();
}

const void* pointer_to(const Buffer& buffer) { return buffer.data() == nullptr ? kNoBytes : buffer.data(); }

struct StreamOwner {
    Table table;
    bool done = false;
};

StreamOwner& owner_of(ArrowArrayStream* stream) { return *static_cast<StreamOwner*>(stream->private_data); }

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) noexcept {
    try {
        export_schema(owner_of(stream).table.schema(), out);
        return 0;
    } catch (const std::exception&) {
        return ENOMEM;
    }
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) noexcept {
    try {
        StreamOwner& owner = owner_of(stream);
        if (owner.done) {
            *out = ArrowArray{};
            return 0;
        }
        export_table(owner.table, out);
        owner.done = true;
        owner.table = Table();  // from here on the batch alone holds the memory
        return 0;
    } catch (const std::exception&) {
        return ENOMEM;
    }
}

const char* stream_error(ArrowArrayStream*) { return "assay: not enough memory to describe the table"; }

void release_stream(ArrowArrayStream* stream) {
    delete static_cast<StreamOwner*>(stream->private_data);
    stream->release = nullptr;
    stream->private_data = nullptr;
}

}  // namespace

void export_field(const Field& field, ArrowSchema* out) {
    auto owner = std::make_unique<SchemaOwner>();
    owner->name = field.name;
    owner->metadata = detail::encode_metadata(field);
    hand_over(std::move(owner), format_of(field.type), field.nullable, out);
}

void export_schema(const TableSchema& schema, ArrowSchema* out) {
    auto owner = std::make_unique<SchemaOwner>();
    owner->children.resize(static_cast<std::size_t>(schema.size()));
    for (index i = 0; i < schema.size(); ++i) {
        export_field(schema[i], &owner->children[static_cast<std::size_t>(i)]);
    }
    hand_over(std::move(owner), "+s", false, out);
}

void export_array(const Array& column, ArrowArray* out) {
    auto owner = std::make_unique<ArrayOwner>();
    owner->column = column;
    const Array::Buffers& buffers = column.buffers();
    owner->buffers.push_back(column.null_count() == 0 ? nullptr : pointer_to(buffers.validity));
    if (is_variable_width(column.type())) owner->buffers.push_back(pointer_to(buffers.offsets));
    owner->buffers.push_back(pointer_to(buffers.values));
    // Without rows there may be no offsets to point past.
    const index offset = column.size() == 0 ? 0 : column.offset();
    hand_over(std::move(owner), column.size(), column.null_count(), offset, out);
}

void export_table(const Table& table, ArrowArray* out) {
    auto owner = std::make_unique<ArrayOwner>();
    owner->buffers.push_back(nullptr);
    owner->children.resize(static_cast<std::size_t>(table.num_columns()));
    for (index i = 0; i < table.num_columns(); ++i) {
        export_array(table.column(i), &owner->children[static_cast<std::size_t>(i)]);
    }
    hand_over(std::move(owner), table.num_rows(), 0, 0, out);
}

void export_stream(const Table& table, ArrowArrayStream* out) {
    auto owner = std::make_unique<StreamOwner>(StreamOwner{table, false});
    *out = ArrowArrayStream{};
    out->get_schema = &stream_schema;
    out->get_next = &stream_next;
    out->get_last_error = &stream_error;
    out->release = &release_stream;
    out->private_data = owner.release();
}

}  // namespace assay::data
