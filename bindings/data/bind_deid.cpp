#include "assay/base/nfkc.hpp"
#include "assay/data/deid/deid_key.hpp"
#include "assay/data/deid/pseudonymiser.hpp"
#include "prelude.hpp"

// De-identification: keys and pseudonyms.
namespace assay::bindings {
namespace {

using namespace data;

void bind_deid_key(py::module_& m) {
    py::class_<DeidKey>(m, "DeidKey",
                        "The secret that pseudonyms, date shifts and vaults are made with; it never prints.\n\n"
                        "At least 32 random bytes as hexadecimal digits or base64: ``openssl rand -hex 32``.")
        .def_static("from_env", &DeidKey::from_env, py::arg("name"), "From an environment variable.")
        .def_static("from_file", &DeidKey::from_file, py::arg("path"),
                    "From a file that nobody but its owner and group may read.")
        .def_static(
            "from_command", [](const std::vector<std::string>& command) { return DeidKey::from_command(command); },
            py::arg("command"), py::call_guard<py::gil_scoped_release>(),
            "What a secret store's command line prints: a program and its arguments, without a shell.")
        .def_static(
            "from_text", [](std::string_view text) { return DeidKey(Secret(text)); }, py::arg("text"),
            "From text that a secret store's own client returned; Python cannot wipe it from memory.")
        .def_property_readonly("key_id", &DeidKey::key_id,
                               "16 hexadecimal digits that tell keys apart and say nothing about the key.")
        .def("__repr__", [](const DeidKey& key) { return "DeidKey(key_id='" + key.key_id() + "')"; });
}

void bind_pseudonymiser(py::module_& m) {
    py::class_<Pseudonymiser>(m, "Pseudonymiser",
                              "Replaces identifiers by tokens that only the key's holder can recompute.\n\n"
                              "A token is 128 bits of HMAC-SHA-256 in base32, 26 characters; one purpose's tokens say "
                              "nothing about another's.")
        .def(py::init<const DeidKey&, std::string_view, bool>(), py::arg("key"), py::arg("purpose"), py::kw_only(),
             py::arg("fold_case") = false)
        .def_property_readonly("key_id", &Pseudonymiser::key_id)
        .def("token", &Pseudonymiser::token, py::arg("identifier"), "One token; None where the identifier is blank.")
        .def("tokens", &Pseudonymiser::tokens, py::arg("identifiers"), py::call_guard<py::gil_scoped_release>(),
             "A column of tokens; null where the identifier is null or blank.");
}

}  // namespace

void bind_deid(py::module_& m) {
    bind_deid_key(m);
    bind_pseudonymiser(m);
    m.def("normalise_identifier", &normalise_identifier, py::arg("text"), py::kw_only(), py::arg("fold_case") = false,
          "An identifier in the form that is tokenised: NFKC, without invisible characters and outer white space.");
    m.def("to_nfkc", &to_nfkc, py::arg("text"), "Unicode's normalisation form KC; None where bytes are not UTF-8.");
}

}  // namespace assay::bindings
