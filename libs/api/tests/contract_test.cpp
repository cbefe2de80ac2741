// The whole table of operations: every one answers as the contract says, to everybody whom it names and nobody else.
#include <algorithm>

#include "api_fixture.hpp"
#include "requests.hpp"

namespace shuwei::api {
namespace {

std::string method_of(const Operation& operation) { return std::string(net::to_string(operation.method)); }

bool ends(const Operation& operation) { return operation.id != "open_stream"; }

struct Contract : ApiTest {
    // As on a first day: each request finds what the sample was written for.
    Sample sample(const Operation& operation) {
        const auto found = sample_of(*this, operation.id);
        EXPECT_TRUE(found) << "requests.hpp lacks " << operation.id;
        return found.value_or(Sample{});
    }
};

TEST_F(Contract, EveryOperationAnswersAsDescribed) {
    const Who admin = token("admin");
    for (const Operation& operation : operations()) {
        if (!ends(operation)) continue;
        const Sample request = sample(operation);
        const Who who = operation.id.ends_with("session") || operation.id == "change_own_password" ? session("analyst") : admin;
        const Reply answer = call(who, method_of(operation), request.target, request.body);  // checks the schema
        EXPECT_EQ(answer.status, request.status) << operation.id << ": " << answer.text.substr(0, 500);
    }
}

TEST_F(Contract, NothingIsOpenToStrangersButWhatIsPublic) {
    for (const Operation& operation : operations()) {
        const auto request = ends(operation) ? sample(operation) : Sample{"/api/v1/stream", nullptr};
        const Reply answer = call(nobody, method_of(operation), request.target, request.body);
        if (operation.access == OperationAccess::anybody) {
            EXPECT_EQ(answer.status, request.status) << operation.id;
        } else {
            EXPECT_EQ(answer.status, 401) << operation.id;
            EXPECT_EQ(answer.body["code"], "unauthenticated") << operation.id;
        }
    }
}

TEST_F(Contract, RolesMayDoWhatTheContractNamesAndNoMore) {
    const std::pair<access::Role, const char*> people[] = {
        {access::Role::client, "alpha-client"}, {access::Role::analyst, "analyst"}, {access::Role::admin, "admin"}};
    for (const auto& [role, account] : people) {
        for (const Operation& operation : operations()) {
            if (operation.access == OperationAccess::anybody || !ends(operation)) continue;
            const bool may = std::ranges::find(operation.roles, role) != operation.roles.end();
            // Changing the password and signing out are tried elsewhere: they would end what comes after.
            if (may && (operation.id == "change_own_password" || operation.id == "delete_session")) continue;
            const Sample request = sample(operation);
            const Reply answer = call(session(account), method_of(operation), request.target, request.body);
            if (may) {
                // A second try of the same role's request may find it done already.
                EXPECT_TRUE(answer.status == request.status || answer.status == 409)
                    << operation.id << " as " << account << ": " << answer.status << " " << answer.text.substr(0, 300);
            } else {
                EXPECT_EQ(answer.status, 403) << operation.id << " as " << account;
                EXPECT_EQ(answer.body["code"], "permission_denied") << operation.id << " as " << account;
            }
        }
    }
}

TEST_F(Contract, ARecordOfAnotherClientIsNotThere) {
    for (const char* account : {"beta-client", "beta-analyst"}) {
        const Who who = token(account);
        const access::Role role = access->account(account)->role;
        for (const Operation& operation : operations()) {
            if (!ends(operation) || operation.tenant != TenantRule::query) continue;
            if (std::ranges::find(operation.roles, role) == operation.roles.end()) continue;
            const Sample request = sample(operation);
            if (request.of_alpha) {
                const Reply answer = call(who, method_of(operation), request.target, request.body);
                EXPECT_EQ(answer.status, 404) << operation.id << " as " << account << ": " << answer.text.substr(0, 300);
            }
            if (request.target.find("tenant=") != std::string::npos) continue;
            const std::string target = request.target + (request.target.find('?') == std::string::npos ? "?" : "&") + "tenant=alpha";
            EXPECT_EQ(call(who, method_of(operation), target, request.body).status, 404) << operation.id << " with tenant=alpha";
        }
    }
}

TEST_F(Contract, EverythingOfAnotherClientStaysOutOfEveryAnswer) {
    const Who who = token("beta-client");
    for (const Operation& operation : operations()) {
        if (!ends(operation) || operation.tenant != TenantRule::query) continue;
        if (std::ranges::find(operation.roles, access::Role::client) == operation.roles.end()) continue;
        const Sample request = sample(operation);
        if (request.of_alpha) continue;
        const Reply answer = call(who, method_of(operation), request.target, request.body);
        for (const char* trace : {"alpha", "甲公司", "203.0.113.9"}) {
            EXPECT_EQ(answer.text.find(trace), std::string::npos) << operation.id << " tells of " << trace << ": " << answer.text.substr(0, 500);
        }
    }
}

TEST_F(Contract, WritesOfASessionNeedItsCsrfToken) {
    const Who signed_in = session("admin");
    for (const Operation& operation : operations()) {
        if (operation.access == OperationAccess::anybody || operation.effect != OperationEffect::writes) continue;
        const Sample request = sample(operation);
        for (const std::string& csrf : {std::string(), std::string("0123"), session("analyst").csrf}) {
            const Reply answer = call({signed_in.cookie, csrf, ""}, method_of(operation), request.target, request.body);
            EXPECT_EQ(answer.status, 403) << operation.id;
            EXPECT_EQ(answer.body["code"], "csrf") << operation.id;
        }
    }
    // Searching by POST reads only.
    EXPECT_EQ(call({signed_in.cookie, "", ""}, "POST", "/api/v1/events/search", json::object()).status, 200);
}

TEST_F(Contract, AnIngestTokenSendsEventsAndNothingElse) {
    const Who who = token("analyst", {.name = "sender", .purpose = access::TokenPurpose::ingest, .tenant = "beta"});
    for (const Operation& operation : operations()) {
        if (operation.access == OperationAccess::anybody) continue;
        if (std::ranges::find(operation.roles, access::Role::analyst) == operation.roles.end()) continue;
        const auto request = ends(operation) ? sample(operation) : Sample{"/api/v1/stream", nullptr};
        const Reply answer = call(who, method_of(operation), request.target, request.body);
        EXPECT_EQ(answer.status, operation.id == "ingest_events" ? 200 : 403) << operation.id << answer.text;
    }
    EXPECT_EQ(ingest_tenants, std::vector<uint32_t>{beta});
}

TEST_F(Contract, EveryOperationSaysWhoMayCallIt) {
    for (const Operation& operation : operations()) {
        EXPECT_EQ(operation.access == OperationAccess::anybody, operation.roles.empty()) << operation.id;
        EXPECT_TRUE(operation.path.starts_with("/api/v1/") || operation.access == OperationAccess::anybody) << operation.id;
    }
}

}  // namespace
}  // namespace shuwei::api
