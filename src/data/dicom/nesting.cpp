#include <array>
#include <cstdint>
#include <string>

#include "assay/base/error.hpp"
#include "data/dicom/dataset.hpp"

namespace assay::data::dicom {
namespace {

constexpr std::uint32_t kUndefined = 0xffffffff;
constexpr std::size_t kMostLevels = 64;

/// How elements are written.
struct Encoding {
    bool explicit_vr = true;
    bool big_endian = false;
};

/// Walks over the elements of a data set without recursion. It reads as far as it understands: judging the rest is
/// DCMTK's.
class NestingWalker {
  public:
    explicit NestingWalker(std::span<const std::byte> bytes) : bytes_(bytes) {}

    void walk() {
        const bool preamble = bytes_.size() > 132 && text(128, 4) == "DICM";
        at_ = preamble ? 132 : 0;
        levels_[0] = {bytes_.size(), false};
        Encoding data_set = {at_ + 6 <= bytes_.size() && is_vr(at_ + 4), false};
        bool in_meta = true;
        while (depth_ > 0 || at_ + 8 <= bytes_.size()) {
            while (depth_ > 0 && at_ >= levels_[depth_].end) --depth_;
            if (at_ + 8 > bytes_.size()) return;
            if (in_meta && depth_ == 0 && group({true, false}) != 2) {
                in_meta = false;
                if (preamble || syntax_known_) data_set = encoding_;
            }
            if (!step(in_meta ? Encoding{data_set.explicit_vr, false} : data_set)) return;
        }
    }

  private:
    struct Level {
        std::size_t end = 0;
        bool implicit = false;  ///< inside of an element of unknown VR and undefined length
    };

    std::string_view text(std::size_t at, std::size_t size) const {
        return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
    }
    std::uint32_t number(std::size_t at, int size, bool big_endian) const {
        std::uint32_t value = 0;
        for (int i = 0; i < size; ++i) {
            const auto byte = static_cast<std::uint32_t>(bytes_[at + static_cast<std::size_t>(i)]);
            value |= byte << (8 * (big_endian ? size - 1 - i : i));
        }
        return value;
    }
    std::uint32_t group(Encoding encoding) const { return number(at_, 2, encoding.big_endian); }
    bool is_vr(std::size_t at) const {
        const std::string_view vr = text(at, 2);
        return vr[0] >= 'A' && vr[0] <= 'Z' && vr[1] >= 'A' && vr[1] <= 'Z';
    }
    static bool long_form(std::string_view vr) {
        return vr == "OB" || vr == "OW" || vr == "OF" || vr == "OD" || vr == "OL" || vr == "OV" || vr == "SQ" ||
               vr == "UC" || vr == "UR" || vr == "UT" || vr == "UN" || vr == "SV" || vr == "UV";
    }

    void enter(std::uint32_t length, bool implicit) {
        if (depth_ + 1 >= kMostLevels) {
            throw IoError("read_dicom: expected at most 64 levels of sequences, got more; the file is damaged");
        }
        const std::size_t outer = levels_[depth_].end;
        ++depth_;
        levels_[depth_] = {length == kUndefined || length > outer - at_ ? outer : at_ + length,
                           implicit || levels_[depth_ - 1].implicit};
    }

    /// One element, item or delimiter. @return  false where the bytes make no sense
    bool step(Encoding encoding) {
        const std::uint32_t first = group(encoding);
        const std::uint32_t second = number(at_ + 2, 2, encoding.big_endian);
        if (first == 0xfffe) {
            const std::uint32_t length = number(at_ + 4, 4, encoding.big_endian);
            at_ += 8;
            if (second == 0xe000) {
                enter(length, false);
            } else if (depth_ > 0) {
                --depth_;
            }
            return true;
        }
        std::uint32_t length = 0;
        std::string_view vr = "??";
        if (!encoding.explicit_vr || levels_[depth_].implicit || !is_vr(at_ + 4)) {
            length = number(at_ + 4, 4, encoding.big_endian);
            at_ += 8;
        } else {
            vr = text(at_ + 4, 2);
            if (long_form(vr)) {
                if (at_ + 12 > bytes_.size()) return false;
                length = number(at_ + 8, 4, encoding.big_endian);
                at_ += 12;
            } else {
                length = number(at_ + 6, 2, encoding.big_endian);
                at_ += 8;
            }
        }
        if (first == 2 && second == 0x10) learn_syntax(length);
        const bool holds_items = length == kUndefined || vr == "SQ" || (vr == "??" && item_follows(length, encoding));
        if (holds_items) {
            if (length != 0) enter(length, vr == "UN");
            return true;
        }
        if (length > bytes_.size() - at_) return false;
        at_ += length;
        return true;
    }

    /// Without a VR, a value that begins as an item does is taken for a sequence.
    bool item_follows(std::uint32_t length, Encoding encoding) const {
        return length >= 8 && at_ + 8 <= bytes_.size() && group(encoding) == 0xfffe &&
               number(at_ + 2, 2, encoding.big_endian) == 0xe000;
    }

    void learn_syntax(std::uint32_t length) {
        if (length > bytes_.size() - at_) return;
        std::string_view uid = text(at_, length);
        while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) uid.remove_suffix(1);
        encoding_ = {uid != "1.2.840.10008.1.2", uid == "1.2.840.10008.1.2.2"};
        syntax_known_ = true;
    }

    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::array<Level, kMostLevels> levels_{};
    Encoding encoding_;
    bool syntax_known_ = false;
};

}  // namespace

void check_nesting(std::span<const std::byte> bytes) { NestingWalker(bytes).walk(); }

}  // namespace assay::data::dicom
