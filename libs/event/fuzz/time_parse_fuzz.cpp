// Any bytes as a time, by every parser; the first line of the input is a format for TimeFormat.
#include <cstdint>
#include <string_view>

#include "shuwei/event/time_parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::event;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const TimeZone zones[] = {TimeZone::utc(), TimeZone::china(), *TimeZone::find("America/New_York")};
    constexpr shuwei::base::Timestamp kReceived = 1'795'221'060 * shuwei::base::kSecond;
    const size_t line = text.find('\n');
    const std::string_view rest = line == std::string_view::npos ? text : text.substr(line + 1);
    for (const TimeZone& zone : zones) {
        parse_rfc3339(rest, zone);
        parse_syslog_time(rest, zone, kReceived);
        scan_time(rest, zone, kReceived);
        if (const auto format = TimeFormat::compile(text.substr(0, line))) format->parse(rest, zone, kReceived);
    }
    if (const auto time = parse_epoch(rest)) format_rfc3339(*time);
    (void)parse_time_argument(rest, kReceived);
    (void)TimeZone::find(text.substr(0, 40));
    return 0;
}
