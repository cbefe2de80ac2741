#include "shuwei/sigma/rule_info.hpp"

#include "shuwei/sigma/rule.hpp"

namespace shuwei::sigma {

std::string_view to_string(Level level) {
    switch (level) {
        case Level::informational: return "informational";
        case Level::low: return "low";
        case Level::medium: return "medium";
        case Level::high: return "high";
        case Level::critical: return "critical";
    }
    return "";
}

std::optional<Level> parse_level(std::string_view text) {
    for (const Level level : {Level::informational, Level::low, Level::medium, Level::high, Level::critical}) {
        if (text == to_string(level)) return level;
    }
    return std::nullopt;
}

std::string_view to_string(RuleKind kind) {
    switch (kind) {
        case RuleKind::detection: return "detection";
        case RuleKind::correlation: return "correlation";
        case RuleKind::filter: return "filter";
    }
    return "";
}

std::string LogSource::to_string() const {
    const auto part = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
    return part(product) + "/" + part(category) + "/" + part(service);
}

std::string_view to_string(Comparison comparison) {
    switch (comparison) {
        case Comparison::eq: return "eq";
        case Comparison::ne: return "neq";
        case Comparison::lt: return "lt";
        case Comparison::lte: return "lte";
        case Comparison::gt: return "gt";
        case Comparison::gte: return "gte";
    }
    return "";
}

std::string_view to_string(TimePart part) {
    switch (part) {
        case TimePart::none: return "";
        case TimePart::minute: return "minute";
        case TimePart::hour: return "hour";
        case TimePart::day: return "day";
        case TimePart::week: return "week";
        case TimePart::month: return "month";
        case TimePart::year: return "year";
    }
    return "";
}

std::string_view to_string(CorrelationType type) {
    switch (type) {
        case CorrelationType::event_count: return "event_count";
        case CorrelationType::value_count: return "value_count";
        case CorrelationType::temporal: return "temporal";
        case CorrelationType::temporal_ordered: return "temporal_ordered";
        case CorrelationType::value_sum: return "value_sum";
        case CorrelationType::value_avg: return "value_avg";
        case CorrelationType::value_percentile: return "value_percentile";
    }
    return "";
}

std::string ValueTest::to_text() const {
    switch (operation) {
        case Operation::pattern: return pattern.to_text();
        case Operation::regex: {
            std::string flags;
            if (regex.ignore_case) flags += 'i';
            if (regex.multi_line) flags += 'm';
            if (regex.dot_all) flags += 's';
            return "/" + text + "/" + flags;
        }
        case Operation::cidr: return text;
        case Operation::exists: return flag ? "exists" : "does not exist";
        case Operation::null_value: return "null";
        case Operation::field_reference: {
            const char* how = anchor == Anchor::whole ? "= " : anchor == Anchor::starts ? "begins with "
                              : anchor == Anchor::ends ? "ends with " : "contains ";
            return how + text;
        }
        case Operation::compare: {
            std::string shown = time_part == TimePart::none ? "" : std::string(to_string(time_part)) + " ";
            switch (comparison) {
                case Comparison::eq: shown += "= "; break;
                case Comparison::ne: shown += "!= "; break;
                case Comparison::lt: shown += "< "; break;
                case Comparison::lte: shown += "<= "; break;
                case Comparison::gt: shown += "> "; break;
                case Comparison::gte: shown += ">= "; break;
            }
            return shown + text;
        }
        case Operation::never: return text;
        case Operation::group: {
            const char* how = anchor == Anchor::whole ? "in " : anchor == Anchor::starts ? "begins with one of "
                              : anchor == Anchor::ends ? "ends with one of " : "contains one of ";
            return how + ("%" + text + "%");
        }
    }
    return "";
}

}  // namespace shuwei::sigma
