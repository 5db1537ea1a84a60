#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "assay/data/laboratory/result_time.hpp"
#include "assay/data/laboratory/results.hpp"
#include "assay/data/quarantine.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// What a reader made of a laboratory's file or folder.
///
/// A result is an OBX segment, an Observation's value or that of one of its components, a row of MEASUREMENT or of a
/// CSV file. rows + superseded + rejected == rows_read, always.
struct ResultsReading {
    Table rows = Table::empty(LaboratoryResults::table_schema());        ///< the last word on each result
    Table superseded = Table::empty(LaboratoryResults::table_schema());  ///< what a later message corrected
    Quarantine rejected;
    index rows_read = 0;
    std::vector<std::string> remarks;  ///< without patient data
};

/// What a source does not say of itself.
struct ReadingOptions {
    TimeReading times;                           ///< zone and order of days and months where the text leaves them open
    char decimal_point = '.';                    ///< ',' reads "1,5" as one and a half
    std::map<std::string, std::string> columns;  ///< CSV: a laboratory's own header to a column of LaboratoryResults
    bool partial = false;           ///< CSV: lists of tests or units, too, without patients, times or results, are read
    std::vector<std::string> skip;  ///< names of files of a folder that are not read
    std::string patient_id_type;    ///< HL7 PID-3.5 and FHIR identifier type; empty: the first identifier
    index max_message_bytes = index{100} << 20;  ///< HL7, FHIR: a longer message or resource is quarantined
};

}  // namespace assay::data
