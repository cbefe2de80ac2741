#include "shuwei/ledger/cursor.hpp"

#include <algorithm>

#include "shuwei/base/text.hpp"

namespace shuwei::ledger {

using base::ErrorCode;
using base::Result;

std::string Cursor::encode(std::string_view order) const {
    std::string text = base::base64_encode(std::string(order) + ":" + std::to_string(value) + ":" + std::to_string(id));
    // The URL-safe alphabet without padding, since it travels in a query string.
    text.erase(std::find(text.begin(), text.end(), '='), text.end());
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

Result<Cursor> Cursor::decode(std::string_view text, std::string_view order) {
    const auto wrong = [] { return base::fail(ErrorCode::invalid_argument, "cursor: not one that this list gave"); };
    std::string standard(text);
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    const auto plain = base::base64_decode(standard);
    if (!plain) return wrong();
    std::string_view rest = *plain;
    if (!rest.starts_with(order) || rest.size() <= order.size() || rest[order.size()] != ':') return wrong();
    rest.remove_prefix(order.size() + 1);
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return wrong();
    const auto value = base::parse_int(rest.substr(0, colon));
    const auto id = base::parse_int(rest.substr(colon + 1));
    if (!value || !id) return wrong();
    return Cursor{*value, *id};
}

}  // namespace shuwei::ledger
