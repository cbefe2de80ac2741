#include "shuwei/base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace shuwei::base::log {
namespace {

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>("shuwei", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
        made->flush_on(spdlog::level::warn);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum translate(Level level) {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warning: return spdlog::level::warn;
        case Level::error: return spdlog::level::err;
        case Level::off: return spdlog::level::off;
    }
    return spdlog::level::info;
}

// A value from outside may hold line breaks or terminal codes; neither may reach the log as such.
void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
}

}  // namespace

void set_level(Level level) { logger().set_level(translate(level)); }

void write(Level level, std::string_view text, Fields fields) {
    if (!logger().should_log(translate(level))) return;
    std::string line;
    append_escaped(line, text);
    for (const auto& [name, value] : fields) {
        line += ' ';
        line += name;
        line += '=';
        const bool quote = value.empty() || value.find_first_of(" =\"") != std::string_view::npos;
        if (quote) line += '"';
        append_escaped(line, value);
        if (quote) line += '"';
    }
    logger().log(translate(level), fmt::runtime("{}"), line);
}

}  // namespace shuwei::base::log
