// Commands on resources: they change the ledger, and a running server follows within a second.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "commands.hpp"
#include "exit_code.hpp"
#include "home.hpp"
#include "local_records.hpp"
#include "output.hpp"
#include "shuwei/asset/resource_store.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;
using ledger::TenantScope;

constexpr size_t kMaxText = size_t{64} << 20;

template <typename Work>
int with_resources(const std::filesystem::path& data, Work work) {
    auto records = open_records(data, DataFolder::must_exist);
    if (!records) return report(records.error());
    auto store = asset::ResourceStore::load(content_folder() / "resources");
    if (!store) return report(store.error());
    const base::Result<> done = work(**records, *store);
    return done ? kFine : report(done.error());
}

base::Result<ledger::TenantNumber> tenant_of(LocalRecords& records, const ResourceOptions& options) {
    if (options.tenant.empty()) return access::kDefaultTenant;
    TRY_ASSIGN(const auto tenant, records.access->tenant(options.tenant));
    return tenant.number;
}

base::Result<asset::ResourceContent> content_of(LocalRecords& records, const asset::ResourceStore& store, const ResourceOptions& options) {
    TRY_ASSIGN(const auto tenant, tenant_of(records, options));
    TRY_ASSIGN(auto found, records.ledger->read([&](ledger::Reader& r) { return store.named(r, tenant, options.name); }));
    if (!found) return base::fail(base::ErrorCode::not_found, "no resource '" + options.name + "'");
    return std::move(*found);
}

base::Result<std::string> text_of(const std::string& file) {
    if (!file.empty() && file != "-") return base::read_file(file, kMaxText);
    std::string text(std::istreambuf_iterator<char>(std::cin), {});
    if (text.size() > kMaxText) return base::fail(base::ErrorCode::invalid_argument, "more than 64 MiB");
    return text;
}

}  // namespace

int run_resource_list(const ResourceOptions& options) {
    return with_resources(options.data, [&](LocalRecords& records, const asset::ResourceStore& store) -> base::Result<> {
        TRY_ASSIGN(const auto all, records.ledger->read([&](ledger::Reader& r) { return store.list(r, TenantScope::every_tenant()); }));
        std::vector<Json> rows;
        for (const asset::Resource& resource : all) {
            std::string tenant;
            if (resource.tenant != 0) {
                TRY_ASSIGN(const auto its, records.access->tenant(resource.tenant));
                tenant = its.name;
            }
            rows.push_back({{"tenant", tenant},
                            {"name", resource.name},
                            {"kind", std::string(asset::to_string(resource.kind))},
                            {"entries", resource.entries},
                            {"description", resource.description},
                            {"updated_by", resource.updated_by},
                            {"updated", resource.updated == 0 ? "" : event::format_rfc3339(resource.updated)}});
        }
        print_rows(rows, options.output);
        return {};
    });
}

int run_resource_show(const ResourceOptions& options) {
    return with_resources(options.data, [&](LocalRecords& records, const asset::ResourceStore& store) -> base::Result<> {
        TRY_ASSIGN(const auto content, content_of(records, store, options));
        std::vector<Json> rows;
        for (const asset::ResourceEntry& entry : content.entries) rows.push_back({{"value", entry.value}, {"remark", entry.remark}});
        print_rows(rows, options.output, {"value", "remark"});
        return {};
    });
}

int run_resource_export(const ResourceOptions& options) {
    return with_resources(options.data, [&](LocalRecords& records, const asset::ResourceStore& store) -> base::Result<> {
        TRY_ASSIGN(const auto content, content_of(records, store, options));
        const std::string text = asset::resource_text(content.entries);
        if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return base::fail(base::ErrorCode::unavailable, "not all was written");
        return {};
    });
}

int run_resource_import(const ResourceOptions& options) {
    return with_resources(options.data, [&](LocalRecords& records, const asset::ResourceStore& store) -> base::Result<> {
        TRY_ASSIGN(const auto tenant, tenant_of(records, options));
        TRY_ASSIGN(const std::string text, text_of(options.file));
        const auto actor = ledger::Actor::person("local", "");
        const auto& audit = records.ledger->audit();
        TRY_ASSIGN(const auto resource, records.ledger->transaction([&](ledger::Transaction& t) -> base::Result<asset::Resource> {
            TRY_ASSIGN(const auto found, store.named(t, tenant, options.name));
            const base::Timestamp now = records.clock.now();
            if (found && found->resource.tenant != 0) {
                TRY_ASSIGN(auto entries, asset::parse_resource_text(found->resource.kind, text));
                const auto change = options.change == "add"      ? asset::EntryChange::add
                                    : options.change == "remove" ? asset::EntryChange::remove
                                                                 : asset::EntryChange::replace;
                return store.change_entries(t, TenantScope::only(tenant), found->resource.id, change, std::move(entries), now, actor, audit);
            }
            asset::Resource made{.tenant = tenant, .name = options.name, .description = options.description};
            made.kind = found ? found->resource.kind : asset::resource_kind_from(options.kind).value_or(asset::ResourceKind::addresses);
            TRY_ASSIGN(auto entries, asset::parse_resource_text(made.kind, text));
            return store.create(t, made, std::move(entries), now, actor, audit);
        }));
        fmt::print("{}: {} entries\n", resource.name, resource.entries);
        return {};
    });
}

int run_resource_remove(const ResourceOptions& options) {
    return with_resources(options.data, [&](LocalRecords& records, const asset::ResourceStore& store) -> base::Result<> {
        TRY_ASSIGN(const auto content, content_of(records, store, options));
        return records.ledger->transaction([&](ledger::Transaction& t) {
            return store.remove(t, TenantScope::only(content.resource.tenant), content.resource.id, ledger::Actor::person("local", ""),
                                records.ledger->audit());
        });
    });
}

}  // namespace shuwei::app
