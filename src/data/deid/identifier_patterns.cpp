#include "data/deid/identifier_patterns.hpp"

#include <array>

namespace assay::data::detail {
namespace {

using Kind = IdentifierKind;

// Pieces. A number may carry letters and dashes but has a digit; names begin with a capital.
#define ASSAY_ID R"(([A-Za-z0-9\-/]*\d[A-Za-z0-9\-/]*))"
#define ASSAY_NUMBER_OF R"((?:\s*(?:number|numbers|no\b\.?|num\b\.?|nr\b\.?|id\b|#))?[\s:#=]*)"
#define ASSAY_NUMBER_WORD R"(\s*(?:number|numbers|no\b\.?|num\b\.?|nr\b\.?|id\b|#)[\s:#=]*)"
#define ASSAY_DIALLED R"(([(+]{0,2}\d[\d\s().\-]{5,18}\d))"
#define ASSAY_MONTH \
    R"((?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))"
#define ASSAY_DAY R"((?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?)"
#define ASSAY_YEAR R"((?:1[89]|20|21)\d\d)"
#define ASSAY_NAME_WORD R"(\p{Lu}[\p{L}\p{M}'’\-]*)"
#define ASSAY_NAME ASSAY_NAME_WORD R"(\.?(?:[ \t]+)" ASSAY_NAME_WORD R"(\.?){0,3})"

constexpr std::array patterns{
    IdentifierPattern{Kind::url, R"((?i)\b(?:https?|ftp|file|ldaps?)://[^\s<>"']+|\bwww\.[^\s<>"']+)"},
    IdentifierPattern{Kind::email, R"([A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+)"},
    IdentifierPattern{Kind::fax, R"((?i)\b(?:fax|facsimile)\b[^\d\n(+]{0,12})" ASSAY_DIALLED},
    IdentifierPattern{Kind::ssn, R"(\b\d{3}-\d{2}-\d{4}\b)"},
    IdentifierPattern{Kind::ssn, R"((?i)\b(?:ssn|social security))" ASSAY_NUMBER_OF R"((\d[\d \-]{7,12}\d)\b)"},
    IdentifierPattern{Kind::mrn,
                      R"((?i)\b(?:mrn|medical record|health record|patient id|pid|urn|nhs))" ASSAY_NUMBER_OF ASSAY_ID},
    IdentifierPattern{Kind::mrn, R"((?i)\b(?:record|patient|case|hospital|chart))" ASSAY_NUMBER_WORD ASSAY_ID},
    IdentifierPattern{
        Kind::health_plan,
        R"((?i)\b(?:health plan|member(?:ship)?|beneficiary|policy|insurance|subscriber|medicare|medicaid|group))" ASSAY_NUMBER_WORD
            ASSAY_ID},
    // Medicare beneficiary identifier. Source: CMS, Understanding the MBI format.
    IdentifierPattern{Kind::health_plan,
                      R"(\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?)"
                      R"([AC-HJKMNP-RT-Y]{2}\d{2}\b)"},
    IdentifierPattern{
        Kind::account,
        R"((?i)\b(?:billing|invoice|visit|encounter|accession|specimen|order|claim))" ASSAY_NUMBER_WORD ASSAY_ID},
    IdentifierPattern{Kind::account, R"((?i)\b(?:account|acct|iban))" ASSAY_NUMBER_OF ASSAY_ID},
    IdentifierPattern{Kind::account, R"(\b(?:\d{4}[ -]){3}\d{4}\b|\b3[47]\d{2}[ -]\d{6}[ -]\d{5}\b)"},
    IdentifierPattern{Kind::vehicle, R"((?i)\b(?:licen[cs]e plate|number plate|vin))" ASSAY_NUMBER_OF ASSAY_ID},
    IdentifierPattern{Kind::vehicle, R"((?i)\b(?:plate|registration|vehicle))" ASSAY_NUMBER_WORD ASSAY_ID},
    IdentifierPattern{Kind::licence,
                      R"((?i)\b(?:licen[cs]e|certificate|certification|dea|npi|passport))" ASSAY_NUMBER_OF ASSAY_ID},
    IdentifierPattern{Kind::device,
                      R"((?i)\b(?:serial|s/n|imei|udi|implant|pacemaker|device))" ASSAY_NUMBER_WORD ASSAY_ID},
    IdentifierPattern{Kind::device, R"((?i)\b(?:serial|s/n|imei|udi)\s+)" ASSAY_ID},
    IdentifierPattern{Kind::device, R"((?i)\b(?:[0-9a-f]{2}[:\-]){5}[0-9a-f]{2}\b)"},
    IdentifierPattern{Kind::ip, R"(\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b)"},
    IdentifierPattern{Kind::ip, R"((?i)\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b)"},
    IdentifierPattern{Kind::ip, R"((?i)\b(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}\b)"},
    IdentifierPattern{
        Kind::date,
        R"(\b)" ASSAY_YEAR
        R"([\-/.](?:1[0-2]|0?[1-9])[\-/.](?:3[01]|[12]\d|0?[1-9])(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+\-]\d{2}:?\d{2})?)?)"},
    IdentifierPattern{
        Kind::date, R"(\b(?:3[01]|[12]\d|0?[1-9])[/.\-](?:3[01]|[12]\d|0?[1-9])[/.\-](?:(?:1[89]|20|21)\d\d|\d\d)\b)"},
    IdentifierPattern{Kind::date, R"(\b(?:19|20)\d\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])(?:\d{4}|\d{6})?\b)"},
    IdentifierPattern{Kind::date, R"((?i)\b)" ASSAY_DAY R"([\s\-]+(?:of\s+)?)" ASSAY_MONTH
                                  R"(\b\.?(?:[\s,\-]+)" ASSAY_YEAR R"(\b)?)"},
    IdentifierPattern{Kind::date,
                      R"((?i)\b)" ASSAY_MONTH R"(\.?[\s\-]+)" ASSAY_DAY R"(\b(?:[\s,\-]+)" ASSAY_YEAR R"(\b)?)"},
    IdentifierPattern{Kind::date, R"((?i)\b)" ASSAY_MONTH R"(\.?[\s,\-]+)" ASSAY_YEAR R"(\b)"},
    IdentifierPattern{
        Kind::date,
        R"((?i)\b(?:on|since|from|until|till|by|dated|dob|born)[\s:]+((?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d|0?[1-9]))\b)"},
    IdentifierPattern{Kind::age, R"((?i)\b(9\d|1[0-4]\d)[\s\-]*(?:years?|yrs?|yo\b|y\b|y/o))"},
    IdentifierPattern{Kind::age, R"((?i)\bage[d]?[\s:]+(9\d|1[0-4]\d)\b)"},
    IdentifierPattern{
        Kind::phone,
        R"((?i)\b(?:tel|telephone|phone|ph|cell|mobile|pager|beeper|call)\b[^\d\n(+]{0,12})" ASSAY_DIALLED},
    IdentifierPattern{
        Kind::phone,
        R"((?:\+?1[\s.\-]?)?(?:\(\d{3}\)[\s.\-]?|\b\d{3}[\s.\-])\d{3}[\s.\-]\d{4}\b(?:\s*(?:x|ext\.?)\s*\d{1,6})?)"},
    IdentifierPattern{Kind::phone, R"(\+\d{1,3}[\s.\-]?(?:\(?\d{1,4}\)?[\s.\-]?){2,5}\d{2,4}\b)"},
    IdentifierPattern{
        Kind::address,
        R"(\b\d{1,6}[A-Za-z]?\s+(?:[A-Z0-9][A-Za-z0-9'.\-]*\s+){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|)"
        R"(Drive|Dr|Lane|Ln|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Highway|Hwy|Parkway|Pkwy|Circle|Cir|STREET|AVENUE|ROAD|LANE|DRIVE)\b\.?)"
        R"((?:,?\s*(?:Apt|Apartment|Suite|Ste|Unit|#)\.?\s*[A-Za-z0-9\-]+)?)"},
    IdentifierPattern{Kind::address, R"((?i)\bP\.?\s?O\.?\s?Box\s+\d+)"},
    IdentifierPattern{Kind::address,
                      R"(\b[A-Z][A-Za-z.'\-]+(?:[ \t][A-Z][A-Za-z.'\-]+){0,2},?\s+[A-Z]{2}\s+\d{5}(?:-\d{4})?\b)"},
    IdentifierPattern{Kind::address, R"((?i)\bzip(?:\s*code)?[\s:#]*(\d{5}(?:-\d{4})?)\b)"},
    IdentifierPattern{
        Kind::name,
        R"(\b(?i:mr|mrs|ms|miss|mx|dr|prof|professor|doctor|sir|dame|rev|fr|nurse|herr|frau)\.?[ \t]+()" ASSAY_NAME
        R"())"},
    IdentifierPattern{
        Kind::name,
        R"(\b(?i:patient name|pt name|full name|last name|first name|family name|given name|surname|name|patient|pt|attending|)"
        R"(provider|physician|signed by|seen by|signed|dictated by|referred by|contact|next of kin)[ \t]*[:=][ \t]*()" ASSAY_NAME
        R"())"},
    IdentifierPattern{
        Kind::name,
        R"(\b(?i:wife|husband|spouse|partner|son|daughter|mother|father|brother|sister|friend|neighbou?r|)"
        R"(signed by|seen by|dictated by|referred by|named|called)(?:,| is| was)?[ \t]+()" ASSAY_NAME R"())"},
    IdentifierPattern{Kind::name, R"(()" ASSAY_NAME_WORD R"([ \t]+)" ASSAY_NAME
                                  R"(),?[ \t]+(?:M\.?D|R\.?N|Ph\.?D|D\.?O|NP|PA-?C?|FRCP)\b)"},
};

#undef ASSAY_ID
#undef ASSAY_NUMBER_OF
#undef ASSAY_NUMBER_WORD
#undef ASSAY_DIALLED
#undef ASSAY_MONTH
#undef ASSAY_DAY
#undef ASSAY_YEAR
#undef ASSAY_NAME_WORD
#undef ASSAY_NAME

}  // namespace

std::span<const IdentifierPattern> identifier_patterns() { return patterns; }

}  // namespace assay::data::detail
