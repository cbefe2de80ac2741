// The program's own log: one line a message on stderr, key=value after the text, never a secret.
// Thread-safe. Not for the events of guarded systems: those go through the pipeline.
//
//   log::info("listening", {{"address", address}, {"port", "5514"}});
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace shuwei::base::log {

enum class Level { debug, info, warning, error, off };
using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

void set_level(Level level);
void write(Level level, std::string_view text, Fields fields = {});

inline void debug(std::string_view text, Fields fields = {}) { write(Level::debug, text, fields); }
inline void info(std::string_view text, Fields fields = {}) { write(Level::info, text, fields); }
inline void warning(std::string_view text, Fields fields = {}) { write(Level::warning, text, fields); }
inline void error(std::string_view text, Fields fields = {}) { write(Level::error, text, fields); }

}  // namespace shuwei::base::log
