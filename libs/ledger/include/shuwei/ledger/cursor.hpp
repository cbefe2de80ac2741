// The opaque place where the next page of a list begins: the sort value and id of the last item. Bound to the
// list's order, so that a cursor of another order is refused instead of giving a wrong page. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::ledger {

struct Cursor {
    int64_t value = 0;  // of the sort column
    int64_t id = 0;

    std::string encode(std::string_view order) const;
    static base::Result<Cursor> decode(std::string_view text, std::string_view order);  // invalid_argument
};

template <typename Item>
struct Page {
    std::vector<Item> items;
    int64_t total = 0;        // of the whole filter
    std::string next_cursor;  // empty on the last page
};

}  // namespace shuwei::ledger
