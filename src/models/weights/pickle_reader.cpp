#include "models/weights/pickle_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "data/csv/utf8.hpp"
#include "models/weights/weight_contents.hpp"

namespace assay::models::detail {
namespace {

using PickleId = std::uint32_t;

// A value costs some 80 bytes and an opcode makes at most one; the pickle of 10,000 tensors has 2 MB.
constexpr std::size_t kLongestPickle = std::size_t{4} << 20U;

std::optional<WeightType> torch_storage_type(std::string_view name) {
    constexpr std::array<std::string_view, 10> kNames{
        "DoubleStorage", "FloatStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "IntStorage",
        "ShortStorage",  "CharStorage",  "ByteStorage", "BoolStorage"};  // in the order of WeightType
    const auto at = std::find(kNames.begin(), kNames.end(), name);
    if (at == kNames.end()) return std::nullopt;
    return static_cast<WeightType>(at - kNames.begin());
}

class PickleReader {
  public:
    PickleReader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

    Pickle read() {
        if (take(1)[0] != '\x80' || take(1)[0] != '\x02') fail("expected a pickle of protocol 2, got another");
        for (;;) {
            opcode_at_ = at_;
            const char opcode = take(1)[0];
            if (opcode == '.') break;
            step(opcode);
        }
        out_.root = pop();
        if (!stack_.empty()) fail("expected one value at the end, got more");
        return std::move(out_);
    }

  private:
    using Kind = Pickle::Kind;

    [[noreturn]] void fail(const std::string& text) const {
        throw IoError(where_ + ": data.pkl at byte " + std::to_string(opcode_at_) + ": " + text);
    }

    std::string_view take(std::size_t size) {
        if (size > bytes_.size() - at_) fail("expected more, the pickle ends");
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }

    template <class T>
    T number() {
        T value{};
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }

    std::string_view line() {
        const std::size_t end = bytes_.find('\n', at_);
        if (end == std::string_view::npos) fail("expected a line, the pickle ends");
        const std::string_view text = take(end - at_);
        take(1);
        return text;
    }

    std::string_view text() {
        const std::string_view out = take(number<std::uint32_t>());
        if (!data::csv::is_utf8(out)) fail("expected a text in UTF-8, got other bytes");
        return out;
    }

    /// Opcodes that put one value on the stack or remember one; the others go to step_structure.
    void step(char opcode) {
        switch (opcode) {
            case 'N':
                return push({});
            case '\x88':
            case '\x89':
                return push({Kind::boolean, opcode == '\x88' ? 1 : 0, {}, {}});
            case 'J':
                return push({Kind::integer, number<std::int32_t>(), {}, {}});
            case 'K':
                return push({Kind::integer, number<std::uint8_t>(), {}, {}});
            case 'M':
                return push({Kind::integer, number<std::uint16_t>(), {}, {}});
            case '\x8a':
                return push({Kind::integer, long_integer(), {}, {}});
            case 'G':
                take(8);
                return push({Kind::real, 0, {}, {}});
            case 'X':
                return push({Kind::text, 0, text(), {}});
            case 'c':
                return push(global());
            case ')':
                return push({Kind::tuple, 0, {}, {}});
            case ']':
                return push({Kind::list, 0, {}, {}});
            case '}':
                return push({Kind::dict, 0, {}, {}});
            case 'q':
                return put(number<std::uint8_t>());
            case 'r':
                return put(number<std::uint32_t>());
            case 'h':
                return get(number<std::uint8_t>());
            case 'j':
                return get(number<std::uint32_t>());
            default:
                return step_structure(opcode);
        }
    }

    void step_structure(char opcode) {
        switch (opcode) {
            case '(':
                return marks_.push_back(stack_.size());
            case 't':
                return push({Kind::tuple, 0, {}, pop_to_mark()});
            case '\x85':
                return push_tuple(1);
            case '\x86':
                return push_tuple(2);
            case '\x87':
                return push_tuple(3);
            case 'a':
                return extend(Kind::list, pop_some(1));
            case 'e':
                return extend(Kind::list, pop_to_mark());
            case 's':
                return extend(Kind::dict, pop_some(2));
            case 'u':
                return extend(Kind::dict, pop_to_mark());
            case 'Q':
                return push_storage();
            case 'R':
                return call();
            case 'b':
                return build();
            default:
                fail("expected an opcode of plain data, got opcode " +
                     std::to_string(static_cast<unsigned char>(opcode)) + ", which is not read");
        }
    }

    std::int64_t long_integer() {
        const auto size = number<std::uint8_t>();
        if (size > 8) fail("expected an integer of at most 64 bits, got " + std::to_string(size * 8));
        const std::string_view digits = take(size);
        std::uint64_t value = size > 0 && digits.back() < 0 ? ~std::uint64_t{0} : 0;  // two's complement
        std::memcpy(&value, digits.data(), size);
        return static_cast<std::int64_t>(value);
    }

    Pickle::Value global() {
        const std::string_view module = line();
        const std::string_view name = line();
        if (module == "collections" && name == "OrderedDict") return {Kind::ordered_dict_class, 0, {}, {}};
        if (module == "torch._utils" && name == "_rebuild_tensor_v2") return {Kind::rebuild_tensor, 0, {}, {}};
        if (module == "torch._utils" && name == "_rebuild_parameter") return {Kind::rebuild_parameter, 0, {}, {}};
        const std::optional<WeightType> type = module == "torch" ? torch_storage_type(name) : std::nullopt;
        if (type) return {Kind::storage_class, static_cast<std::int64_t>(*type), {}, {}};
        fail("expected only tensors and plain data, got " + shown(std::string(module) + '.' + std::string(name)) +
             ", which is refused: a pickle may run code. Save the state dict alone");
    }

    void push(Pickle::Value value) {
        out_.values.push_back(std::move(value));
        stack_.push_back(static_cast<PickleId>(out_.values.size() - 1));
    }

    PickleId pop() {
        if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("expected a value on the stack, got none");
        const PickleId id = stack_.back();
        stack_.pop_back();
        return id;
    }

    std::vector<PickleId> pop_some(std::size_t count) {
        std::vector<PickleId> items(count);
        for (std::size_t i = count; i-- > 0;) items[i] = pop();
        return items;
    }

    std::vector<PickleId> pop_to_mark() {
        if (marks_.empty()) fail("expected a mark on the stack, got none");
        const auto mark = static_cast<std::ptrdiff_t>(marks_.back());
        marks_.pop_back();
        std::vector<PickleId> items(stack_.begin() + mark, stack_.end());
        stack_.resize(static_cast<std::size_t>(mark));
        return items;
    }

    PickleId top() {
        const PickleId id = pop();
        stack_.push_back(id);
        return id;
    }

    void put(std::uint32_t slot) { memo_[slot] = top(); }

    void get(std::uint32_t slot) {
        const auto found = memo_.find(slot);
        if (found == memo_.end()) fail("expected a value remembered as " + std::to_string(slot) + ", got none");
        stack_.push_back(found->second);
    }

    void push_tuple(std::size_t count) { push({Kind::tuple, 0, {}, pop_some(count)}); }

    void extend(Kind kind, const std::vector<PickleId>& items) {
        Pickle::Value& value = out_.values[top()];
        if (value.kind != kind || (kind == Kind::dict && items.size() % 2 != 0)) {
            fail(kind == Kind::dict ? "expected keys and values for a dict" : "expected items for a list");
        }
        value.items.insert(value.items.end(), items.begin(), items.end());
    }

    /// ('storage', class, key, location, elements): the location is where the tensor was, which does not matter here.
    void push_storage() {
        const Pickle::Value& id = out_.values[pop()];
        const auto is = [&](std::size_t i, Kind kind) { return out_.values[id.items[i]].kind == kind; };
        if (id.kind != Kind::tuple || id.items.size() != 5 || !is(0, Kind::text) || !is(1, Kind::storage_class) ||
            !is(2, Kind::text) || !is(4, Kind::integer) || out_.values[id.items[0]].text != "storage") {
            fail("expected ('storage', class, key, location, elements) as a storage, got something else");
        }
        push({Kind::storage, 0, {}, {id.items[1], id.items[2], id.items[4]}});
    }

    void call() {
        const Pickle::Value& arguments = out_.values[pop()];
        const Kind callee = out_.values[pop()].kind;
        const auto is = [&](std::size_t i, Kind kind) {
            return arguments.items.size() > i && out_.values[arguments.items[i]].kind == kind;
        };
        if (arguments.kind != Kind::tuple) fail("expected a tuple of arguments, got something else");
        if (callee == Kind::ordered_dict_class && arguments.items.empty()) return push({Kind::dict, 0, {}, {}});
        if (callee == Kind::rebuild_parameter && is(0, Kind::tensor)) return stack_.push_back(arguments.items[0]);
        if (callee == Kind::rebuild_tensor && is(0, Kind::storage) && is(1, Kind::integer) && is(2, Kind::tuple) &&
            is(3, Kind::tuple)) {
            const auto first = arguments.items.begin();
            return push({Kind::tensor, 0, {}, {first, first + 4}});
        }
        fail("expected a call that makes an OrderedDict, a tensor or a parameter, got another");
    }

    /// An OrderedDict's own attributes (a state dict's _metadata: versions of modules) are left alone.
    void build() {
        const Kind state = out_.values[pop()].kind;
        if (state != Kind::dict || out_.values[top()].kind != Kind::dict) {
            fail("expected attributes of an OrderedDict, got those of another object");
        }
    }

    std::string_view bytes_;
    const std::string& where_;
    std::size_t at_ = 0;
    std::size_t opcode_at_ = 0;
    Pickle out_;
    std::vector<PickleId> stack_;
    std::vector<std::size_t> marks_;
    std::unordered_map<std::uint32_t, PickleId> memo_;
};

}  // namespace

Pickle read_pickle(std::string_view bytes, const std::string& where) {
    if (bytes.size() > kLongestPickle) {
        throw IoError(where + ": expected a data.pkl of at most " + std::to_string(kLongestPickle) + " bytes, got " +
                      std::to_string(bytes.size()));
    }
    return PickleReader(bytes, where).read();
}

}  // namespace assay::models::detail
