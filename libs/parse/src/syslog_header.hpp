// The syslog header of a line: RFC 5424, RFC 3164, and what devices really send. Pure function; views into the line.
#pragma once

#include <optional>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::parse {

struct SyslogHeader {
    int priority = -1;  // -1: the line has none
    std::optional<base::Timestamp> time;
    std::string_view hostname;         // empty where the header says nothing
    std::string_view appname;
    std::string_view procid;
    std::string_view msgid;
    std::string_view structured_data;  // with its brackets
    std::string_view message;          // what follows the header; the whole line when there is none
};

// Without a priority only what is clearly a header counts as one: a time, a host and a program name or a "%MNEMONIC".
SyslogHeader parse_syslog_header(std::string_view line, const event::TimeZone& zone, base::Timestamp received);

// The level as words: "emergency" … "debug".
std::string_view severity_name(int severity);

}  // namespace shuwei::parse
