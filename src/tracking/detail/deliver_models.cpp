#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/model_lookup.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;

namespace {

using nlohmann::json;

struct ModelFile {
    std::string path;
    std::string sha256;
    std::int64_t size = 0;
};

struct ModelDocument {
    rest::NewLoggedModel model;
    std::string digest;
    std::vector<ModelFile> files;
    std::int64_t step = 0;
    bool reuse = false;
};

ModelDocument read_model(const Document& document) {
    ModelDocument out;
    try {
        const auto body = json::parse(document.body);
        out.model.name = body.at("name").get<std::string>();
        out.model.model_type = body.value("model_type", "");
        out.model.params = body.value("params", TextMap{});
        out.model.tags = body.value("tags", TextMap{});
        out.digest = body.at("digest").get<std::string>();
        out.step = body.value("step", std::int64_t{0});
        out.reuse = body.value("reuse", false);
        for (const auto& file : body.at("files")) {
            out.files.push_back({file.at("path"), file.at("sha256"), file.at("size").get<std::int64_t>()});
        }
    } catch (const json::exception&) {
        throw ValueError("sync: expected a model with name, digest and files in a record of kind model");
    }
    out.model.tags[model_uuid_tag] = document.id;
    out.model.tags[digest_tag] = out.digest;
    return out;
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// A file that goes when it is no longer needed.
class TemporaryFile {
  public:
    TemporaryFile(fs::path path, const std::string& content) : path_(std::move(path)) {
        std::ofstream out(path_, std::ios::binary);
        out << content;
        if (!out.flush()) throw IoError("sync: cannot write " + path_.string());
    }
    ~TemporaryFile() {
        std::error_code ignored;
        fs::remove(path_, ignored);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const fs::path& path() const noexcept { return path_; }

  private:
    fs::path path_;
};

/// `MLmodel` with what only the server knows. Assay writes it as a JSON object; another's is left as it is.
std::optional<std::string> with_ids(const fs::path& file, const rest::LoggedModel& model) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.empty() || text.front() != '{' || text.find("\"model_id\":") != std::string::npos) return std::nullopt;
    json ids{{"artifact_path", model.artifact_location}, {"model_id", model.model_id}};
    if (!model.source_run_id.empty()) ids["run_id"] = model.source_run_id;
    std::string lines;
    for (const auto& [key, value] : ids.items()) lines += "\n  \"" + key + "\": " + value.dump() + ",";
    return text.insert(1, lines);
}

class ModelDelivery {
  public:
    ModelDelivery(const Document& document, const DocumentDelivery& delivery)
        : document_(document),
          delivery_(delivery),
          models_(delivery.client.connection()),
          wanted_(read_model(document)) {
        if (document.run.empty()) {
            wanted_.model.experiment_id = delivery.runs.experiment_id(document.experiment);
        } else {
            wanted_.model.source_run_id = delivery.runs.server_id(document.run);
            wanted_.model.experiment_id = delivery.runs.server_run(document.run).experiment_id;
        }
    }

    void deliver() {
        const rest::LoggedModel model = find_or_create();
        link(model);
        if (model.status == model_ready) return;
        for (const auto& file : wanted_.files) {
            if (delivery_.contents.verify(file.sha256)) continue;
            models_.finalize(model.model_id, "LOGGED_MODEL_UPLOAD_FAILED");
            throw ValueError("sync: a file of model '" + wanted_.model.name +
                             "' is missing from the journal or damaged");
        }
        upload(model);
        patiently(delivery_.options, [&] { models_.finalize(model.model_id, model_ready); });
    }

  private:
    rest::LoggedModel find_or_create() {
        const auto& options = delivery_.options;
        const auto find = [&]() -> std::optional<rest::LoggedModel> {
            const std::string digest = wanted_.reuse ? wanted_.digest : std::string();
            return find_model(models_, options, wanted_.model.experiment_id, document_.id, digest);
        };
        return find_or_make(options, find, [&] { return models_.create(wanted_.model); });
    }

    void link(const rest::LoggedModel& model) {
        const std::string& run = wanted_.model.source_run_id;
        if (run.empty()) return;
        const auto linked = [&]() -> std::optional<bool> {
            const auto held = patiently(delivery_.options, [&] { return delivery_.client.get_run(run); });
            const auto same = [&model](const ModelOutput& made) { return made.model_id == model.model_id; };
            const bool found = std::any_of(held.model_outputs.begin(), held.model_outputs.end(), same);
            return found ? std::optional(true) : std::nullopt;
        };
        find_or_make(delivery_.options, linked, [&] {
            delivery_.client.runs().log_outputs(run, {{model.model_id, wanted_.step}});
            return true;
        });
    }

    /// The server's answer to an upload is empty whether it kept the file or not; its listing is not.
    void upload(const rest::LoggedModel& model) {
        std::vector<ArtifactUpload> missing;
        std::map<std::string, std::int64_t> sizes;
        std::optional<TemporaryFile> described;  // MLmodel with the server's ids, for as long as it is sent
        for (const auto& file : wanted_.files) {
            fs::path content = delivery_.contents.path(file.sha256);
            if (const auto text = file.path == "MLmodel" ? with_ids(content, model) : std::nullopt) {
                described.emplace(delivery_.state.folder() / ("MLmodel-" + document_.id), *text);
                content = described->path();
            }
            sizes[file.path] = static_cast<std::int64_t>(fs::file_size(content));
            missing.push_back({file.path, content});
        }
        for (Patience patience(delivery_.options);;) {
            send(model, missing);
            const auto held = held_sizes(model, missing);
            const auto arrived = [&](const ArtifactUpload& file) {
                const auto at = held.find(file.path);
                return at != held.end() && at->second == sizes.at(file.path);
            };
            missing.erase(std::remove_if(missing.begin(), missing.end(), arrived), missing.end());
            if (missing.empty()) return;
            if (!patience.wait()) {
                throw MlflowError(
                    "MLflow: uploaded files of a model are not listed with their size; is a proxy or a "
                    "login page in between?",
                    200, "", "", true);
            }
        }
    }

    void send(const rest::LoggedModel& model, const std::vector<ArtifactUpload>& files) {
        patiently(delivery_.options, [&] {
            for (const auto& outcome : delivery_.artifacts.upload_all(model.artifact_location, files)) {
                if (outcome.error) std::rethrow_exception(outcome.error);
            }
        });
    }

    std::map<std::string, std::int64_t> held_sizes(const rest::LoggedModel& model,
                                                   const std::vector<ArtifactUpload>& files) const {
        std::set<std::string> folders;
        for (const auto& file : files) folders.insert(folder_of(file.path));
        std::map<std::string, std::int64_t> sizes;
        for (const auto& folder : folders) {
            const auto held =
                patiently(delivery_.options, [&] { return models_.list_artifacts(model.model_id, folder); });
            for (const auto& file : held) sizes[file.path] = file.size;
        }
        return sizes;
    }

    const Document& document_;
    const DocumentDelivery& delivery_;
    rest::LoggedModels models_;
    ModelDocument wanted_;
};

}  // namespace

void deliver_model(const Document& document, const DocumentDelivery& delivery) {
    ModelDelivery(document, delivery).deliver();
}

}  // namespace assay::tracking::detail
