// The disk: full, read-only, and a model of what a power cut leaves of it.

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <fstream>
#include <functional>

#include "assay/base/error.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/journal_status.hpp"
#include "assay/tracking/run.hpp"
#include "assay/tracking/sync.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::TemporaryFolder;

/// The exit status of `work` in a forked child.
int in_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        int result = 99;
        try {
            result = work();
        } catch (const std::exception&) {
        }
        ::_exit(result);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

constexpr int skipped = 77;

/// Logs tags until one is refused; 0 where those taken are all there, the run could go on, and the error said why.
int fill_and_check(const fs::path& journal, const std::function<void()>& make_room) {
    int taken = 0;
    {
        Run run{{.run_name = "full", .journal = journal}};
        std::string said;
        for (; said.empty() && taken < 100'000; ++taken) {
            try {
                run.set_tag("t" + std::to_string(taken), std::string(5000, 'x'));
            } catch (const IoError& e) {
                said = e.what();
                break;
            }
        }
        if (said.find("journal") == std::string::npos || taken < 100) return 1;
        for (int again = 0; again < 3; ++again) {
            try {
                run.set_tag("more", std::string(5000, 'x'));
                return 2;
            } catch (const IoError&) {
            }
        }
        try {
            run.log_text(std::string(4 << 20, 'x'), "big.txt");
            return 3;
        } catch (const IoError&) {
        }
        make_room();
        run.set_tag("after", "room");
    }
    const auto status = inspect(journal);
    if (!status.damage.empty()) return 4;
    if (status.runs.at(0).records.at("tag") != taken + 1) return 5;
    return status.runs[0].status == RunStatus::finished ? 0 : 6;
}

TEST_CASE("faults: a file size limit (in a fork) refuses records with an error, and loses none that were taken") {
    const TemporaryFolder folder;
    const int result = in_child([&] {
        std::signal(SIGXFSZ, SIG_IGN);  // as Python does
        const rlimit low{3 << 20, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &low);
        return fill_and_check(folder.path(), [] {
            const rlimit high{RLIM_INFINITY, RLIM_INFINITY};
            ::setrlimit(RLIMIT_FSIZE, &high);
        });
    });
    CHECK(result == 0);
}

TEST_CASE("faults: a full disk (in a fork) refuses records with an error, and loses none that were taken") {
    const TemporaryFolder folder;
    const int result = in_child([&] {
        // A disk of 6 MB in memory, seen by this process alone; CI without the right to mount skips.
        const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
        const std::string group = "0 " + std::to_string(::getegid()) + " 1";
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return skipped;
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << user;
        std::ofstream("/proc/self/gid_map") << group;
        if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=6m") != 0) return skipped;
        std::ofstream(folder.path() / "ballast") << std::string(3 << 20, 'x');
        return fill_and_check(folder.path() / "journal", [&] { fs::remove(folder.path() / "ballast"); });
    });
    if (result == skipped) {
        WARN("skipped: this process may not mount a file system of its own");
        return;
    }
    CHECK(result == 0);
}

TEST_CASE("faults: a folder that became read-only is an error to write and can still be read") {
    const TemporaryFolder folder;
    {
        Run run{{.run_name = "archived", .journal = folder.path() / "journal"}};
        run.log_metric("m", 1);
    }
    const fs::path journal = folder.path() / "journal";
    const int result = in_child([&] {
        ::chmod(folder.path().c_str(), 0755);
        for (const char* part : {"", "segments", "artifacts"}) ::chmod((journal / part).c_str(), 0555);
        for (const auto& segment : list_segments(journal)) ::chmod(segment.c_str(), 0444);
        if (::geteuid() == 0 && ::setuid(65534) != 0) return skipped;  // root may write everywhere
        try {
            Run run{{.journal = journal}};
            return 1;
        } catch (const IoError& e) {
            if (std::string(e.what()).find("ermission") == std::string::npos) return 2;
        }
        if (inspect(journal).records != 3) return 3;
        try {
            ServerAddress address;
            address.url = "http://127.0.0.1:9";
            sync(journal, MlflowClient(std::move(address)));
            return 4;
        } catch (const IoError&) {
        }
        return 0;
    });
    for (const char* part : {"", "segments", "artifacts"}) ::chmod((journal / part).c_str(), 0755);
    CHECK((result == 0 || result == skipped));
}

}  // namespace
}  // namespace assay::tracking
