// Signing in and out.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "session_cookie.hpp"

namespace shuwei::api::handlers {
namespace {

constexpr std::string_view kNever = "2200-01-01T00:00:00.000000Z";  // a token has no session that could end

nlohmann::json session_of(access::Access& access, const access::Principal& principal) {
    return {{"account", render(access, principal.account)},
            {"csrf_token", principal.csrf_token},
            {"expires", principal.expires > 0 ? time_text(principal.expires) : std::string(kNever)}};
}

}  // namespace

base::Result<net::HttpResponse> create_session(Context& context) {
    access::Access& access = context.services().access;
    TRY_ASSIGN(const auto signed_in, access.sign_in(context.body_text("name"), context.body_text("password"), context.peer()));
    switch (signed_in.outcome) {
        case access::SignIn::Outcome::refused:
            return base::fail(base::ErrorCode::unauthenticated, "Name or password is wrong.");
        case access::SignIn::Outcome::wait: {
            const Failure later{429, "rate_limited", "Too many failed attempts; wait before the next.", {}, signed_in.retry_after};
            return to_response(later, context.request().id);
        }
        case access::SignIn::Outcome::ok: break;
    }
    net::HttpResponse response = reply(session_of(access, *signed_in.principal));
    response.headers.add("Set-Cookie", session_cookie(signed_in.cookie));
    return response;
}

base::Result<net::HttpResponse> get_session(Context& context) {
    return reply(session_of(context.services().access, context.principal()));
}

base::Result<net::HttpResponse> delete_session(Context& context) {
    net::HttpResponse response = no_content();
    if (context.principal().via != access::Principal::Via::session) return response;  // a token stays until revoked
    TRY(context.services().access.sign_out(context.request().cookie(kSessionCookie).value_or(""), context.actor()));
    context.services().stream.close_if([&](const access::Principal& principal) {
        return principal.credential_id == context.principal().credential_id;
    });
    response.headers.add("Set-Cookie", session_cookie(""));
    return response;
}

base::Result<net::HttpResponse> change_own_password(Context& context) {
    TRY(context.services().access.change_own_password(context.principal(), context.body_text("old_password"),
                                                      context.body_text("new_password"), context.peer()));
    context.services().stream.close_if([&](const access::Principal& principal) {
        return principal.account.number == context.principal().account.number &&
               principal.credential_id != context.principal().credential_id &&
               principal.via == access::Principal::Via::session;
    });
    return no_content();
}

}  // namespace shuwei::api::handlers
