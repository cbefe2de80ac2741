// The line that a shipper's document carries: Beats, Vector and most others name it `message`, Fluent Bit `log`.
#pragma once

#include <string_view>

namespace shuwei::parse {

// The inside of that string, as it is written (escapes stand), of a JSON object; empty when there is none. One pass, no
// memory; of malformed JSON it may find anything within the text.
std::string_view written_carried_line(std::string_view document);

}  // namespace shuwei::parse
