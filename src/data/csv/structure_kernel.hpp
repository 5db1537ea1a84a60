// No include guard: each kernel's .cpp includes this once, inside its own namespace and under its own target options,
// after defining
//     struct Isa { static std::uint64_t equal(const char* block64, char c); static std::uint64_t high(const char*);
//                  static std::uint64_t prefix_xor(std::uint64_t); };

/// Bits of the 64 bytes at `at` that lie before `size`.
inline std::uint64_t valid_bits(index at, index size) {
    return size - at >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (size - at)) - 1;
}

/// Follows quotes through a block, 64 bytes at a time.
class QuoteTracker {
  public:
    explicit QuoteTracker(const Marks& marks) : marks_(marks) {}

    /// The bits inside quoted fields; sets broken() where a quote is out of place.
    std::uint64_t inside(const char* text, std::uint64_t quotes, std::uint64_t delimiters, std::uint64_t newlines,
                         std::uint64_t valid) {
        const std::uint64_t in = Isa::prefix_xor(quotes) ^ inside_;
        const std::uint64_t opening = quotes & in;
        const std::uint64_t closing = quotes & ~in;
        const std::uint64_t special = (delimiters | newlines) & ~in;
        const std::uint64_t may_open = (special << 1) | (closing << 1) | after_special_ | after_closing_;
        const std::uint64_t must_end = ((closing << 1) | after_closing_) & valid;
        std::uint64_t ends = delimiters | newlines | quotes;
        if ((must_end & ~ends) != 0 && marks_.cr_before_newline()) {
            const std::uint64_t newline_next = text[64] == '\n' ? std::uint64_t{1} << 63 : 0;
            ends |= Isa::equal(text, '\r') & ((newlines >> 1) | newline_next);
        }
        broken_ |= (opening & ~may_open) | (must_end & ~ends);
        inside_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(in) >> 63);
        after_special_ = special >> 63;
        after_closing_ = closing >> 63;
        return in;
    }
    bool broken() const { return broken_ != 0; }

  private:
    const Marks& marks_;
    std::uint64_t inside_ = 0;
    std::uint64_t after_special_ = 1;
    std::uint64_t after_closing_ = 0;
    std::uint64_t broken_ = 0;
};

Cut find_quoted_cut(std::string_view bytes, const Marks& marks) {
    const auto size = static_cast<index>(bytes.size());
    QuoteTracker tracker(marks);
    Cut cut{Quoting::WellPlaced, 0, {}};
    for (index at = 0; at < size && !tracker.broken(); at += 64) {
        const char* text = bytes.data() + at;
        const std::uint64_t valid = valid_bits(at, size);
        const std::uint64_t newlines = Isa::equal(text, marks.newline) & valid;
        const std::uint64_t in = tracker.inside(text, Isa::equal(text, marks.quote) & valid,
                                                Isa::equal(text, marks.delimiter) & valid, newlines, valid);
        const std::uint64_t outside = newlines & ~in;
        if (outside != 0) cut.end = at + 64 - std::countl_zero(outside);
    }
    if (tracker.broken()) cut = {Quoting::Careful, 0, {}};
    return cut;
}

/// Positions of the set bits; writes up to 63 places past the last one.
inline std::uint32_t* flatten(std::uint32_t* out, std::uint64_t bits, std::uint32_t base) {
    const int count = std::popcount(bits);
    for (int done = 0; done < count; done += 8) {
        for (int i = 0; i < 8; ++i) {
            out[done + i] = base + static_cast<std::uint32_t>(std::countr_zero(bits));
            bits &= bits - 1;
        }
    }
    return out + count;
}

template <bool Quotes>
void index_block(std::string_view bytes, const Marks& marks, Structure& out) {
    const auto size = static_cast<index>(bytes.size());
    QuoteTracker tracker(marks);
    std::uint32_t* const first = out.ends();
    std::uint32_t* field = first;
    std::uint32_t* row = out.row_last();
    std::uint64_t high = 0;
    for (index at = 0; at < size; at += 64) {
        const char* text = bytes.data() + at;
        const std::uint64_t valid = valid_bits(at, size);
        std::uint64_t delimiters = Isa::equal(text, marks.delimiter) & valid;
        std::uint64_t newlines = Isa::equal(text, marks.newline) & valid;
        high |= Isa::high(text) & valid;
        if constexpr (Quotes) {
            const std::uint64_t in =
                tracker.inside(text, Isa::equal(text, marks.quote) & valid, delimiters, newlines, valid);
            delimiters &= ~in;
            newlines &= ~in;
        }
        const std::uint64_t special = delimiters | newlines;
        const auto before = static_cast<std::uint32_t>(field - first);
        for (; newlines != 0; newlines &= newlines - 1) {
            const std::uint64_t up_to = newlines ^ (newlines - 1);
            *row++ = before + static_cast<std::uint32_t>(std::popcount(special & up_to)) - 1;
        }
        field = flatten(field, special, static_cast<std::uint32_t>(at));
    }
    out.num_fields = field - first;
    out.num_rows = row - out.row_last();
    out.has_high_bytes = high != 0;
}

void index_blocks(std::string_view bytes, const Marks& marks, bool quotes, Structure& out) {
    quotes ? index_block<true>(bytes, marks, out) : index_block<false>(bytes, marks, out);
}
