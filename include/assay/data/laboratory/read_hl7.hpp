#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/reading.hpp"

namespace assay::data {

/// Reads the results of HL7 v2 messages (ORU, OUL; 2.3 to 2.8) from a file, or from all files of a folder in the order
/// of their names: plain, MLLP blocks, batches; segments ending in CR, LF or CRLF; separators, escapes and character
/// set (ASCII, UTF-8, 8859/1, 8859/15) as each message declares them.
///
/// One OBX is one result; each repeat of a number is a result of its own. Two messages tell the same result where
/// patient, sender (MSH-3, MSH-4), order (OBR-3, else OBR-2, ORC-3, ORC-2; without any the specimen), test (OBX-3),
/// OBX-4 and time of observation are equal: the one of the latest MSH-7 is the result, the others are `superseded`;
/// without times the later in reading order, but nothing registered or preliminary replaces what is final or corrected.
/// A correction that gives no time has that of the one result read before that it can mean; one that changes the time
/// does not meet the earlier result, and both stay. `result_id` is order/test[/OBX-4], "#n" telling apart what is
/// named alike, and order_id without an order number MSH-10. Time: OBX-14, else SPM-17, else OBR-7. Released: OBR-22,
/// else OBX-19. Structured numbers (SN) keep their comparator; ranges, ratios and grades become texts.
/// Quarantined with their bytes: whole messages (rules message.*, msh.*, segment.*), each as one unit, and single OBX
/// (obx.*, patient_id.required, observed_at.*). Messages of other types are counted in the remarks.
/// @throws IoError if the file cannot be read or is empty.   Cost: O(bytes).
/// Source: HL7 v2.8 chapters 2, 2.A, 7; statuses by the v2-to-FHIR map of table 0085.
ASSAY_EXPORT ResultsReading read_hl7(const std::filesystem::path& path, const ReadingOptions& options = {});

/// The same from bytes in memory; `name` stands for the file.
ASSAY_EXPORT ResultsReading read_hl7_bytes(std::string_view bytes, const ReadingOptions& options = {},
                                           const std::string& name = "<memory>");

}  // namespace assay::data
