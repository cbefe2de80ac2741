// Commands on forwarding targets: they change the ledger, and a running server follows within a second.
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "exit_code.hpp"
#include "local_records.hpp"
#include "output.hpp"
#include "shuwei/crypto/secret_box.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/forward/target_store.hpp"

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;
using ledger::TenantScope;

template <typename Work>
int with_targets(const std::filesystem::path& data, Work work) {
    auto records = open_records(data, DataFolder::must_exist);
    if (!records) return report(records.error());
    const auto box = crypto::SecretBox::open(data / "secrets.key", (*records)->random);
    if (!box) return report(box.error());
    const base::Result<> done = work(**records, forward::TargetStore(*box));
    return done ? kFine : report(done.error());
}

// Of this name, in one tenant or the only one that has it.
base::Result<forward::Target> named(ledger::Reader& reader, const forward::TargetStore& targets, LocalRecords& records, const ForwardOptions& options) {
    TenantScope scope = TenantScope::every_tenant();
    if (!options.tenant.empty()) {
        TRY_ASSIGN(const auto tenant, records.access->tenant(options.tenant));
        scope = TenantScope::only(tenant.number);
    }
    TRY_ASSIGN(auto all, targets.list(reader, scope));
    std::erase_if(all, [&](const forward::Target& target) { return target.settings.name != options.name; });
    if (all.empty()) return base::fail(base::ErrorCode::not_found, "no forwarding target '" + options.name + "'");
    if (all.size() > 1) return base::fail(base::ErrorCode::invalid_argument, "several clients have a target of this name: give --tenant");
    return std::move(all.front());
}

}  // namespace

int run_forward_list(const ForwardOptions& options) {
    return with_targets(options.data, [&](LocalRecords& records, const forward::TargetStore& targets) -> base::Result<> {
        TRY_ASSIGN(const auto all, records.ledger->read([&](ledger::Reader& r) { return targets.list(r, TenantScope::every_tenant()); }));
        std::vector<Json> rows;
        for (const forward::Target& target : all) {
            TRY_ASSIGN(const auto tenant, records.access->tenant(target.tenant));
            rows.push_back({{"id", target.id},
                            {"tenant", tenant.name},
                            {"name", target.settings.name},
                            {"kind", std::string(forward::to_string(target.settings.kind))},
                            {"format", std::string(forward::to_string(target.settings.format))},
                            {"address", target.settings.address},
                            {"filter", target.settings.filter},
                            {"paused", target.paused},
                            {"delivered_seq", target.delivered_seq},
                            {"delivered_events", target.delivered_events}});
        }
        print_rows(rows, options.output);
        return {};
    });
}

int run_forward_pause(const ForwardOptions& options, bool paused) {
    return with_targets(options.data, [&](LocalRecords& records, const forward::TargetStore& targets) {
        return records.ledger->transaction([&](ledger::Transaction& t) -> base::Result<> {
            TRY_ASSIGN(const auto target, named(t, targets, records, options));
            TRY(targets.set_paused(t, TenantScope::only(target.tenant), target.id, paused, ledger::Actor::person("local", ""), records.ledger->audit()));
            return {};
        });
    });
}

int run_forward_remove(const ForwardOptions& options) {
    return with_targets(options.data, [&](LocalRecords& records, const forward::TargetStore& targets) {
        return records.ledger->transaction([&](ledger::Transaction& t) -> base::Result<> {
            TRY_ASSIGN(const auto target, named(t, targets, records, options));
            return targets.remove(t, TenantScope::only(target.tenant), target.id, forward::TargetOrigin::page, ledger::Actor::person("local", ""),
                                  records.ledger->audit());
        });
    });
}

}  // namespace shuwei::app
