#include "assay/tracking/journal_export.hpp"

#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/record.hpp"

namespace assay::tracking {
namespace {

constexpr std::size_t piece = 1 << 16;

void append_csv(std::string& out, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

/// A member of the record as text; numbers as the journal has them, to the last bit.
std::string member(const nlohmann::json& body, const char* name) {
    const auto found = body.find(name);
    if (found == body.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

struct Columns {
    const char* key;
    const char* value;
};

Columns columns_of(RecordKind kind) noexcept {
    switch (kind) {
        case RecordKind::create_run:
            return {"name", "experiment"};
        case RecordKind::artifact:
            return {"path", "sha256"};
        case RecordKind::end_run:
            return {"", "status"};
        case RecordKind::metric:
        case RecordKind::param:
        case RecordKind::tag:
            return {"key", "value"};
        default:
            return {"id", "body"};
    }
}

class JournalExport {
  public:
    JournalExport(ExportFormat format, const std::function<void(std::string_view)>& write)
        : format_(format), write_(write) {}

    void begin() {
        if (format_ == ExportFormat::csv) out_ += "time,kind,run,key,value,step,segment,sequence\r\n";
    }

    void record(const std::string& segment, const detail::Frame& frame) {
        if (format_ == ExportFormat::jsonl) {
            line(segment, frame);
        } else {
            row(segment, frame);
        }
        if (out_.size() >= piece) flush();
    }

    void flush() {
        if (!out_.empty()) write_(out_);
        out_.clear();
    }

  private:
    void line(const std::string& segment, const detail::Frame& frame) {
        out_ += R"({"time":")" + to_iso8601(frame.time) + R"(","kind":")";
        out_ += to_string(frame.kind);
        out_ += R"(","segment":)" + nlohmann::json(segment).dump() + R"(,"sequence":)" + std::to_string(frame.sequence);
        if (frame.payload.size() > 2) out_ += ',';
        out_ += frame.payload.substr(1);
        out_ += '\n';
    }

    void row(const std::string& segment, const detail::Frame& frame) {
        const auto body = nlohmann::json::parse(frame.payload);
        const Columns columns = columns_of(frame.kind);
        const std::string fields[] = {to_iso8601(frame.time),
                                      std::string(to_string(frame.kind)),
                                      member(body, "run"),
                                      member(body, columns.key),
                                      member(body, columns.value),
                                      member(body, "step"),
                                      segment,
                                      std::to_string(frame.sequence)};
        bool first = true;
        for (const auto& field : fields) {
            if (!first) out_ += ',';
            first = false;
            append_csv(out_, field);
        }
        out_ += "\r\n";
    }

    ExportFormat format_;
    const std::function<void(std::string_view)>& write_;
    std::string out_;
};

}  // namespace

index export_journal(const std::filesystem::path& journal, ExportFormat format, std::string_view run,
                     const std::function<void(std::string_view)>& write) {
    JournalExport exporter(format, write);
    index records = 0;
    exporter.begin();
    for (const auto& path : list_segments(journal)) {
        const auto opened = open_segment(path);
        if (!opened) continue;
        const SegmentReader& segment = *opened;
        for (const auto& frame : segment.frames()) {
            try {
                if (const auto record = decode(frame.kind, frame.payload); !run.empty() && run_of(record) != run) {
                    continue;
                }
            } catch (const ValueError&) {
                continue;
            }
            exporter.record(segment.name(), frame);
            ++records;
        }
    }
    exporter.flush();
    return records;
}

}  // namespace assay::tracking
