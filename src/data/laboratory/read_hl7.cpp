#include "assay/data/laboratory/read_hl7.hpp"

#include "assay/base/error.hpp"
#include "data/hl7/reading.hpp"
#include "data/laboratory/result_files.hpp"

namespace assay::data {

ResultsReading read_hl7(const std::filesystem::path& path, const ReadingOptions& options) {
    hl7::Reading reading(options);
    for (const std::filesystem::path& file : laboratory::files_in(path, options.skip)) {
        reading.add(laboratory::whole_text(file), file.filename().string());
    }
    ResultsReading out = reading.finish();
    if (reading.messages() == 0) {
        throw IoError("read_hl7: expected HL7 v2 messages, got none; check that the export wrote segments");
    }
    return out;
}

ResultsReading read_hl7_bytes(std::string_view bytes, const ReadingOptions& options, const std::string& name) {
    hl7::Reading reading(options);
    reading.add_view(bytes, name);
    return reading.finish();
}

}  // namespace assay::data
