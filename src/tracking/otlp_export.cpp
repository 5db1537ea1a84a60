#include "assay/tracking/otlp_export.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/delivery_state.hpp"
#include "assay/tracking/detail/gzip.hpp"
#include "assay/tracking/detail/trace_json.hpp"
#include "assay/tracking/journal_reader.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

using detail::AckLog;

constexpr std::size_t max_request_spans = 512;
constexpr std::size_t max_request_bytes = 4'000'000;

/// One trace record on its way.
struct Pending {
    std::uint64_t sequence = 0;
    std::size_t bytes = 0;
    TraceData trace;
};

/// What a collector took of a request that it answered with 200.
struct PartialSuccess {
    index rejected = 0;
    std::string words;
};

/// Reads the fields of a protobuf message; stops where it is cut.
template <typename Take>
void for_each_field(std::string_view bytes, Take&& take) {
    const auto varint = [&bytes] {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes.front());
            bytes.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80) break;
        }
        return value;
    };
    while (!bytes.empty()) {
        const std::uint64_t tag = varint();
        if ((tag & 7) == 0) {
            take(tag >> 3, varint(), std::string_view());
        } else if ((tag & 7) == 2) {
            const auto length = std::min<std::uint64_t>(varint(), bytes.size());
            take(tag >> 3, std::uint64_t{0}, bytes.substr(0, length));
            bytes.remove_prefix(length);
        } else {
            return;
        }
    }
}

/// @throws HttpError if the answer is no collector's, which a login page with status 200 is not.
PartialSuccess read_answer(const http::Response& response, const std::string& url) {
    PartialSuccess partial;
    const auto type = response.header("Content-Type").value_or("");
    if (response.body.empty()) return partial;  // no field set: all was taken
    const bool known = type.find("json") != std::string_view::npos || type.find("protobuf") != std::string_view::npos;
    if (!known) {
        throw HttpError("POST " + url + ": expected a collector's answer in protobuf or JSON, got " +
                            (type.empty() ? "no content type" : std::string(type.substr(0, 80))) +
                            "; is this the collector's address, with /v1/traces, and no login page?",
                        response.status);
    }
    if (type.find("json") != std::string_view::npos) {
        const auto body = nlohmann::json::parse(response.body, nullptr, false);
        if (!body.is_object() || !body.contains("partialSuccess")) return partial;
        const auto& said = body["partialSuccess"];
        if (!said.is_object()) return partial;
        const auto rejected = said.value("rejectedSpans", nlohmann::json(0));
        if (rejected.is_number_integer()) partial.rejected = rejected.get<index>();
        if (rejected.is_string()) partial.rejected = std::strtoll(rejected.get<std::string>().c_str(), nullptr, 10);
        if (said.contains("errorMessage") && said["errorMessage"].is_string()) partial.words = said["errorMessage"];
        return partial;
    }
    for_each_field(response.body, [&partial](std::uint64_t field, std::uint64_t, std::string_view message) {
        if (field != 1) return;
        for_each_field(message, [&partial](std::uint64_t inner, std::uint64_t number, std::string_view text) {
            if (inner == 1) partial.rejected = static_cast<index>(number);
            if (inner == 2) partial.words = text;
        });
    });
    return partial;
}

class OtlpExport {
  public:
    OtlpExport(const fs::path& journal, const OtlpEndpoint& endpoint)
        : journal_(journal),
          endpoint_(endpoint),
          client_(endpoint.options),
          state_(journal, "otlp:" + endpoint.url, false),
          contents_(journal / "artifacts") {}

    OtlpReport run() {
        recover(journal_);
        try {
            for (const auto& path : list_segments(journal_)) export_segment(path);
        } catch (const AuthError&) {
            throw;
        } catch (const HttpError& e) {
            report_.stopped_by = e.what();
            count_remaining();
        }
        report_.complete = report_.remaining == 0;
        return std::move(report_);
    }

  private:
    void export_segment(const fs::path& path) {
        const SegmentReader segment(path);
        AckLog& acks = state_.acks(segment.name());
        std::vector<std::uint64_t> others;  // nothing to be sent: so that the segment is known to be done
        std::vector<Pending> batch;
        std::size_t spans = 0, bytes = 0;
        const auto flush = [&] {
            if (!batch.empty()) send(acks, batch);
            batch.clear();
            spans = bytes = 0;
        };
        for (const auto& frame : segment.frames()) {
            if (acks.contains(frame.sequence)) continue;
            if (frame.kind != RecordKind::trace) {
                others.push_back(frame.sequence);
                continue;
            }
            auto next = read(frame);
            if (!next) {
                ++report_.remaining;
                report_.stopped_by = segment.name() + ": the trace in record " + std::to_string(frame.sequence) +
                                     " cannot be read; the others were sent";
                continue;
            }
            if (!batch.empty() &&
                (spans + next->trace.spans.size() > max_request_spans || bytes + next->bytes > max_request_bytes)) {
                flush();
            }
            spans += next->trace.spans.size();
            bytes += next->bytes;
            batch.push_back(std::move(*next));
        }
        flush();
        acks.add(std::move(others), AckLog::Outcome::delivered);
    }

    /// Nothing for a trace that cannot be read, which counts as remaining.
    std::optional<Pending> read(const detail::Frame& frame) const {
        try {
            auto document = std::get<Document>(decode(frame.kind, frame.payload));
            Pending pending{frame.sequence, frame.payload.size(), detail::decode_trace(document, contents_)};
            if (!document.contents.empty()) {
                std::error_code gone;
                const auto size = fs::file_size(contents_.path(document.contents.front()), gone);
                if (!gone) pending.bytes += size;
            }
            return pending;
        } catch (const ValueError&) {
            return std::nullopt;
        } catch (const IoError&) {
            return std::nullopt;
        }
    }

    void send(AckLog& acks, const std::vector<Pending>& batch) {
        const auto response = post(batch);
        if (response.ok()) return note_success(acks, batch, read_answer(response, endpoint_.url));
        const bool about_content = response.status == 400 || response.status == 413 || response.status == 422;
        if (!about_content) http::expect_success(request_, response);
        if (batch.size() > 1) {
            for (const auto& each : batch) send(acks, {each});
            return;
        }
        note_refusal(acks, batch.front(), response.status);
    }

    http::Response post(const std::vector<Pending>& batch) {
        std::vector<OtlpSpans> groups;
        for (const auto& pending : batch) {
            OtlpSpans group{&pending.trace, {}};
            for (const auto& span : pending.trace.spans) group.spans.push_back(&span);
            groups.push_back(std::move(group));
        }
        request_ = {};
        request_.method = "POST";
        request_.url = endpoint_.url;
        request_.headers = {{"Content-Type", std::string(media_type(endpoint_.encoding))}};
        request_.body = encode_otlp(groups, endpoint_.encoding, OtlpDialect::collector, endpoint_.resource);
        if (endpoint_.gzip) {
            request_.headers.emplace_back("Content-Encoding", "gzip");
            request_.body = detail::gzip(request_.body);
        }
        return client_.send(request_);
    }

    void note_success(AckLog& acks, const std::vector<Pending>& batch, const PartialSuccess& partial) {
        std::vector<std::uint64_t> sequences;
        index spans = 0;
        for (const auto& pending : batch) {
            sequences.push_back(pending.sequence);
            spans += static_cast<index>(pending.trace.spans.size());
            report_.traces += !pending.trace.late;
        }
        // A collector does not say which spans it rejected, and must not be asked again.
        acks.add(std::move(sequences), AckLog::Outcome::delivered);
        report_.spans += spans - partial.rejected;
        report_.refused += partial.rejected;
        if (!partial.words.empty()) report_.words = partial.words;
    }

    void note_refusal(AckLog& acks, const Pending& pending, int status) {
        report_.refused += static_cast<index>(pending.trace.spans.size());
        report_.words = "status " + std::to_string(status);
        state_.remember_set_aside(nlohmann::json{{"trace", pending.trace.id.text()}, {"status", status}}.dump());
        acks.add({pending.sequence}, AckLog::Outcome::set_aside);
    }

    void count_remaining() {
        report_.remaining = 0;
        for (const auto& path : list_segments(journal_)) {
            const SegmentReader segment(path);
            const AckLog& acks = state_.acks(segment.name());
            for (const auto& frame : segment.frames()) {
                report_.remaining += frame.kind == RecordKind::trace && !acks.contains(frame.sequence);
            }
        }
    }

    fs::path journal_;
    const OtlpEndpoint& endpoint_;
    http::Client client_;
    detail::DeliveryState state_;
    ArtifactStore contents_;
    http::Request request_;
    OtlpReport report_;
};

}  // namespace

OtlpReport export_otlp(const fs::path& journal, const OtlpEndpoint& endpoint) {
    return OtlpExport(journal, endpoint).run();
}

}  // namespace assay::tracking
