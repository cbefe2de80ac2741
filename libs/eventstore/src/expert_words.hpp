// Words of expert SQL that have a meaning of their own: reserved ones, columns of the tables, spans of time. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shuwei/eventstore/expert_sql.hpp"

namespace shuwei::eventstore {

bool is_expert_word(std::string_view word);        // reserved: no name unless it is quoted
std::string capitals(std::string_view word);       // ASCII
ExpertType expert_type(char letter);               // of ExpertFunction; null for any
ExpertType event_field_type(std::string_view name);
std::optional<ExpertType> findings_field_type(std::string_view name);  // nothing: there is no such column
std::optional<int64_t> parse_expert_span(std::string_view text);       // "15 minutes": seconds

}  // namespace shuwei::eventstore
