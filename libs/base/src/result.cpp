#include "shuwei/base/result.hpp"

#include <cerrno>
#include <system_error>

namespace shuwei::base {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument: return "invalid_argument";
        case ErrorCode::not_found: return "not_found";
        case ErrorCode::already_exists: return "already_exists";
        case ErrorCode::conflict: return "conflict";
        case ErrorCode::unauthenticated: return "unauthenticated";
        case ErrorCode::permission_denied: return "permission_denied";
        case ErrorCode::too_large: return "too_large";
        case ErrorCode::resource_exhausted: return "resource_exhausted";
        case ErrorCode::unavailable: return "unavailable";
        case ErrorCode::deadline_exceeded: return "deadline_exceeded";
        case ErrorCode::cancelled: return "cancelled";
        case ErrorCode::data_corrupt: return "data_corrupt";
        case ErrorCode::io: return "io";
        case ErrorCode::internal: return "internal";
    }
    return "internal";
}

std::string Error::to_string() const {
    std::string text;
    for (auto place = where_.rbegin(); place != where_.rend(); ++place) {
        text += *place;
        text += ": ";
    }
    return text + message_;
}

Error system_error(int number, std::string_view doing) {
    ErrorCode code = ErrorCode::io;
    switch (number) {
        case ENOSPC:
        case EDQUOT: code = ErrorCode::resource_exhausted; break;
        case ENOENT: code = ErrorCode::not_found; break;
        case EACCES:
        case EPERM: code = ErrorCode::permission_denied; break;
        default: break;
    }
    return Error(code, std::string(doing) + ": " + std::generic_category().message(number));
}

}  // namespace shuwei::base
