// What names and passwords must be like.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "shuwei/base/text.hpp"
#include "state.hpp"

namespace shuwei::access {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kPasswordMax = 256;

size_t code_points(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Result<> check_account_name(std::string_view name) {
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto rest = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
    if (name.empty() || name.size() > 64 || !lower(name.front()) || !std::all_of(name.begin(), name.end(), rest))
        return base::fail(ErrorCode::invalid_argument,
                          "name: 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter");
    if (name == "local")
        return base::fail(ErrorCode::invalid_argument, "name: 'local' stands for the command line in the audit trail");
    return {};
}

Result<> check_display_name(std::string_view name) {
    if (code_points(name) > 128 || !base::is_valid_utf8(name))
        return base::fail(ErrorCode::invalid_argument, "display_name: at most 128 characters of UTF-8");
    return {};
}

Result<> check_password(std::string_view password, std::string_view account_name, size_t least) {
    const auto refuse = [](std::string why) {
        return base::fail(ErrorCode::invalid_argument, "password: " + std::move(why));
    };
    if (code_points(password) < least) return refuse(fmt::format("at least {} characters", least));
    if (password.size() > kPasswordMax) return refuse(fmt::format("at most {} bytes", kPasswordMax));
    if (std::set<char>(password.begin(), password.end()).size() < 5) return refuse("too few different characters");
    bool lower = false, upper = false, digit = false, other = false;
    for (const char c : password) {
        lower |= c >= 'a' && c <= 'z';
        upper |= c >= 'A' && c <= 'Z';
        digit |= c >= '0' && c <= '9';
        other |= !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
    }
    if (lower + upper + digit + other < 2) return refuse("mix letters, digits and signs");
    if (base::to_ascii_lower(password).find(base::to_ascii_lower(account_name)) != std::string::npos)
        return refuse("must not contain the account's name");
    return {};
}

}  // namespace shuwei::access
