// Saved views of the event search: a query with its columns, range of time and chart under a name. A view is its
// owner's alone, or shared with everybody who sees its client. Changes go into the audit chain. Stateless over the
// ledger; thread-safe. Errors: not_found (also for another's), permission_denied, invalid_argument, resource_exhausted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/audit_chain.hpp"
#include "shuwei/ledger/migration.hpp"
#include "shuwei/ledger/tenant_scope.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::work {

ledger::MigrationSet saved_view_migrations();

constexpr int64_t kViewsOfOne = 200;

struct SavedView {
    int64_t id = 0;
    std::string owner;                 // account
    ledger::TenantNumber tenant = 0;   // shared with this client's people; 0: with nobody
    std::string name;
    std::string query;                 // KQL
    std::vector<std::string> columns;
    std::string since;                 // "-24h" or RFC 3339, as the page writes it; empty: not part of the view
    std::string until;
    std::string mode;                  // table, raw, statistics
    std::string chart;                 // JSON of what the chart shows; empty: none
    base::Timestamp updated = 0;
};

// Who looks or changes.
struct ViewUser {
    std::string account;
    ledger::TenantScope scope;
    bool may_share = false;            // staff
    bool may_edit_all_shared = false;  // administrators
};

// Own ones and shared ones, by name.
base::Result<std::vector<SavedView>> list_views(ledger::Reader& reader, const ViewUser& user);
base::Result<SavedView> create_view(ledger::Transaction& transaction, const ViewUser& user, SavedView view, base::Timestamp now,
                                    const ledger::Actor& actor, const ledger::AuditChain& audit);
// Everything but id and owner is replaced.
base::Result<SavedView> update_view(ledger::Transaction& transaction, const ViewUser& user, int64_t id, SavedView view,
                                    base::Timestamp now, const ledger::Actor& actor, const ledger::AuditChain& audit);
base::Result<> delete_view(ledger::Transaction& transaction, const ViewUser& user, int64_t id, const ledger::Actor& actor,
                           const ledger::AuditChain& audit);

}  // namespace shuwei::work
