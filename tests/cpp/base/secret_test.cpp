#include "assay/base/secret.hpp"

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"

#include "catch.hpp"
#include "temporary_folder.hpp"

#include <cstdlib>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

using namespace assay;

static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<std::string, Secret>);

namespace {

template <class Call>
std::string auth_error_of(Call call) {
    try {
        call();
    } catch (const AuthError& error) {
        return error.what();
    }
    return "no AuthError";
}

}  // namespace

TEST_CASE("a secret never prints") {
    const Secret secret("made-up-token");
    std::ostringstream out;
    out << secret;
    CHECK(out.str() == "***");
    CHECK(to_string(secret) == "***");
    CHECK(to_string(Secret()) == "***");
    CHECK(secret.reveal() == "made-up-token");
}

TEST_CASE("secrets compare, copy and move") {
    Secret a("one");
    const Secret b = a;
    CHECK(a == b);
    CHECK_FALSE(a == Secret("onf"));
    CHECK_FALSE(a == Secret("one "));
    CHECK(Secret() == Secret(""));
    const Secret c = std::move(a);
    CHECK(a.empty());  // NOLINT: a moved-from secret is empty by contract
    CHECK(c.reveal() == "one");
    a = c;
    CHECK(a == c);
}

TEST_CASE("secrets come from the environment") {
    ::setenv("ASSAY_TEST_SECRET", "made-up", 1);
    CHECK(Secret::from_env("ASSAY_TEST_SECRET").reveal() == "made-up");
    ::setenv("ASSAY_TEST_SECRET", "", 1);
    CHECK_FALSE(Secret::find_env("ASSAY_TEST_SECRET").has_value());
    ::unsetenv("ASSAY_TEST_SECRET");
    CHECK(auth_error_of([] { Secret::from_env("ASSAY_TEST_SECRET"); }) ==
          "secret: expected a value in the environment variable ASSAY_TEST_SECRET, got none; set it");
}

TEST_CASE("secrets come from files, without their line end") {
    const TemporaryFolder folder;
    for (const char* content : {"made-up", "made-up\n", "made-up\r\n"}) {
        write_file_atomic(folder / "token", content);
        CHECK(Secret::from_file(folder / "token").reveal() == "made-up");
    }
    write_file_atomic(folder / "token", "two\nlines\n\n");
    CHECK(Secret::from_file(folder / "token").reveal() == "two\nlines\n");
    write_file_atomic(folder / "token", "\n");
    CHECK(auth_error_of([&] { Secret::from_file(folder / "token"); }).find("empty file") != std::string::npos);
    CHECK_THROWS_AS(Secret::from_file(folder / "none"), IoError);
}

TEST_CASE("secrets come from commands, which no error text repeats") {
    CHECK(Secret::from_command("echo made-up").reveal() == "made-up");
    const std::string failed = auth_error_of([] { Secret::from_command("echo made-up; exit 3"); });
    CHECK(failed == "secret: the command failed; run it by hand to see why");
    CHECK(auth_error_of([] { Secret::from_command("true"); }).find("printed nothing") != std::string::npos);
    CHECK(auth_error_of([] { Secret::from_command("head -c 70000 /dev/zero"); }).find("64 KiB") != std::string::npos);
}
