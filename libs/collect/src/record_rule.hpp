// Where a record of several lines begins. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"
#include "shuwei/collect/file_input.hpp"

struct pcre2_real_code_8;

namespace shuwei::collect {

class RecordRule {
public:
    RecordRule() = default;
    // invalid_argument where the expression (PCRE2, of bytes) is not sound. It is bounded in time: a line on which it takes
    // longer begins no record.
    static base::Result<RecordRule> make(RecordLines lines, std::string_view expression);

    bool single() const { return lines_ == RecordLines::single; }
    bool begins(std::string_view line) const;

private:
    RecordLines lines_ = RecordLines::single;
    std::shared_ptr<pcre2_real_code_8> code_;
};

}  // namespace shuwei::collect
