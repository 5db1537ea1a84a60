#include "assay/data/deid/deidentify.hpp"

#include "assay/data/deid/date_shift.hpp"
#include "assay/data/deid/identifier_scan.hpp"
#include "assay/data/deid/safe_harbor.hpp"
#include "assay/data/deid/sealed_file.hpp"
#include "assay/data/deid/vault.hpp"
#include "prelude.hpp"

// De-identification of tables, texts and dates; the way back.
namespace assay::bindings {
namespace {

using namespace data;

void bind_date_shift(py::module_& m) {
    py::class_<DateShift>(m, "DateShift",
                          "Moves all dates of a patient by the same number of whole days, never 0, by the key.")
        .def(py::init<const DeidKey&, int, bool>(), py::arg("key"), py::kw_only(), py::arg("most_days") = 182,
             py::arg("keep_weekday") = false)
        .def("days", &DateShift::days, py::arg("patient"), "Days for a patient's identifier or token.")
        .def("shift", &DateShift::shift, py::arg("dates"), py::arg("patients"),
             py::call_guard<py::gil_scoped_release>(), "The dates moved; null where the date or the patient is.")
        .def("unshift", &DateShift::unshift, py::arg("dates"), py::arg("patients"),
             py::call_guard<py::gil_scoped_release>(), "What shift() moved, back where it was.");
}

void bind_safe_harbor(py::module_& m) {
    m.def(
        "restricted_zip3",
        [] {
            std::vector<std::string> areas;
            for (const std::string_view area : restricted_zip3()) areas.emplace_back(area);
            return areas;
        },
        "Three-digit ZIP areas with 20,000 people or fewer.");
    m.def(
        "zip3", [](const Array& zips) { return zip3(zips); }, py::arg("zips"), py::call_guard<py::gil_scoped_release>(),
        "The first three digits of ZIP codes, '000' for a restricted area, null where it is none.");
    m.def("cap_ages", &cap_ages, py::arg("ages"), py::call_guard<py::gil_scoped_release>(),
          "Ages in years with everything over 89 made 90.");
}

using Finding = std::tuple<std::string, index, index>;

/// Offsets in characters, as Python counts them.
std::vector<Finding> findings_in(std::string_view text, const std::vector<std::string>& names,
                                 const std::vector<std::string>& ids) {
    std::vector<Finding> out;
    index bytes = 0, characters = 0;
    const auto characters_at = [&](index at) {
        for (; bytes < at; ++bytes)
            characters += (static_cast<unsigned char>(text[static_cast<std::size_t>(bytes)]) & 0xC0U) != 0x80U ? 1 : 0;
        return characters;
    };
    for (const IdentifierFinding& found : find_identifiers(text, {names, ids})) {
        const index begin = characters_at(found.begin);
        out.emplace_back(std::string(name_of(found.kind)), begin, characters_at(found.end));
    }
    return out;
}

void bind_scan(py::module_& m) {
    m.def("find_in_text", &findings_in, py::arg("text"), py::kw_only(), py::arg("names") = std::vector<std::string>{},
          py::arg("ids") = std::vector<std::string>{},
          "Identifiers in free text: kind, first character, one past the last.");
    m.def(
        "redact",
        [](std::string_view text, const std::vector<std::string>& names, const std::vector<std::string>& ids) {
            return redact(text, find_identifiers(text, {names, ids}));
        },
        py::arg("text"), py::kw_only(), py::arg("names") = std::vector<std::string>{},
        py::arg("ids") = std::vector<std::string>{}, "The text with every finding replaced by its kind in brackets.");
}

void bind_plan(py::module_& m) {
    py::class_<ColumnPlan>(m, "ColumnPlan", "What a column is, and so what becomes of it.")
        .def(py::init([](std::string_view role, std::string purpose, bool fold_case) {
                 return ColumnPlan{role_from_name(role), std::move(purpose), fold_case};
             }),
             py::arg("role"), py::kw_only(), py::arg("purpose") = "", py::arg("fold_case") = false)
        .def_property_readonly("role", [](const ColumnPlan& plan) { return std::string(name_of(plan.role)); })
        .def_readonly("purpose", &ColumnPlan::purpose)
        .def_readonly("fold_case", &ColumnPlan::fold_case);
    py::class_<DeidPlan>(m, "DeidPlan", "What becomes of each column of a table.")
        .def(py::init([](std::map<std::string, ColumnPlan> columns, std::string patient, int most_days,
                         bool keep_weekday, const std::optional<std::string>& as_of) {
                 std::optional<Date> day;
                 if (as_of && !(day = parse_date(*as_of))) {
                     throw ValueError("plan: expected as_of as YYYY-MM-DD, got another text");
                 }
                 return DeidPlan{std::move(columns), std::move(patient), most_days, keep_weekday, day};
             }),
             py::arg("columns"), py::kw_only(), py::arg("patient") = "patient_id", py::arg("most_days") = 182,
             py::arg("keep_weekday") = false, py::arg("as_of") = py::none())
        .def_readonly("columns", &DeidPlan::columns)
        .def_readonly("patient", &DeidPlan::patient)
        .def_readonly("most_days", &DeidPlan::most_days)
        .def_readonly("keep_weekday", &DeidPlan::keep_weekday)
        .def_property_readonly("as_of", [](const DeidPlan& plan) {
            return plan.as_of ? std::optional(to_iso8601(*plan.as_of)) : std::nullopt;
        });
}

void bind_outcome(py::module_& m) {
    py::class_<ColumnOutcome>(m, "ColumnOutcome", "What happened to one column.")
        .def_readonly("column", &ColumnOutcome::column)
        .def_property_readonly("role", [](const ColumnOutcome& o) { return std::string(name_of(o.role)); })
        .def_readonly("values", &ColumnOutcome::values, "Not null before.")
        .def_readonly("changed", &ColumnOutcome::changed, "Of free text: rows with a finding.")
        .def_readonly("removed", &ColumnOutcome::removed, "Null now: blank, no ZIP code, a date without a patient.")
        .def("__repr__", [](const ColumnOutcome& o) {
            return "ColumnOutcome('" + o.column + "', " + std::string(name_of(o.role)) + ", " +
                   std::to_string(o.changed) + " of " + std::to_string(o.values) + " changed, " +
                   std::to_string(o.removed) + " removed)";
        });
    py::class_<Deidentified>(m, "Deidentified", "De-identified rows, and what was done to them.")
        .def_readonly("rows", &Deidentified::rows)
        .def_readonly("columns", &Deidentified::columns)
        .def_readonly("findings", &Deidentified::findings,
                      "In free text: column, row, kind, begin, end (bytes of the original); no text.")
        .def_readonly("counts_by_kind", &Deidentified::counts_by_kind);
    m.attr("KEY_ID_COLUMN") = std::string(key_id_column);
    m.def("deidentify", &deidentify, py::arg("table"), py::arg("plan"), py::arg("key"), py::arg("vault") = nullptr,
          py::call_guard<py::gil_scoped_release>());
    m.def("rotate", &rotate, py::arg("rows"), py::arg("plan"), py::arg("vault"), py::arg("source"), py::arg("target"),
          py::call_guard<py::gil_scoped_release>());
}

void bind_vault(py::module_& m) {
    const py::call_guard<py::gil_scoped_release> unlocked;
    py::class_<Vault>(m, "Vault", "Which identifier a token stands for, in a sealed file.")
        .def(py::init<std::filesystem::path, DeidKey>(), py::arg("path"), py::arg("key"), unlocked)
        .def("__len__", &Vault::size)
        .def("add", &Vault::add, py::arg("purpose"), py::arg("key_id"), py::arg("identifiers"), py::arg("tokens"),
             py::kw_only(), py::arg("fold_case") = false)
        .def(
            "find",
            [](const Vault& vault, std::string_view purpose, std::string_view key_id, std::string_view token) {
                return vault.find(purpose, key_id, token);
            },
            py::arg("purpose"), py::arg("key_id"), py::arg("token"))
        .def("save", &Vault::save, unlocked)
        .def("rekey", &Vault::rekey, py::arg("key"), unlocked);
    m.def(
        "write_sealed",
        [](const std::filesystem::path& path, const DeidKey& key, std::string_view purpose, const py::bytes& content) {
            const std::string_view bytes = content;
            const py::gil_scoped_release released;
            write_sealed(path, key, purpose, bytes);
        },
        py::arg("path"), py::arg("key"), py::arg("purpose"), py::arg("content"));
    m.def(
        "read_sealed",
        [](const std::filesystem::path& path, const DeidKey& key, std::string_view purpose) {
            return py::bytes(read_sealed(path, key, purpose));
        },
        py::arg("path"), py::arg("key"), py::arg("purpose"));
    m.def("sealed_with", &sealed_with, py::arg("path"));
}

}  // namespace

void bind_deidentify(py::module_& m) {
    bind_date_shift(m);
    bind_safe_harbor(m);
    bind_scan(m);
    bind_plan(m);
    bind_vault(m);
    bind_outcome(m);
}

}  // namespace assay::bindings
