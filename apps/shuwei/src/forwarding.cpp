#include "forwarding.hpp"

#include <algorithm>

#include "shuwei/crypto/secret_box.hpp"

namespace shuwei::app {

using base::ErrorCode;
using base::fail;
using base::Result;
using forward::Target;
using forward::TargetOrigin;
using ledger::TenantScope;

Result<std::unique_ptr<Forwarding>> Forwarding::start(const Configuration& configuration, LocalRecords& records,
                                                      eventstore::EventStore& store, const pipeline::Pipeline& pipeline,
                                                      base::Metrics& metrics) {
    std::unique_ptr<Forwarding> made(new Forwarding(records, store, pipeline));
    TRY_ASSIGN(auto box, crypto::SecretBox::open(configuration.data / "secrets.key", records.random));
    made->box_ = std::make_unique<crypto::SecretBox>(std::move(box));
    made->targets_ = std::make_unique<forward::TargetStore>(*made->box_);
    TRY(made->adopt(configuration.forward));
    forward::EventLog log{[&store](const auto& request, const auto& row) { return store.replay(request, row); },
                          [&pipeline] { return pipeline.checkpoint(); }};
    const auto name_of = [&records](ledger::TenantNumber number) {
        const auto tenant = records.access->tenant(number);
        return tenant ? tenant->name : std::to_string(number);
    };
    made->forwarder_ = std::make_unique<forward::Forwarder>(*records.ledger, *made->targets_, std::move(log), name_of, records.clock,
                                                            records.random, metrics);
    TRY(made->forwarder_->refresh());
    return made;
}

Result<uint64_t> Forwarding::place_for(ledger::TenantNumber tenant, std::optional<base::Timestamp> since) const {
    const uint64_t now = pipeline_.checkpoint();
    if (!since) return now;
    TRY_ASSIGN(const auto first, store_.first_seq_since(tenant, *since));
    return first ? std::min(now, *first - 1) : now;
}

// The configuration file is the master of its targets: what it no longer names is removed.
Result<> Forwarding::adopt(const std::vector<ConfiguredTarget>& configured) {
    const ledger::Actor actor = ledger::Actor::system("configuration");
    return records_.ledger->transaction([&](ledger::Transaction& t) -> Result<> {
        const ledger::AuditChain& audit = records_.ledger->audit();
        TRY_ASSIGN(const auto known, targets_->list(t, TenantScope::every_tenant()));
        std::vector<int64_t> named;
        for (const ConfiguredTarget& wanted : configured) {
            const std::string place = "forward '" + wanted.settings.name + "'";
            auto tenant = records_.access->tenant(wanted.tenant);
            if (!tenant) return fail(std::move(tenant).error().at(place));
            const auto same = std::find_if(known.begin(), known.end(), [&](const Target& target) {
                return target.tenant == tenant->number && target.settings.name == wanted.settings.name;
            });
            if (same != known.end() && same->origin != TargetOrigin::file) {
                return fail(base::Error(ErrorCode::conflict, "a target of this name was made in the web application").at(place));
            }
            auto done = same == known.end()
                            ? targets_->add(t, {tenant->number, TargetOrigin::file, wanted.settings, wanted.secrets, pipeline_.checkpoint(),
                                                records_.clock.now(), false}, actor, audit)
                            : targets_->update(t, TenantScope::only(tenant->number), same->id, wanted.settings,
                                               {wanted.secrets.password, wanted.secrets.key}, TargetOrigin::file, actor, audit);
            if (!done) return fail(std::move(done).error().at(place));
            named.push_back(done->id);
        }
        for (const Target& target : known) {
            if (target.origin != TargetOrigin::file || std::find(named.begin(), named.end(), target.id) != named.end()) continue;
            TRY(targets_->remove(t, TenantScope::only(target.tenant), target.id, TargetOrigin::file, actor, audit));
        }
        return {};
    });
}

}  // namespace shuwei::app
