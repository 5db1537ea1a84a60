#include "assay/data/laboratory/read_hl7.hpp"

#include <utility>

#include "assay/base/error.hpp"
#include "data/hl7/result_reader.hpp"
#include "data/laboratory/csv_results.hpp"
#include "data/laboratory/result_files.hpp"

namespace assay::data {
namespace {

namespace fs = std::filesystem;

/// Messages of several files to one reading.
class Hl7Reading {
  public:
    explicit Hl7Reading(const ReadingOptions& options) : reader_(options) {}

    void add(std::string_view bytes, std::string_view file) {
        hl7::MessageScanner scanner(bytes);
        hl7::Message message;
        while (scanner.next(message)) reader_.read(message, file);
        const hl7::BatchCounts& batches = scanner.batches();
        messages_ += batches.messages;
        if (batches.has_trailer && batches.announced != batches.messages) ++short_batches_;
    }

    index messages() const noexcept { return messages_; }

    ResultsReading finish() {
        ResultsReading out;
        out.rows_read = reader_.units_read();
        laboratory::Corrected corrected =
            laboratory::last_words(reader_.results.finish(), reader_.said_at, reader_.identities);
        out.rows = std::move(corrected.rows);
        out.superseded = std::move(corrected.superseded);
        out.rejected = reader_.refused.finish();
        laboratory::remark_count(messages_, "messages", out.remarks);
        laboratory::remark_count(reader_.other_messages(), "messages of other types than ORU and OUL were not read",
                                 out.remarks);
        laboratory::remark_count(out.superseded.num_rows(), "results were told again by a later message", out.remarks);
        laboratory::remark_count(short_batches_, "files hold another number of messages than their batch trailers say",
                                 out.remarks);
        laboratory::remark_count(reader_.other_ranges(), "reference ranges that are no numbers were left out",
                                 out.remarks);
        laboratory::remark_count(reader_.unread_reported(), "times of release that are none were left out",
                                 out.remarks);
        laboratory::remark_count(reader_.unread_statuses(), "statuses that are none of HL7 table 0085 were left out",
                                 out.remarks);
        laboratory::remark_count(reader_.unread_flags(), "flags that are none of HL7 table 0078 were left out",
                                 out.remarks);
        check(out);
        return out;
    }

  private:
    static void check(const ResultsReading& out) {
        const index found = out.rows.num_rows() + out.superseded.num_rows() + out.rejected.num_rows();
        if (found == out.rows_read) return;
        throw StateError("read_hl7: expected " + std::to_string(out.rows_read) + " results, got " +
                         std::to_string(found) + "; this is a defect of the reader");
    }

    hl7::ResultReader reader_;
    index messages_ = 0;
    index short_batches_ = 0;
};

}  // namespace

ResultsReading read_hl7(const fs::path& path, const ReadingOptions& options) {
    Hl7Reading reading(options);
    for (const fs::path& file : laboratory::files_in(path)) {
        reading.add(laboratory::whole_text(file), file.filename().string());
    }
    if (reading.messages() == 0) {
        throw IoError("read_hl7: expected HL7 v2 messages, got none; check that the export wrote segments");
    }
    return reading.finish();
}

ResultsReading read_hl7_bytes(std::string_view bytes, const ReadingOptions& options, const std::string& name) {
    Hl7Reading reading(options);
    reading.add(bytes, name);
    return reading.finish();
}

}  // namespace assay::data
