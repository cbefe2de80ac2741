// Accounts and API tokens.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/assert.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

access::Role role_of(const std::string& name) {
    const auto role = access::role_from(name);
    SHUWEI_ASSERT(role.has_value());  // the contract's enum was checked
    return *role;
}

// Streams carry the rights that their account had when they were opened: what changed ends them, and pages reconnect.
void end_streams(Context& context, const std::string& account) {
    context.services().stream.close_if([&](const access::Principal& principal) { return principal.account.name == account; });
}

}  // namespace

base::Result<net::HttpResponse> list_accounts(Context& context) {
    TRY_ASSIGN(const auto accounts, context.services().access.accounts());
    json items = json::array();
    for (const access::Account& account : accounts) items.push_back(render(context.services().access, account));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_account(Context& context) {
    const json& body = context.body();
    access::NewAccount account;
    account.name = context.body_text("name");
    account.display_name = context.body_text("display_name");
    account.role = role_of(context.body_text("role"));
    account.all_tenants = body.at("all_tenants").get<bool>();
    if (body.contains("tenants")) account.tenants = body.at("tenants").get<std::vector<std::string>>();
    account.password = context.body_text("password");
    TRY_ASSIGN(const auto created, context.services().access.create_account(account, context.actor()));
    return reply(render(context.services().access, created), 201);
}

base::Result<net::HttpResponse> update_account(Context& context) {
    const json& body = context.body();
    access::AccountChange change;
    if (body.contains("disabled")) change.disabled = body.at("disabled").get<bool>();
    change.display_name = context.maybe_body_text("display_name");
    if (body.contains("role")) change.role = role_of(context.body_text("role"));
    if (body.contains("all_tenants")) change.all_tenants = body.at("all_tenants").get<bool>();
    if (body.contains("tenants")) change.tenants = body.at("tenants").get<std::vector<std::string>>();
    const std::string name = context.text("name");
    TRY_ASSIGN(const auto account, context.services().access.update_account(name, change, context.actor()));
    end_streams(context, name);
    return reply(render(context.services().access, account));
}

base::Result<net::HttpResponse> reset_account_password(Context& context) {
    const std::string name = context.text("name");
    TRY(context.services().access.set_password(name, context.body_text("password"), context.actor()));
    end_streams(context, name);
    return no_content();
}

base::Result<net::HttpResponse> list_tokens(Context& context) {
    TRY_ASSIGN(const auto tokens, context.services().access.tokens(context.text("name")));
    json items = json::array();
    for (const access::Token& token : tokens) items.push_back(render(context.services().access, token));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_token(Context& context) {
    access::NewToken token;
    token.name = context.body_text("name");
    const auto purpose = access::token_purpose_from(context.body_text("purpose"));
    SHUWEI_ASSERT(purpose.has_value());
    token.purpose = *purpose;
    token.tenant = context.maybe_body_text("tenant");
    token.expires = context.body_time("expires");
    TRY_ASSIGN(const auto created, context.services().access.create_token(context.text("name"), token, context.actor()));
    return reply({{"token", render(context.services().access, created.token)}, {"secret", created.secret}}, 201);
}

base::Result<net::HttpResponse> revoke_token(Context& context) {
    const std::string id = context.text("token_id");
    TRY(context.services().access.revoke_token(context.text("name"), id, context.actor()));
    end_streams(context, context.text("name"));
    return no_content();
}

base::Result<net::HttpResponse> list_assignees(Context& context) {
    TRY_ASSIGN(const auto accounts, context.services().access.assignees(context.scope()));
    json items = json::array();
    for (const access::Account& account : accounts) {
        items.push_back({{"name", account.name}, {"display_name", account.display_name}});
    }
    return reply({{"items", std::move(items)}});
}

}  // namespace shuwei::api::handlers
