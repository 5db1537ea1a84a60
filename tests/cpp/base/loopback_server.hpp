#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// A request as the server saw it.
struct Received {
    std::string method;
    std::string target;
    std::string head;  ///< all header lines, names in lower case
    std::string body;

    bool has(const std::string& line) const { return head.find(line + "\r\n") != std::string::npos; }
    bool names(const std::string& name) const { return head.find("\r\n" + name + ":") != std::string::npos; }
};

/// What the server does with a request.
struct Reply {
    enum class Kind { answer, close_before_answer, close_mid_body, stall } kind = Kind::answer;
    int status = 200;
    std::string headers{};  ///< whole lines with their ends
    std::string body{};
    bool close = false;  ///< after the answer
};

/// A strict HTTP/1.1 server on a free port of 127.0.0.1; one thread for each connection.
class LoopbackServer {
  public:
    using Handler = std::function<Reply(const Received&, int number)>;

    explicit LoopbackServer(Handler handler)
        : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("loopback server");
        }
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    ~LoopbackServer() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int fd : sockets_) ::shutdown(fd, SHUT_RDWR);
        }
        for (auto& thread : threads_) thread.join();
        for (const int fd : sockets_) ::close(fd);
        ::close(listener_);
    }

    std::string url(const std::string& path = "/") const { return "http://" + authority() + path; }
    std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
    int connections() const { return connections_; }
    int requests() const { return requests_; }
    Received request(std::size_t i) const {
        const std::lock_guard lock(mutex_);
        return received_.at(i);
    }

  private:
    void accept_all() {
        for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
            ++connections_;
            const std::lock_guard lock(mutex_);
            sockets_.push_back(fd);
            threads_.emplace_back([this, fd] {
                serve(fd);
                ::shutdown(fd, SHUT_RDWR);
            });
        }
    }

    void serve(int fd) {
        std::string buffer;
        for (Received request; read_request(fd, buffer, request); request = {}) {
            {
                const std::lock_guard lock(mutex_);
                received_.push_back(request);
            }
            const Reply reply = handler_(request, ++requests_);
            if (reply.kind == Reply::Kind::close_before_answer) return;
            if (reply.kind == Reply::Kind::stall) {
                read_more(fd, buffer);  // until the client gives up
                return;
            }
            std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\n" + reply.headers +
                               "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
            if (request.method != "HEAD") text += reply.body;
            if (reply.kind == Reply::Kind::close_mid_body) text.resize(text.size() - reply.body.size() / 2);
            if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
            if (reply.kind == Reply::Kind::close_mid_body || reply.close) return;
        }
    }

    static bool read_more(int fd, std::string& buffer) {
        char bytes[65536];
        const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
        if (got > 0) buffer.append(bytes, static_cast<std::size_t>(got));
        return got > 0;
    }

    /// Takes one request from the front of the buffer.
    static bool read_request(int fd, std::string& buffer, Received& request) {
        std::size_t end = 0;
        while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more(fd, buffer)) return false;
        }
        const std::size_t line = buffer.find("\r\n");
        const std::string first = buffer.substr(0, line);
        request.method = first.substr(0, first.find(' '));
        request.target = first.substr(first.find(' ') + 1, first.rfind(' ') - first.find(' ') - 1);
        request.head = buffer.substr(line, end + 2 - line);
        bool name = true;
        for (char& c : request.head) {
            if (c == '\n') name = true;
            if (c == ':') name = false;
            if (name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        std::size_t size = 0;
        if (const auto at = request.head.find("\r\ncontent-length:"); at != std::string::npos) {
            size = std::stoul(request.head.substr(at + 17));
        }
        buffer.erase(0, end + 4);
        while (buffer.size() < size) {
            if (!read_more(fd, buffer)) return false;
        }
        request.body = buffer.substr(0, size);
        buffer.erase(0, size);
        return true;
    }

    Handler handler_;
    int listener_;
    int port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<int> requests_{0};
    mutable std::mutex mutex_;
    std::vector<Received> received_;
    std::vector<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};
