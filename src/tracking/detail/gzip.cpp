#include "assay/tracking/detail/gzip.hpp"

#include <zlib.h>

#include <limits>

#include "assay/base/error.hpp"

namespace assay::tracking::detail {

std::string gzip(std::string_view bytes) {
    constexpr int gzip_window = 15 + 16;
    z_stream stream{};
    if (bytes.size() > std::numeric_limits<uInt>::max() ||
        ::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw ValueError("gzip: cannot compress " + std::to_string(bytes.size()) + " bytes; send them uncompressed");
    }
    std::string out(::deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib's signature; it only reads
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);  // deflateBound promises that it ends here
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

}  // namespace assay::tracking::detail
