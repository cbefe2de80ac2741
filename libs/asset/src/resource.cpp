#include "shuwei/asset/resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "shuwei/base/text.hpp"

namespace shuwei::asset {

using base::ErrorCode;
using base::fail;
using base::IpAddress;
using base::IpNetwork;
using base::Result;

std::string_view to_string(ResourceKind kind) { return kind == ResourceKind::addresses ? "addresses" : "values"; }

std::optional<ResourceKind> resource_kind_from(std::string_view name) {
    if (name == "addresses") return ResourceKind::addresses;
    if (name == "values") return ResourceKind::values;
    return std::nullopt;
}

bool is_resource_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || name[0] < 'a' || name[0] > 'z') return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
}

namespace {

IpAddress edge(const IpNetwork& network, bool upper) {
    IpAddress at = network.address;
    for (int bit = network.prefix; bit < 128; ++bit) {
        const auto mask = static_cast<uint8_t>(0x80 >> (bit % 8));
        auto& byte = at.bytes[static_cast<size_t>(bit / 8)];
        byte = static_cast<uint8_t>(upper ? byte | mask : byte & ~mask);
    }
    return at;
}

bool bit_of(const IpAddress& address, int bit) { return (address.bytes[static_cast<size_t>(bit / 8)] >> (7 - bit % 8)) & 1; }

// The next address; nothing behind the last of all.
std::optional<IpAddress> next(IpAddress address) {
    for (size_t i = address.bytes.size(); i-- > 0;) {
        if (++address.bytes[i] != 0) return address;
    }
    return std::nullopt;
}

Result<std::string> canonical_address(std::string_view value) {
    const auto wrong = [&](std::string_view why) {
        return fail(ErrorCode::invalid_argument, fmt::format("'{}' is no address, network or range{}", base::replace_invalid_utf8(value.substr(0, 100)), why));
    };
    if (const size_t dash = value.find('-'); dash != std::string_view::npos) {
        const auto first = IpAddress::parse(base::trim(value.substr(0, dash)));
        const auto last = IpAddress::parse(base::trim(value.substr(dash + 1)));
        if (!first || !last) return wrong(": a range is written 10.0.0.1-10.0.0.9");
        if (first->is_v4() != last->is_v4()) return wrong(": both ends are IPv4 or both IPv6");
        if (*last < *first) return wrong(": its end lies before its beginning");
        return *first == *last ? first->to_string() : first->to_string() + "-" + last->to_string();
    }
    const auto network = IpNetwork::parse(value);
    if (!network) return wrong("");
    if (network->prefix == 128) return network->address.to_string();
    const IpAddress first = edge(*network, false);
    const bool v4 = network->prefix >= 96 && first.is_v4();
    return fmt::format("{}/{}", first.to_string(), v4 ? network->prefix - 96 : network->prefix);
}

}  // namespace

std::optional<std::pair<IpAddress, IpAddress>> address_range(std::string_view value) {
    if (const size_t dash = value.find('-'); dash != std::string_view::npos) {
        const auto first = IpAddress::parse(value.substr(0, dash));
        const auto last = IpAddress::parse(value.substr(dash + 1));
        if (!first || !last || *last < *first) return std::nullopt;
        return std::pair(*first, *last);
    }
    const auto network = IpNetwork::parse(value);
    if (!network) return std::nullopt;
    return std::pair(edge(*network, false), edge(*network, true));
}

std::vector<IpNetwork> networks_of(const IpAddress& first, const IpAddress& last) {
    std::vector<IpNetwork> networks;
    for (std::optional<IpAddress> at = first; at && *at <= last;) {
        // As large as its beginning and the end of the range allow.
        IpNetwork network{*at, 128};
        while (network.prefix > 0 && !bit_of(*at, network.prefix - 1)) {
            const IpNetwork larger{*at, static_cast<uint8_t>(network.prefix - 1)};
            if (last < edge(larger, true)) break;
            network = larger;
        }
        networks.push_back(network);
        at = next(edge(network, true));
    }
    return networks;
}

ResourceValue resource_value(std::string_view entry) {
    ResourceValue value;
    std::string plain;
    for (size_t i = 0; i < entry.size(); ++i) {
        const char c = entry[i];
        if (c == '\\' && i + 1 < entry.size() && (entry[i + 1] == '*' || entry[i + 1] == '?' || entry[i + 1] == '\\')) {
            (value.text += c) += entry[i + 1];
            plain += entry[++i];
            continue;
        }
        if (c == '*' || c == '?') value.wildcard = true;
        if (c == '\\') value.text += c;
        value.text += c;
        plain += c;
    }
    if (!value.wildcard) value.text = std::move(plain);
    return value;
}

namespace {

// One entry in its one spelling. The message says what is wrong with it.
Result<ResourceEntry> checked(ResourceKind kind, ResourceEntry entry) {
    entry.value = base::trim(entry.value);
    entry.remark = base::trim(entry.remark);
    if (entry.remark.size() > kMaxRemarkBytes || !base::is_valid_utf8(entry.remark)) {
        return fail(ErrorCode::invalid_argument, fmt::format("the remark is longer than {} bytes or no UTF-8", kMaxRemarkBytes));
    }
    if (kind == ResourceKind::addresses) {
        TRY_ASSIGN(entry.value, canonical_address(entry.value));
        return entry;
    }
    if (entry.value.empty() || entry.value.size() > kMaxResourceValueBytes || !base::is_valid_utf8(entry.value)) {
        return fail(ErrorCode::invalid_argument, fmt::format("a value has 1 to {} bytes of UTF-8", kMaxResourceValueBytes));
    }
    if (entry.value.find_first_not_of("*") == std::string::npos) {
        return fail(ErrorCode::invalid_argument, "a value of stars alone would be everything");
    }
    return entry;
}

// Collects entries, each value once.
class Collected {
public:
    explicit Collected(ResourceKind kind) : kind_(kind) {}
    Result<> add(ResourceEntry given) {
        TRY_ASSIGN(ResourceEntry entry, checked(kind_, std::move(given)));
        const auto [at, fresh] = known_.try_emplace(base::to_ascii_lower(entry.value), entries_.size());
        if (!fresh) {
            if (!entry.remark.empty()) entries_[at->second].remark = std::move(entry.remark);
            return {};
        }
        if (entries_.size() == kMaxResourceEntries) {
            return fail(ErrorCode::invalid_argument, fmt::format("more than {} entries", kMaxResourceEntries));
        }
        if (kind_ == ResourceKind::values && resource_value(entry.value).wildcard && ++wildcards_ > kMaxResourceWildcards) {
            return fail(ErrorCode::invalid_argument, fmt::format("more than {} entries with * or ?", kMaxResourceWildcards));
        }
        entries_.push_back(std::move(entry));
        return {};
    }
    std::vector<ResourceEntry> take() { return std::move(entries_); }

private:
    ResourceKind kind_;
    std::vector<ResourceEntry> entries_;
    std::unordered_map<std::string, size_t> known_;
    size_t wildcards_ = 0;
};

// One field of CSV from the front of `line`; what is behind its comma stays. False where a quote is not closed.
bool take_csv_field(std::string_view& line, std::string& field) {
    field.clear();
    line = base::trim(line);
    if (!line.starts_with('"')) {
        const size_t comma = line.find(',');
        field = line.substr(0, comma);
        line = comma == std::string_view::npos ? std::string_view() : line.substr(comma + 1);
        return true;
    }
    for (size_t i = 1; i < line.size(); ++i) {
        if (line[i] != '"') {
            field += line[i];
        } else if (i + 1 < line.size() && line[i + 1] == '"') {
            field += line[++i];
        } else {
            line = base::trim(line.substr(i + 1));
            if (line.starts_with(',')) line.remove_prefix(1);
            else if (!line.empty() && !line.starts_with('#')) return false;
            return true;
        }
    }
    return false;
}

}  // namespace

Result<std::vector<ResourceEntry>> checked_entries(ResourceKind kind, std::vector<ResourceEntry> entries) {
    Collected collected(kind);
    for (size_t i = 0; i < entries.size(); ++i) {
        if (auto added = collected.add(std::move(entries[i])); !added) return fail(std::move(added).error().at(fmt::format("entry {}", i + 1)));
    }
    return collected.take();
}

Result<std::vector<ResourceEntry>> parse_resource_text(ResourceKind kind, std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    Collected collected(kind);
    bool first = true;
    for (size_t number = 1; !text.empty(); ++number) {
        const size_t end = text.find('\n');
        std::string_view line = base::trim(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line.starts_with('#')) continue;
        const auto place = [&](base::Error error) { return fail(std::move(error).at(fmt::format("line {}", number))); };
        ResourceEntry entry;
        std::string remark;
        const bool quoted = line.starts_with('"');
        if (size_t mark = line.find(" #"); !quoted && mark != std::string_view::npos) {
            remark = line.substr(mark + 2);
            line = line.substr(0, mark);
        }
        if (!take_csv_field(line, entry.value)) return place(base::Error(ErrorCode::invalid_argument, "the closing '\"' is missing"));
        if (remark.empty() && !take_csv_field(line, remark)) return place(base::Error(ErrorCode::invalid_argument, "the closing '\"' is missing"));
        if (!base::trim(line).empty()) {
            return place(base::Error(ErrorCode::invalid_argument, "more than a value and a remark: a value with a comma is written in quotes"));
        }
        if (std::exchange(first, false) && entry.value == "value" && (remark.empty() || remark == "remark")) continue;  // the header of CSV
        entry.remark = std::move(remark);
        if (auto added = collected.add(std::move(entry)); !added) return place(std::move(added).error());
    }
    return collected.take();
}

std::string resource_text(const std::vector<ResourceEntry>& entries) {
    const auto field = [](std::string& out, std::string_view text) {
        if (text.find_first_of(",\"\n\r#") == std::string_view::npos && base::trim(text) == text && text != "value") {
            out += text;
            return;
        }
        out += '"';
        for (const char c : text) {
            if (c == '"') out += c;
            out += c == '\n' || c == '\r' ? ' ' : c;
        }
        out += '"';
    };
    std::string out = "value,remark\n";
    for (const ResourceEntry& entry : entries) {
        field(out, entry.value);
        if (!entry.remark.empty()) field(out += ',', entry.remark);
        out += '\n';
    }
    return out;
}

}  // namespace shuwei::asset
