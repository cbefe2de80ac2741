#include "shuwei/collect/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "database/odbc_kind.hpp"
#include "file_kind.hpp"
#include "kafka/kafka_kind.hpp"
#include "nats/nats_kind.hpp"
#include "remote_files/remote_kinds.hpp"
#include "shuwei/base/text.hpp"
#include "snmp/snmp_kind.hpp"
#include "syslog_kind.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kMaxValue = 64 * 1024;

constexpr const InputKind* kKinds[] = {
    &kSyslogKind,
    &kSyslogTlsKind,
    &kRelpKind,
    &kSnmpTrapKind,
    &kFileKind,
    &kKafkaKind,
    &kNatsKind,
    &kFtpKind,
    &kSftpKind,
    &kOdbcKind,
};

Result<> wrong(std::string_view field, std::string what) {
    return base::fail(base::Error(ErrorCode::invalid_argument, std::move(what)).at(std::string(field)));
}

// Blank ones left out.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = base::trim(text.substr(0, end));
        if (!line.empty()) lines.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::optional<int64_t> number_in(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Result<> check_value(const InputField& field, const std::string& value) {
    if (value.size() > kMaxValue) return wrong(field.name, "over 64 KiB");
    if (!base::is_valid_utf8(value)) return wrong(field.name, "not UTF-8");
    if (value.find('\0') != std::string::npos) return wrong(field.name, "holds a NUL");
    switch (field.type) {
        case InputFieldType::text:
            if (value.find_first_of("\r\n") != std::string::npos) return wrong(field.name, "is one line");
            break;
        case InputFieldType::integer: {
            const auto number = number_in(value);
            if (!number) return wrong(field.name, "'" + value + "' is not a whole number");
            if (*number < field.least || *number > field.most) {
                return wrong(field.name, fmt::format("{} is not between {} and {}", *number, field.least, field.most));
            }
            break;
        }
        case InputFieldType::flag:
            if (value != "true" && value != "false") return wrong(field.name, "is true or false");
            break;
        case InputFieldType::choice:
            if (std::find(field.choices.begin(), field.choices.end(), value) == field.choices.end()) {
                return wrong(field.name, fmt::format("'{}' is not one of {}", value, fmt::join(field.choices, ", ")));
            }
            break;
        case InputFieldType::paths: {
            for (const std::string& path : lines_of(value)) {
                const std::filesystem::path parts(path);
                if (!parts.is_absolute()) return wrong(field.name, "'" + path + "' is not an absolute path");
                if (parts != parts.lexically_normal()) return wrong(field.name, "'" + path + "' has '.', '..' or '//' in it");
            }
            break;
        }
        case InputFieldType::list:
        case InputFieldType::block:
        case InputFieldType::secret: break;
    }
    return {};
}

}  // namespace

std::string_view to_string(InputFieldType type) {
    switch (type) {
        case InputFieldType::text: return "text";
        case InputFieldType::integer: return "integer";
        case InputFieldType::flag: return "flag";
        case InputFieldType::choice: return "choice";
        case InputFieldType::list: return "list";
        case InputFieldType::paths: return "paths";
        case InputFieldType::block: return "block";
        case InputFieldType::secret: return "secret";
    }
    return "text";
}

const InputField* InputKind::field(std::string_view wanted) const {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const InputField& f) { return f.name == wanted; });
    return found == fields.end() ? nullptr : &*found;
}

Result<InputSettings> InputSettings::check(const InputKind& kind, InputValues values) {
    for (const auto& [name, value] : values) {
        if (kind.field(name) == nullptr) return base::fail(wrong(name, fmt::format("inputs of kind {} know no such setting", kind.name)).error());
    }
    for (const InputField& field : kind.fields) {
        std::string& value = values[std::string(field.name)];
        if (value.empty()) value = field.fallback;
        if (value.empty() && field.need == InputFieldNeed::required) return base::fail(wrong(field.name, "is missing").error());
        if (!value.empty()) TRY(check_value(field, value));
    }
    InputSettings settings;
    settings.values_ = std::move(values);
    return settings;
}

const std::string& InputSettings::text(std::string_view field) const {
    static const std::string none;
    const auto found = values_.find(field);
    return found == values_.end() ? none : found->second;
}

int64_t InputSettings::integer(std::string_view field) const { return number_in(text(field)).value_or(0); }

bool InputSettings::flag(std::string_view field) const { return text(field) == "true"; }

std::vector<std::string> InputSettings::list(std::string_view field) const { return lines_of(text(field)); }

std::span<const InputKind* const> input_kinds() { return kKinds; }

const InputKind* find_input_kind(std::string_view name) {
    const auto found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const InputKind* kind) { return kind->name == name; });
    return found == std::end(kKinds) ? nullptr : *found;
}

}  // namespace shuwei::collect
