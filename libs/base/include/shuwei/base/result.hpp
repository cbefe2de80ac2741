// Result<T> and Error: how expected failures travel. Bugs go to SHUWEI_ASSERT instead (assert.hpp).
// Values; no shared state, so any thread may use its own.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace shuwei::base {

// What kind of failure it is. The API maps it to an HTTP status, the command line to an exit code, in one table each.
enum class ErrorCode {
    invalid_argument,   // the caller's input is wrong; the message names the place
    not_found,
    already_exists,
    conflict,           // the record changed meanwhile, or its state does not allow this
    unauthenticated,
    permission_denied,
    too_large,          // a size limit was passed
    resource_exhausted, // a quota, a full disk, a full queue; try again later
    unavailable,        // a peer or a child is not there; try again later
    deadline_exceeded,
    cancelled,
    data_corrupt,       // what was stored or received does not hold together
    io,                 // the operating system refused; the message carries strerror
    internal,
};

std::string_view to_string(ErrorCode code);

// A code for programs, a message for a person, and where it happened, innermost place first
// ("line 12", "rules/a.yml").
class [[nodiscard]] Error {
public:
    Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    ErrorCode code() const { return code_; }
    const std::string& message() const { return message_; }
    const std::vector<std::string>& where() const { return where_; }

    // Adds the next outer place and returns itself, for use while passing the error up.
    Error at(std::string place) && { where_.push_back(std::move(place)); return std::move(*this); }
    Error at(std::string place) const& { Error copy = *this; return std::move(copy).at(std::move(place)); }

    // "rules/a.yml: line 12: unknown modifier 'foo'"
    std::string to_string() const;

private:
    ErrorCode code_;
    std::string message_;
    std::vector<std::string> where_;
};

template <typename T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error(code, std::move(message)));
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// The text of errno `number`, as an io error: "open /x: Permission denied". ENOSPC and EDQUOT become
// resource_exhausted, ENOENT not_found, EACCES and EPERM permission_denied.
Error system_error(int number, std::string_view doing);

}  // namespace shuwei::base

#define SHUWEI_CONCAT_(a, b) a##b
#define SHUWEI_CONCAT(a, b) SHUWEI_CONCAT_(a, b)

// TRY(expr): returns the error of a Result<void> (or discards the value); for statements.
#define TRY(...)                                                                                   \
    do {                                                                                           \
        if (auto try_result_ = (__VA_ARGS__); !try_result_) [[unlikely]]                           \
            return ::tl::unexpected<::shuwei::base::Error>(std::move(try_result_).error());        \
    } while (false)

// TRY_ASSIGN(auto x, expr): x is the value, or the function returns the error.
#define TRY_ASSIGN(target, ...) TRY_ASSIGN_(SHUWEI_CONCAT(try_value_, __LINE__), target, __VA_ARGS__)
#define TRY_ASSIGN_(temporary, target, ...)                                                        \
    auto temporary = (__VA_ARGS__);                                                                \
    if (!temporary) [[unlikely]]                                                                   \
        return ::tl::unexpected<::shuwei::base::Error>(std::move(temporary).error());              \
    target = std::move(*temporary)
