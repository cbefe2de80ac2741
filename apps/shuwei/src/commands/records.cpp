// Commands on accounts, tokens, clients and the audit chain: they open the ledger themselves and work beside a
// running server. Their actor in the audit chain is the person at the machine.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "exit_code.hpp"
#include "local_records.hpp"
#include "output.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;
using ledger::TenantScope;

const ledger::Actor kLocal = ledger::Actor::person("local", "");

// Opens the records and runs `work` on them; an error of either is reported.
template <typename Work>
int with_records(const std::filesystem::path& data, Work work) {
    auto records = open_records(data, DataFolder::must_exist);
    if (!records) return report(records.error());
    const base::Result<int> code = work(**records);
    return code ? *code : report(code.error());
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

}  // namespace

int run_account_reset_password(const AccountOptions& options) {
    return with_records(options.data, [&](LocalRecords& records) -> base::Result<int> {
        TRY_ASSIGN(const std::string password, records.access->reset_password(options.name, kLocal));
        std::printf("%s\n", password.c_str());
        return kFine;
    });
}

int run_account_create(const AccountOptions& options) {
    return with_records(options.data, [&](LocalRecords& records) -> base::Result<int> {
        access::NewAccount account;
        account.name = options.name;
        account.display_name = options.display_name;
        account.role = access::role_from(options.role).value_or(access::Role::client);
        account.tenants = options.tenants;
        account.all_tenants = options.tenants.empty() && account.role != access::Role::client;
        account.password = records.random.password(20);
        TRY(records.access->create_account(account, kLocal));
        std::printf("%s\n", account.password.c_str());
        return kFine;
    });
}

int run_account_list(const AccountOptions& options) {
    return with_records(options.data, [&](LocalRecords& records) -> base::Result<int> {
        TRY_ASSIGN(const auto accounts, records.access->accounts());
        std::vector<Json> rows;
        for (const auto& account : accounts) {
            std::vector<std::string> tenants;
            for (const auto number : account.tenants) {
                TRY_ASSIGN(const auto tenant, records.access->tenant(number));
                tenants.push_back(tenant.name);
            }
            rows.push_back({{"name", account.name},
                            {"display_name", account.display_name},
                            {"role", std::string(access::to_string(account.role))},
                            {"tenants", account.all_tenants ? "*" : joined(tenants)},
                            {"disabled", account.disabled},
                            {"last_login", account.last_login ? Json(event::format_rfc3339(*account.last_login)) : Json()}});
        }
        print_rows(rows, options.output);
        return kFine;
    });
}

int run_token_create(const TokenOptions& options) {
    return with_records(options.data, [&](LocalRecords& records) -> base::Result<int> {
        access::NewToken token;
        token.name = options.name;
        token.expires = records.clock.now() + options.days * base::kDay;
        TRY_ASSIGN(const auto created, records.access->create_token(options.account, token, kLocal));
        std::printf("%s\n", created.secret.c_str());
        return kFine;
    });
}

int run_tenant_create(const TenantOptions& options) {
    return with_records(options.data, [&](LocalRecords& records) -> base::Result<int> {
        TRY(records.access->create_tenant(options.name, options.title.empty() ? options.name : options.title,
                                          "Asia/Shanghai", kLocal));
        return kFine;
    });
}

int run_tenant_list(const TenantOptions& options) {
    return with_records(options.data, [&](LocalRecords& records) -> base::Result<int> {
        TRY_ASSIGN(const auto tenants, records.access->tenants(TenantScope::every_tenant()));
        std::vector<Json> rows;
        for (const auto& tenant : tenants) {
            rows.push_back({{"number", tenant.number}, {"name", tenant.name}, {"title", tenant.title}, {"zone", tenant.zone}});
        }
        print_rows(rows, options.output);
        return kFine;
    });
}

int run_audit_verify(const std::filesystem::path& data, OutputFormat output) {
    return with_records(data, [&](LocalRecords& records) -> base::Result<int> {
        TRY_ASSIGN(const auto checked, records.ledger->read([&](ledger::Reader& reader) {
            return records.ledger->audit().verify(reader);
        }));
        print_rows({{{"ok", checked.ok},
                     {"entries", checked.entries},
                     {"head", checked.head},
                     {"first_bad_id", checked.first_bad_id ? Json(*checked.first_bad_id) : Json()},
                     {"message", checked.message}}},
                   output);
        return checked.ok ? kFine : kFindings;
    });
}

}  // namespace shuwei::app
