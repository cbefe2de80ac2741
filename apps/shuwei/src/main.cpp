// The command line: noun, then verb. Options are declared here, commands live in commands/.
#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <map>

#include "commands/commands.hpp"
#include "exit_code.hpp"
#include "shuwei/base/log.hpp"

namespace {

using namespace shuwei::app;

const std::map<std::string, OutputFormat> kFormats{{"ndjson", OutputFormat::ndjson},
                                                   {"json", OutputFormat::json},
                                                   {"table", OutputFormat::table},
                                                   {"csv", OutputFormat::csv}};

void add_output(CLI::App* command, OutputFormat& format) {
    command->add_option("--output", format, "ndjson, json, table or csv")
        ->transform(CLI::CheckedTransformer(kFormats).description("{ndjson,json,table,csv}"));
}

void add_data(CLI::App* command, std::filesystem::path& data) {
    command->add_option("--data", data, "the data folder of the server")->required();
}

CLI::App* verb(CLI::App* noun, const char* name, const char* what, const char* example) {
    CLI::App* command = noun->add_subcommand(name, what);
    command->footer(std::string("Example:\n  ") + example);
    return command;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app{"Shuwei (戍卫): a security-operations platform. Logs in, attacks found, cases worked.", "shuwei"};
    app.require_subcommand(1);
    app.footer("Exit codes: 0 fine, 1 findings or failures reported, 2 wrong usage, 3 the work could not be done.");
    bool verbose = false;
    app.add_flag("--verbose", verbose, "say more on stderr");
    int code = kFine;

    ServeOptions serve;
    {
        auto* command = verb(&app, "serve", "run the server in the foreground",
                             "shuwei serve --data /var/lib/shuwei --http 127.0.0.1:8080 --syslog 0.0.0.0:5514");
        add_data(command, serve.data);
        command->add_option("--config", serve.config, "configuration file (YAML)");
        command->add_option("--http", serve.http, "ADDR:PORT of the web application and the API");
        command->add_option("--push", serve.push, "ADDR:PORT of its own for Beats and other shippers; else only below /push of --http");
        command->add_option("--syslog", serve.syslog, "ADDR:PORT of syslog, UDP and TCP on the one port");
        command->callback([&] { code = run_serve(serve); });
    }
    DemoOptions demo;
    {
        auto* command = verb(&app, "demo", "serve with a demonstration client and realistic traffic",
                             "shuwei demo --data /tmp/shuwei-demo");
        add_data(command, demo.data);
        command->add_option("--http", demo.http, "ADDR:PORT of the web application")->capture_default_str();
        command->add_option("--syslog", demo.syslog, "ADDR:PORT of syslog")->capture_default_str();
        command->add_option("--rate", demo.rate, "ordinary events a second")->capture_default_str();
        command->add_option("--seconds", demo.seconds, "stop after so many seconds; 0: until stopped");
        command->add_option("--rules", demo.rules, "further folders of Sigma rules");
        command->callback([&] { code = run_demo(demo); });
    }
    ParseOptions parse;
    {
        auto* command = verb(&app, "parse", "read lines, print one ECS JSON object each",
                             "shuwei parse --pack sshd /var/log/auth.log\n  shuwei parse Security.evtx");
        command->add_option("--pack", parse.pack, "use this device pack instead of recognising");
        command->add_option("--packs", parse.packs, "further folder of device packs; may be given several times")->allow_extra_args(false);
        command->add_option("file", parse.file, "a file of lines or a Windows event log (EVTX), or - for standard input")->required();
        command->footer(command->get_footer() + "\n\n"
                        "An event log is known by its content. Damage is told with its place and passed over; the exit code is then 1,\n"
                        "and 3 where nothing of the file could be read.");
        command->callback([&] { code = run_parse(parse); });
    }
    auto* packs_noun = app.add_subcommand("packs", "device packs")->require_subcommand(1);
    PacksOptions packs;
    {
        auto* command = verb(packs_noun, "check", "load device packs and run their cases", "shuwei packs check content/packs");
        command->add_option("folders", packs.folders, "folders of packs")->required();
        add_output(command, packs.output);
        command->callback([&] { code = run_packs_check(packs); });
    }
    auto* knowledge = app.add_subcommand("knowledge", "what event codes mean")->require_subcommand(1);
    KnowledgeCheckOptions knowledge_check;
    {
        auto* command = verb(knowledge, "check", "load the tables of event codes, report what is wrong with them",
                             "shuwei knowledge check content/knowledge");
        command->add_option("folder", knowledge_check.folder, "folder of tables; the shipped one when absent");
        add_output(command, knowledge_check.output);
        command->callback([&] { code = run_knowledge_check(knowledge_check); });
    }
    KnowledgeSearchOptions knowledge_search;
    {
        auto* command = verb(knowledge, "search", "look codes up by code or words", "shuwei knowledge search 4625");
        command->add_option("text", knowledge_search.text, "a code, or words of name or meaning")->required();
        command->add_option("--family", knowledge_search.family, "only this family, as windows-security");
        add_output(command, knowledge_search.output);
        command->callback([&] { code = run_knowledge_search(knowledge_search); });
    }
    auto* rules = app.add_subcommand("rules", "detection rules")->require_subcommand(1);
    RulesLintOptions lint;
    {
        auto* command = verb(rules, "lint", "load rules, report what is wrong with them",
                             "shuwei rules lint content/rules --output json");
        command->add_option("folders", lint.folders, "folders of Sigma rules")->required();
        add_output(command, lint.output);
        command->callback([&] { code = run_rules_lint(lint); });
    }
    RulesEvalOptions eval;
    {
        auto* command = verb(rules, "eval", "which rules match which events",
                             "shuwei rules eval --rules content/rules events.json Security.evtx");
        command->add_option("--rules", eval.rules, "folder of Sigma rules; may be given several times")->required()->allow_extra_args(false);
        command->add_option("--packs", eval.packs, "further folder of device packs; may be given several times")->allow_extra_args(false);
        command->add_option("events", eval.events, "NDJSON, JSON arrays, JSON objects one after another (UTF-8 or UTF-16),\nor Windows event logs (EVTX, known by their content)")
            ->required();
        command->footer(command->get_footer() + "\n\n"
                        "A match's ordinal counts the objects or records of its file from 0. A broken one is told with its place, passed\n"
                        "over and counted as one; the exit code is then 1, and 3 where nothing of a file could be read.");
        add_output(command, eval.output);
        command->callback([&] { code = run_rules_eval(eval); });
    }
    auto* events = app.add_subcommand("events", "stored events")->require_subcommand(1);
    EventsSearchOptions search;
    {
        auto* command = verb(events, "search", "search stored events with KQL",
                             "shuwei events search 'source.ip:10.1.* and event.outcome:failure' --since 1h --token swt_…");
        command->add_option("query", search.query, "KQL; empty matches everything")->required();
        command->add_option("--tenant", search.tenant, "only this client");
        command->add_option("--since", search.since, "1h, 7d, or RFC 3339; unbounded when absent");
        command->add_option("--until", search.until, "as --since");
        command->add_option("--limit", search.limit, "at most so many events, newest first")
            ->capture_default_str()
            ->check(CLI::Range(uint64_t{1}, uint64_t{10'000'000}));
        command->add_option("--server", search.server, "address of the server")->capture_default_str();
        command->add_option("--token", search.token, "API token; better in SHUWEI_TOKEN")->envname("SHUWEI_TOKEN");
        add_output(command, search.output);
        command->callback([&] { code = run_events_search(search); });
    }
    EventsExportOptions exported;
    {
        auto* command = verb(events, "export", "every event of a query as a file, however many",
                             "shuwei events export 'event.outcome:failure' --since 30d --output csv --file failures.csv");
        command->add_option("query,--query", exported.query, "KQL; empty matches everything");
        command->add_option("--tenant", exported.tenant, "only this client");
        command->add_option("--since", exported.since, "1h, 7d, or RFC 3339; unbounded when absent");
        command->add_option("--until", exported.until, "as --since");
        command->add_option("--fields", exported.fields, "columns, comma separated, behind @timestamp and shuwei.seq");
        command->add_option("--file", exported.file, "file to write, and to go on with after a lost connection; else standard output");
        command->add_flag("--resume", exported.resume, "go on behind the last event of --file")->needs("--file");
        command->add_flag("--newest-first", exported.newest_first, "oldest first when absent");
        command->add_flag("--bom", exported.bom, "CSV begins with the mark that Excel knows UTF-8 by");
        command->add_option("--server", exported.server, "address of the server")->capture_default_str();
        command->add_option("--token", exported.token, "API token; better in SHUWEI_TOKEN")->envname("SHUWEI_TOKEN");
        add_output(command, exported.output);
        command->callback([&] { code = run_events_export(exported); });
    }
    EventsSqlOptions sql;
    {
        auto* command = verb(events, "sql", "one SELECT of expert SQL (docs/formats/expert-sql.md)",
                             "shuwei events sql 'SELECT user.name, count(*) AS n FROM events GROUP BY user.name ORDER BY n DESC' --since 7d");
        command->add_option("statement", sql.sql, "SELECT … FROM events|findings …")->required();
        command->add_option("--tenant", sql.tenant, "only this client");
        command->add_option("--since", sql.since, "1h, 7d, or RFC 3339; unbounded when absent");
        command->add_option("--until", sql.until, "as --since");
        command->add_option("--server", sql.server, "address of the server")->capture_default_str();
        command->add_option("--token", sql.token, "API token; better in SHUWEI_TOKEN")->envname("SHUWEI_TOKEN");
        add_output(command, sql.output);
        command->callback([&] { code = run_events_sql(sql); });
    }
    EventsReviewOptions review;
    {
        auto* command = verb(events, "review", "the log review as numbers: access, privileged operations, changes, faults",
                             "shuwei events review --since 90d --tenant water --output csv");
        command->add_option("--tenant", review.tenant, "only this client");
        command->add_option("--since", review.since, "30d, or RFC 3339; 90 days when absent");
        command->add_option("--until", review.until, "as --since; now when absent");
        command->add_option("--definition", review.definition, "sections and groupings (docs/howto/review-logs.md)");
        command->add_option("--server", review.server, "address of the server")->capture_default_str();
        command->add_option("--token", review.token, "API token; better in SHUWEI_TOKEN")->envname("SHUWEI_TOKEN");
        add_output(command, review.output);
        command->callback([&] { code = run_events_review(review); });
    }
    ProofOptions proof;
    StampOptions stamp;
    const auto add_proof_place = [&](CLI::App* command) {
        command->add_option("--data", proof.data, "data folder of a server that does not run");
        command->add_option("--server", proof.server, "address of a running server")->capture_default_str();
        command->add_option("--token", proof.token, "API token; better in SHUWEI_TOKEN")->envname("SHUWEI_TOKEN");
    };
    {
        auto* command = verb(events, "verify", "check that stored events are what was sealed, and name what is not",
                             "shuwei events verify --data /var/lib/shuwei");
        add_proof_place(command);
        command->add_option("--tenant", proof.tenant, "only this client");
        command->add_option("--since", proof.since, "only what was received since then: 1h, 7d, or RFC 3339");
        command->add_option("--until", proof.until, "as --since");
        command->add_option("--authorities", proof.authorities, "PEM file of time-stamping authorities that are trusted; with --data")
            ->check(CLI::ExistingFile);
        command->footer(command->get_footer() + "\n\n"
                        "Exit codes: 0 everything is as it was sealed, or removed by retention and recorded so; 1 something is not,\n"
                        "and the first such event is named; 2 wrong usage; 3 it could not be checked.");
        add_output(command, proof.output);
        command->callback([&] { code = run_events_verify(proof); });
        command = verb(events, "prove", "print the proof that one event was sealed, or check such a proof offline",
                       "shuwei events prove 42 --data /var/lib/shuwei > 42.proof.json; shuwei events prove --check 42.proof.json");
        command->add_option("seq", proof.seq, "number of the event");
        command->add_option("--check", proof.check, "check this file; needs no server");
        command->add_option("--authorities", proof.authorities, "PEM file of time-stamping authorities that are trusted")
            ->check(CLI::ExistingFile);
        add_proof_place(command);
        command->add_option("--tenant", proof.tenant, "only this client");
        command->callback([&] { code = run_events_prove(proof); });
        command = verb(events, "seal", "seal the segments that are still open now instead of with the hour",
                       "shuwei events seal --data /var/lib/shuwei");
        command->add_option("--data", proof.data, "data folder; the server may be running")->required();
        command->callback([&] { code = run_events_seal(proof); });
        command = verb(events, "stamp", "have the last seal of every client time-stamped by a third party (RFC 3161)",
                       "shuwei events stamp --tsa https://tsa.example.cn/tsr --data /var/lib/shuwei");
        command->add_option("--tsa", stamp.authority, "URL of the time-stamping authority")->required();
        command->add_option("--authorities", stamp.certificates, "PEM file: keep no stamp that these do not vouch for")
            ->check(CLI::ExistingFile);
        command->add_option("--data", stamp.data, "data folder; the server may be running")->required();
        command->callback([&] { code = run_events_stamp(stamp); });
    }
    auto* retention_noun = app.add_subcommand("retention", "how long events are kept")->require_subcommand(1);
    RetentionOptions retention;
    {
        auto* command = verb(retention_noun, "show", "how long each client's events are kept", "shuwei retention show --data /var/lib/shuwei");
        add_data(command, retention.data);
        command->add_option("--config", retention.config, "configuration of the server");
        add_output(command, retention.output);
        command->callback([&] { code = run_retention_show(retention); });
        command = verb(retention_noun, "set", "set how long a client's events are kept",
                       "shuwei retention set --tenant water --days 365 --data /var/lib/shuwei");
        add_data(command, retention.data);
        command->add_option("--tenant", retention.tenant, "client")->capture_default_str();
        command->add_option("--days", retention.days, "days; fewer than 180 are an exception")->required()->check(CLI::Range(1u, 36500u));
        command->add_option("--reason", retention.reason, "of an exception");
        command->add_option("--until", retention.until, "when an exception ends, within a year: 2027-01-31T00:00:00Z");
        command->callback([&] { code = run_retention_set(retention); });
    }
    auto* account_noun = app.add_subcommand("account", "accounts of people")->require_subcommand(1);
    AccountOptions account;
    {
        auto* command = verb(account_noun, "reset-password", "set a random password and print it",
                             "shuwei account reset-password admin --data /var/lib/shuwei");
        command->add_option("name", account.name, "account")->required();
        add_data(command, account.data);
        command->callback([&] { code = run_account_reset_password(account); });
        command = verb(account_noun, "create", "create an account and print its password",
                       "shuwei account create wang --role analyst --data /var/lib/shuwei");
        command->add_option("name", account.name, "account")->required();
        command->add_option("--display-name", account.display_name, "shown name");
        command->add_option("--role", account.role, "admin, analyst or client")
            ->check(CLI::IsMember({"admin", "analyst", "client"}))
            ->capture_default_str();
        command->add_option("--tenant", account.tenants, "clients it may see; all for staff when absent");
        add_data(command, account.data);
        command->callback([&] { code = run_account_create(account); });
        command = verb(account_noun, "list", "list accounts", "shuwei account list --data /var/lib/shuwei");
        add_data(command, account.data);
        add_output(command, account.output);
        command->callback([&] { code = run_account_list(account); });
    }
    auto* token_noun = app.add_subcommand("token", "API tokens")->require_subcommand(1);
    TokenOptions token;
    {
        auto* command = verb(token_noun, "create", "create an API token and print it, once",
                             "shuwei token create --account admin --data /var/lib/shuwei");
        command->add_option("--account", token.account, "whose rights the token has")->required();
        command->add_option("--name", token.name, "what it is for")->capture_default_str();
        command->add_option("--days", token.days, "valid for so many days")->capture_default_str()->check(CLI::Range(1u, 3650u));
        add_data(command, token.data);
        command->callback([&] { code = run_token_create(token); });
    }
    auto* tenant_noun = app.add_subcommand("tenant", "clients")->require_subcommand(1);
    TenantOptions tenant;
    {
        auto* command = verb(tenant_noun, "create", "create a client", "shuwei tenant create water --title 水务局 --data /var/lib/shuwei");
        command->add_option("name", tenant.name, "short name: a-z, 0-9, -")->required();
        command->add_option("--title", tenant.title, "shown name");
        add_data(command, tenant.data);
        command->callback([&] { code = run_tenant_create(tenant); });
        command = verb(tenant_noun, "list", "list clients", "shuwei tenant list --data /var/lib/shuwei");
        add_data(command, tenant.data);
        add_output(command, tenant.output);
        command->callback([&] { code = run_tenant_list(tenant); });
    }
    auto* forward_noun = app.add_subcommand("forward", "forwarding targets")->require_subcommand(1);
    ForwardOptions forward;
    {
        auto* command = verb(forward_noun, "list", "list forwarding targets and how far each has come", "shuwei forward list --data /var/lib/shuwei");
        add_data(command, forward.data);
        add_output(command, forward.output);
        command->callback([&] { code = run_forward_list(forward); });
        const auto on_one = [&](const char* name, const char* what, const char* example, std::function<int()> run) {
            auto* one = verb(forward_noun, name, what, example);
            one->add_option("name", forward.name, "target")->required();
            one->add_option("--tenant", forward.tenant, "client, where several have a target of the name");
            add_data(one, forward.data);
            one->callback([&, run = std::move(run)] { code = run(); });
        };
        on_one("pause", "stop delivering; the place is kept", "shuwei forward pause siem --data /var/lib/shuwei",
               [&] { return run_forward_pause(forward, true); });
        on_one("resume", "go on where it was paused", "shuwei forward resume siem --data /var/lib/shuwei",
               [&] { return run_forward_pause(forward, false); });
        on_one("remove", "forget a target and its place", "shuwei forward remove siem --data /var/lib/shuwei",
               [&] { return run_forward_remove(forward); });
    }
    auto* resource_noun = app.add_subcommand("resource", "named groups of addresses and values")->require_subcommand(1);
    ResourceOptions resource;
    {
        auto* command = verb(resource_noun, "list", "list resources", "shuwei resource list --data /var/lib/shuwei");
        add_data(command, resource.data);
        add_output(command, resource.output);
        command->callback([&] { code = run_resource_list(resource); });
        const auto on_one = [&](const char* name, const char* what, const char* example, std::function<int()> run) {
            auto* one = verb(resource_noun, name, what, example);
            one->add_option("name", resource.name, "resource")->required();
            one->add_option("--tenant", resource.tenant, "client (default: default)");
            add_data(one, resource.data);
            one->callback([&, run = std::move(run)] { code = run(); });
            return one;
        };
        auto* show = on_one("show", "entries of a resource", "shuwei resource show office --data /var/lib/shuwei", [&] { return run_resource_show(resource); });
        add_output(show, resource.output);
        on_one("export", "entries as CSV, as import takes them", "shuwei resource export office --data /var/lib/shuwei > office.csv",
               [&] { return run_resource_export(resource); });
        auto* import = on_one("import", "entries from text or CSV, one a line; makes the resource where there is none",
                              "shuwei resource import office office.csv --data /var/lib/shuwei", [&] { return run_resource_import(resource); });
        import->add_option("file", resource.file, "file; - or nothing: standard input");
        import->add_option("--kind", resource.kind, "of a new resource")->capture_default_str()->check(CLI::IsMember({"addresses", "values"}));
        import->add_option("--description", resource.description, "of a new resource");
        import->add_option("--change", resource.change, "what becomes of the entries there are")
            ->capture_default_str()
            ->check(CLI::IsMember({"replace", "add", "remove"}));
        on_one("remove", "remove a resource", "shuwei resource remove office --data /var/lib/shuwei", [&] { return run_resource_remove(resource); });
    }
    std::filesystem::path audit_data;
    OutputFormat audit_output = OutputFormat::table;
    {
        auto* audit = app.add_subcommand("audit", "the audit chain")->require_subcommand(1);
        auto* command = verb(audit, "verify", "check that no audit record was changed or removed",
                             "shuwei audit verify --data /var/lib/shuwei");
        add_data(command, audit_data);
        add_output(command, audit_output);
        command->callback([&] { code = run_audit_verify(audit_data, audit_output); });
    }
    OutputFormat version_output = OutputFormat::table;
    {
        auto* command = verb(&app, "version", "print the version", "shuwei version --output json");
        add_output(command, version_output);
        command->callback([&] { code = run_version(version_output); });
    }
    app.add_subcommand("store-worker", "the event store's child process")->group("")->callback([&] { code = run_store_worker(); });
    app.parse_complete_callback([&] {
        using shuwei::base::log::Level;
        shuwei::base::log::set_level(verbose ? Level::debug : Level::info);
    });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kFine : kWrongUsage;
    }
    return code;
}
