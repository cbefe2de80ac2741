// Text in, one ECS JSON object a line out: `shuwei parse`. One call at a time per thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/parse/parser.hpp"

namespace shuwei::parse {

struct LineCounts {
    uint64_t lines = 0;
    uint64_t parsed = 0;
    uint64_t partial = 0;
    uint64_t unparsed = 0;
    uint64_t truncated = 0;  // longer than event::kMaxLineBytes
};

// Reads `input` (a descriptor) to its end; empty lines are passed over, CR LF is one line end. `write` gets many finished
// output lines at once. The time of reading (`clock`) is used to complete missing years but not printed.
base::Result<LineCounts> parse_lines(int input, const std::shared_ptr<const PackSet>& packs, const SourceHint& hint,
                                     const base::Clock& clock,
                                     const std::function<base::Result<>(std::string_view)>& write);

// The same for lines that somebody else finds: `source` calls its argument with each of them, and passes its errors on.
using LineTaker = std::function<base::Result<>(std::string_view)>;
base::Result<LineCounts> parse_lines(const std::function<base::Result<>(const LineTaker&)>& source,
                                     const std::shared_ptr<const PackSet>& packs, const SourceHint& hint, const base::Clock& clock,
                                     const std::function<base::Result<>(std::string_view)>& write);

}  // namespace shuwei::parse
