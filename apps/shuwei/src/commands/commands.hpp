// The commands of the program, as plain functions: options in, exit code out (exit_code.hpp). Results go to stdout,
// logs, progress and errors to stderr.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace shuwei::app {

enum class OutputFormat { ndjson, json, table, csv };

struct ServeOptions {
    std::filesystem::path data;
    std::filesystem::path config;
    std::string http;                 // empty: as configured
    std::string push;                 // empty: as configured
    std::vector<std::string> syslog;  // empty: as configured
};
int run_serve(const ServeOptions& options);

struct DemoOptions {
    std::filesystem::path data;
    std::string http = "127.0.0.1:8080";
    std::string syslog = "127.0.0.1:5514";
    double rate = 40;        // ordinary events a second
    uint64_t seconds = 0;    // 0: until stopped
    std::vector<std::filesystem::path> rules;
};
int run_demo(const DemoOptions& options);

struct ParseOptions {
    std::string pack;  // empty: recognised by content
    std::vector<std::filesystem::path> packs;
    std::string file;  // "-": standard input
};
int run_parse(const ParseOptions& options);

struct PacksOptions {
    std::vector<std::filesystem::path> folders;
    OutputFormat output = OutputFormat::table;
};
int run_packs_check(const PacksOptions& options);

struct KnowledgeCheckOptions {
    std::filesystem::path folder;  // empty: the shipped one
    OutputFormat output = OutputFormat::table;
};
int run_knowledge_check(const KnowledgeCheckOptions& options);

struct KnowledgeSearchOptions {
    std::string text;
    std::string family;
    OutputFormat output = OutputFormat::table;
};
int run_knowledge_search(const KnowledgeSearchOptions& options);

struct RulesLintOptions {
    std::vector<std::filesystem::path> folders;
    OutputFormat output = OutputFormat::table;
};
int run_rules_lint(const RulesLintOptions& options);

struct RulesEvalOptions {
    std::vector<std::filesystem::path> rules;
    std::vector<std::filesystem::path> packs;
    std::vector<std::string> events;
    OutputFormat output = OutputFormat::ndjson;
};
int run_rules_eval(const RulesEvalOptions& options);

struct EventsSearchOptions {
    std::string query;
    std::string tenant;
    std::string since;
    std::string until;
    uint64_t limit = 100;
    OutputFormat output = OutputFormat::ndjson;
    std::string server = "http://127.0.0.1:8080";
    std::string token;
};
int run_events_search(const EventsSearchOptions& options);

struct EventsExportOptions {
    std::string query;
    std::string tenant;
    std::string since;
    std::string until;
    std::string fields;          // comma separated; empty: the usual ones
    std::filesystem::path file;  // empty: standard output
    bool resume = false;         // goes on behind the last event of the file
    bool newest_first = false;
    bool bom = false;
    OutputFormat output = OutputFormat::ndjson;
    std::string server = "http://127.0.0.1:8080";
    std::string token;
};
int run_events_export(const EventsExportOptions& options);

struct EventsSqlOptions {
    std::string sql;
    std::string tenant;
    std::string since;
    std::string until;
    OutputFormat output = OutputFormat::table;
    std::string server = "http://127.0.0.1:8080";
    std::string token;
};
int run_events_sql(const EventsSqlOptions& options);

struct EventsReviewOptions {
    std::string tenant;
    std::string since;
    std::string until;
    std::filesystem::path definition;  // empty: the shipped one
    OutputFormat output = OutputFormat::table;
    std::string server = "http://127.0.0.1:8080";
    std::string token;
};
int run_events_review(const EventsReviewOptions& options);

// Of the seals: `data` for a server that does not run, else `server` and `token`.
struct ProofOptions {
    std::filesystem::path data;
    std::string server = "http://127.0.0.1:8080";
    std::string token;
    std::string tenant;
    std::string since;
    std::string until;
    std::string authorities;      // PEM file of trusted time-stamping authorities
    uint64_t seq = 0;
    std::filesystem::path check;  // a proof to be checked, offline
    OutputFormat output = OutputFormat::table;
};
int run_events_verify(const ProofOptions& options);
int run_events_prove(const ProofOptions& options);
int run_events_seal(const ProofOptions& options);

struct StampOptions {
    std::filesystem::path data;
    std::string authority;     // URL
    std::string certificates;  // PEM file
};
int run_events_stamp(const StampOptions& options);

struct RetentionOptions {
    std::filesystem::path data;
    std::filesystem::path config;  // the server's, for what holds where nothing was set
    std::string tenant = "default";
    unsigned days = 180;
    std::string reason;
    std::string until;
    OutputFormat output = OutputFormat::table;
};
int run_retention_show(const RetentionOptions& options);
int run_retention_set(const RetentionOptions& options);

struct AccountOptions {
    std::filesystem::path data;
    std::string name;
    std::string display_name;
    std::string role = "analyst";
    std::vector<std::string> tenants;
    OutputFormat output = OutputFormat::table;
};
int run_account_reset_password(const AccountOptions& options);
int run_account_create(const AccountOptions& options);
int run_account_list(const AccountOptions& options);

struct TokenOptions {
    std::filesystem::path data;
    std::string account;
    std::string name = "command line";
    unsigned days = 365;
};
int run_token_create(const TokenOptions& options);

struct TenantOptions {
    std::filesystem::path data;
    std::string name;
    std::string title;
    OutputFormat output = OutputFormat::table;
};
int run_tenant_create(const TenantOptions& options);
int run_tenant_list(const TenantOptions& options);

struct ForwardOptions {
    std::filesystem::path data;
    std::string tenant;
    std::string name;
    OutputFormat output = OutputFormat::table;
};
int run_forward_list(const ForwardOptions& options);
int run_forward_pause(const ForwardOptions& options, bool paused);
int run_forward_remove(const ForwardOptions& options);

struct ResourceOptions {
    std::filesystem::path data;
    std::string tenant;
    std::string name;
    std::string file;  // "-" or empty: standard input
    std::string kind = "addresses";
    std::string description;
    std::string change = "replace";
    OutputFormat output = OutputFormat::table;
};
int run_resource_list(const ResourceOptions& options);
int run_resource_show(const ResourceOptions& options);
int run_resource_import(const ResourceOptions& options);
int run_resource_export(const ResourceOptions& options);
int run_resource_remove(const ResourceOptions& options);

int run_audit_verify(const std::filesystem::path& data, OutputFormat output);
int run_version(OutputFormat output);
int run_store_worker();

}  // namespace shuwei::app
