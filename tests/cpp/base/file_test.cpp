#include "assay/base/file.hpp"

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/mapped_file.hpp"

#include "catch.hpp"
#include "temporary_folder.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

using namespace assay;
namespace fs = std::filesystem;

namespace {

template <class Call>
std::string io_error_of(Call call) {
    try {
        call();
    } catch (const IoError& error) {
        return error.what();
    }
    return "no IoError";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

assay::index files_in(const fs::path& folder) {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("what write_file_atomic writes, read_file and MappedFile read") {
    const TemporaryFolder folder;
    const fs::path path = folder / "a.bin";
    std::string bytes(100'000, 'x');
    bytes[0] = '\0';
    bytes[99'999] = '\xff';
    for (const std::string& content : {bytes, std::string(), std::string("short")}) {
        write_file_atomic(path, content);
        CHECK(read_file(path) == content);
        const MappedFile mapped(path);
        mapped.advise_sequential();
        CHECK(mapped.text() == content);
        CHECK(mapped.size() == static_cast<assay::index>(content.size()));
        CHECK(mapped.bytes().size() == content.size());
        CHECK(files_in(folder.path()) == 1);
    }
}

TEST_CASE("a pipe without a writer is refused, not waited for") {
    const TemporaryFolder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(contains(io_error_of([&] { MappedFile(folder / "pipe"); }), "expected a regular file, got a pipe"));
}

TEST_CASE("a mapped file outlives its name and moves") {
    const TemporaryFolder folder;
    write_file_atomic(folder / "a", "content");
    MappedFile first(folder / "a");
    fs::remove(folder / "a");
    MappedFile second(std::move(first));
    CHECK(second.text() == "content");
    MappedFile third;
    CHECK(third.text().empty());
    third = std::move(second);
    CHECK(third.text() == "content");
}

TEST_CASE("pipes and /proc are read to their end") {
    CHECK(contains(read_file("/proc/self/status"), "Name:"));
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], "abc", 3) == 3);
    ::close(ends[1]);
    CHECK(read_file("/dev/fd/" + std::to_string(ends[0])) == "abc");
    ::close(ends[0]);
}

TEST_CASE("an existing file keeps its permissions and a symbolic link stays one") {
    const TemporaryFolder folder;
    write_file_atomic(folder / "real", "1");
    fs::permissions(folder / "real", fs::perms::owner_read | fs::perms::owner_write);
    fs::create_symlink("real", folder / "link");
    write_file_atomic(folder / "link", "2");
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read_file(folder / "real") == "2");
    CHECK(fs::status(folder / "real").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a file that cannot be read is named with reason and remedy") {
    const TemporaryFolder folder;
    const std::string missing = io_error_of([&] { read_file(folder / "none.csv"); });
    CHECK(contains(missing, "none.csv': No such file or directory; check the path"));
    CHECK(contains(io_error_of([&] { MappedFile{folder / "none.csv"}; }), "none.csv"));
    CHECK(contains(io_error_of([&] { read_file(folder.path()); }), "Is a directory; give a file"));
    CHECK(contains(io_error_of([&] { MappedFile{folder.path()}; }), "Is a directory; give a file"));
    CHECK(contains(io_error_of([] { MappedFile{"/dev/null"}; }), "pipe or device"));
}

TEST_CASE("a failed write keeps the old file and leaves nothing over") {
    const TemporaryFolder folder;
    const fs::path path = folder / "a";
    write_file_atomic(path, "old");
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string text = io_error_of([&] { write_file_atomic(path, std::string(5000, 'x')); });
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    ::signal(SIGXFSZ, SIG_DFL);
    CHECK(contains(text, "File too large"));
    CHECK(read_file(path) == "old");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("targets that cannot be written are named with reason and remedy") {
    const TemporaryFolder folder;
    CHECK(contains(io_error_of([&] { write_file_atomic(folder / "no/a", "x"); }), "create the folder first"));
    CHECK(contains(io_error_of([&] { write_file_atomic(folder.path(), "x"); }), "give a file"));
    CHECK(contains(io_error_of([&] { write_file_atomic("/dev/null", "x"); }), "pipe or device"));
    write_file_atomic(folder / "file", "x");
    CHECK(contains(io_error_of([&] { write_file_atomic(folder / "file/a", "x"); }), "choose another path"));
    CHECK(contains(io_error_of([&] { write_file_atomic(folder / std::string(300, 'n'), "x"); }) + "", "no IoError") ==
          false);
}

TEST_CASE("a full disk is named with what to do") {
    if (!fs::exists("/dev/full")) {
        WARN("/dev/full is absent");
        return;
    }
    const detail::FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    const std::string text = io_error_of([&] { detail::write_all(full.get(), "x", "out/gold.csv"); });
    CHECK(text ==
          "write: cannot write 'out/gold.csv': No space left on device; free space, or choose a folder on "
          "another disk");
}

TEST_CASE("every errno has a remedy of its direction") {
    const auto text = [](const char* action, int error) {
        return std::string(detail::io_error(action, "p", error).what());
    };
    CHECK(contains(text("read", EACCES), "right to read"));
    CHECK(contains(text("write", EACCES), "right to write"));
    CHECK(contains(text("write", EROFS), "read-only"));
    CHECK(contains(text("read", EMFILE), "ulimit -n"));
    CHECK(contains(text("write", ENAMETOOLONG), "shorter"));
    CHECK(contains(text("write", EIO), "check the disk"));
}
