#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// `openssl s_server` on a free port of 127.0.0.1 with a certificate made for it; answers GET with a page of its own.
class TlsServer {
  public:
    /// @param options  more options of s_server, such as "-tls1_1"
    TlsServer(const std::filesystem::path& folder, std::vector<std::string> options) : folder_(folder) {
        const std::string make =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
            "/CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout '" +
            key().string() + "' -out '" + certificate().string() + "' 2>/dev/null";
        if (std::system(make.c_str()) != 0) return;
        std::vector<std::string> words{"openssl", "s_server", "-accept", "127.0.0.1:0", "-www",       "-naccept",
                                       "20",      "-key",     key(),     "-cert",       certificate()};
        words.insert(words.end(), options.begin(), options.end());
        start(std::move(words));
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    ~TlsServer() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        std::fclose(output_);
    }

    bool runs() const { return !port_.empty(); }
    std::filesystem::path certificate() const { return folder_ / "certificate.pem"; }
    std::filesystem::path key() const { return folder_ / "key.pem"; }
    std::string url() const { return "https://127.0.0.1:" + port_ + "/"; }

  private:
    void start(std::vector<std::string> words) {
        int ends[2];
        if (::pipe(ends) != 0) return;
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(ends[1], 1);
            ::dup2(::open("/dev/null", O_WRONLY), 2);
            std::vector<char*> arguments;
            for (auto& word : words) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execvp("openssl", arguments.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
        char line[256];
        while (std::fgets(line, sizeof line, output_) != nullptr) {  // "ACCEPT 127.0.0.1:45678"
            const std::string text(line);
            if (!text.starts_with("ACCEPT ")) continue;
            port_ = text.substr(text.rfind(':') + 1);
            port_.erase(port_.find_last_not_of("\r\n") + 1);
            return;
        }
    }

    std::filesystem::path folder_;
    std::string port_;
    pid_t child_ = 0;
    std::FILE* output_ = nullptr;
};
