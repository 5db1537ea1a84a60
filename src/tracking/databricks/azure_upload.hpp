#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "assay/base/http.hpp"
#include "tracking/databricks/cloud_client.hpp"

namespace assay::tracking::databricks {

/// A link that a shared access signature makes good for a while, and the headers that go with it.
struct SignedLink {
    std::string url;
    http::Headers headers;
};

/// Gives the link to use now, and a new one after it was refused.
struct LinkSource {
    std::function<const SignedLink&()> current;
    std::function<void()> renew;
};

/// Sends a file to Azure Data Lake Storage Gen2: create, append, flush.
/// Source: Microsoft Learn, "Path - Create" and "Path - Update".
void upload_to_data_lake(const CloudClient& client, const LinkSource& link, const std::filesystem::path& file,
                         index part_size);

/// Sends a file to Azure Blob Storage as blocks and their list.
/// Source: Microsoft Learn, "Put Block" and "Put Block List".
void upload_to_blob(const CloudClient& client, const LinkSource& link, const std::filesystem::path& file,
                    index part_size);

}  // namespace assay::tracking::databricks
