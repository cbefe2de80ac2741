// One valid request for every operation of the contract, on what the fixture has seeded for client alpha. The tests
// that go over the whole table take it from here; an operation that is missing here fails them.
#pragma once

#include <optional>
#include <string>

#include "api_fixture.hpp"

namespace shuwei::api {

struct Sample {
    std::string target;
    json body;
    int status = 200;
    bool of_alpha = false;  // touches a record of alpha: 404 for whoever sees beta alone
};

inline std::optional<Sample> sample_of(const ApiTest& test, std::string_view id) {
    const std::string alert = "/api/v1/alerts/" + std::to_string(test.alpha_alert);
    const std::string record = "/api/v1/cases/" + test.alpha_case;
    const json query = {{"query", "event.outcome:failure"}};
    if (id == "create_session") return Sample{"/api/v1/session", {{"name", "analyst"}, {"password", test.kPassword}}};
    if (id == "get_session") return Sample{"/api/v1/session", nullptr};
    if (id == "delete_session") return Sample{"/api/v1/session", nullptr, 204};
    if (id == "change_own_password") {
        return Sample{"/api/v1/session/password", {{"old_password", test.kPassword}, {"new_password", "Another-Horse-2"}}, 204};
    }
    if (id == "list_accounts") return Sample{"/api/v1/accounts", nullptr};
    if (id == "create_account") {
        return Sample{"/api/v1/accounts", {{"name", "newcomer"}, {"role", "analyst"}, {"tenants", {"alpha"}}, {"password", "Correct-Horse-3"}}, 201};
    }
    if (id == "update_account") return Sample{"/api/v1/accounts/victim", {{"display_name", "王小明"}}};
    if (id == "reset_account_password") return Sample{"/api/v1/accounts/victim/password", {{"password", "Correct-Horse-4"}}, 204};
    if (id == "list_tokens") return Sample{"/api/v1/accounts/victim/tokens", nullptr};
    if (id == "create_token") return Sample{"/api/v1/accounts/victim/tokens", {{"name", "for tests"}, {"purpose", "ingest"}}, 201};
    if (id == "revoke_token") return Sample{"/api/v1/accounts/victim/tokens/" + test.token_id, nullptr, 204};
    if (id == "list_assignees") return Sample{"/api/v1/assignees", nullptr};
    if (id == "list_tenants") return Sample{"/api/v1/tenants", nullptr};
    if (id == "create_tenant") return Sample{"/api/v1/tenants", {{"name", "gamma"}, {"display_name", "丙公司"}}, 201};
    if (id == "list_fields") return Sample{"/api/v1/fields", nullptr};
    if (id == "list_packs") return Sample{"/api/v1/packs", nullptr};
    if (id == "list_rules") return Sample{"/api/v1/rules?q=ssh&level=high,critical", nullptr};
    if (id == "get_rule") return Sample{"/api/v1/rules/" + test.rule_id, nullptr};
    if (id == "list_knowledge") return Sample{"/api/v1/knowledge?family=windows-logon-type&q=network", nullptr};
    if (id == "search_events") return Sample{"/api/v1/events/search", query};
    if (id == "export_events") return Sample{"/api/v1/events/export?query=event.outcome:failure&format=csv&bom=true", nullptr};
    if (id == "events_histogram") return Sample{"/api/v1/events/histogram", {{"query", ""}, {"split", "event.outcome"}}};
    if (id == "events_field_stats") return Sample{"/api/v1/events/field_stats", {{"field", "event.outcome"}}};
    if (id == "suggest_values") return Sample{"/api/v1/events/suggest?field=event.outcome&prefix=f", nullptr};
    if (id == "check_query") return Sample{"/api/v1/events/query_check", query};
    if (id == "get_event") return Sample{"/api/v1/events/" + std::to_string(test.kAlphaSeq), nullptr, 200, true};
    if (id == "list_search_jobs") return Sample{"/api/v1/search_jobs", nullptr};
    if (id == "create_search_job") {
        return Sample{"/api/v1/search_jobs", {{"query", ""}, {"wait_ms", 10'000}, {"statistics", {{"groups", {"event.outcome"}}, {"buckets", 24}}}}, 201};
    }
    if (id == "create_sql_job") {
        return Sample{"/api/v1/search_jobs/sql", {{"sql", "SELECT count(*), shuwei.tenant, NULL FROM events GROUP BY shuwei.tenant"}, {"wait_ms", 10'000}}, 201};
    }
    // search_jobs_test.cpp looks at those that are there.
    if (id == "get_search_job") return Sample{"/api/v1/search_jobs/none", nullptr, 404};
    if (id == "stop_search_job") return Sample{"/api/v1/search_jobs/none/stop", nullptr, 404};
    if (id == "delete_search_job") return Sample{"/api/v1/search_jobs/none", nullptr, 404};
    if (id == "list_views") return Sample{"/api/v1/views", nullptr};
    if (id == "create_view") return Sample{"/api/v1/views", {{"name", "失败登录"}, {"query", "event.outcome:failure"}, {"columns", {"user.name"}}, {"chart", {{"groups", {"user.name"}}}}}, 201};
    // saved_view_test.cpp looks at those that are there.
    if (id == "update_view") return Sample{"/api/v1/views/999", {{"name", "x"}}, 404};
    if (id == "delete_view") return Sample{"/api/v1/views/999", nullptr, 404};
    if (id == "list_surrounding_events") return Sample{"/api/v1/events/" + std::to_string(test.kAlphaSeq) + "/surrounding?same=client", nullptr, 200, true};
    if (id == "ingest_events") return Sample{"/api/v1/ingest", "{\"a\":1}\nline\n"};
    if (id == "get_overview") return Sample{"/api/v1/overview", nullptr};
    if (id == "list_alerts") return Sample{"/api/v1/alerts?state=open&severity=low,high&sort=severity", nullptr};
    if (id == "get_alert") return Sample{alert, nullptr, 200, true};
    if (id == "update_alert") return Sample{alert, {{"state", "acknowledged"}, {"verdict", "benign"}, {"comment", "例行检查"}}, 200, true};
    if (id == "list_alert_events") return Sample{alert + "/events", nullptr, 200, true};
    if (id == "list_similar_alerts") return Sample{alert + "/similar", nullptr, 200, true};
    if (id == "open_alert_case") return Sample{alert + "/case", {{"level", "general"}}, 200, true};
    if (id == "list_cases") return Sample{"/api/v1/cases?state=new,in_progress&owner=none", nullptr};
    if (id == "create_case") return Sample{"/api/v1/cases?tenant=alpha", {{"title", "电话报障"}, {"level", "serious"}}, 201, true};
    if (id == "get_case") return Sample{record, nullptr, 200, true};
    if (id == "update_case") return Sample{record, {{"state", "in_progress"}, {"owner", "analyst"}, {"comment", "已联系"}}, 200, true};
    if (id == "list_case_timeline") return Sample{record + "/timeline", nullptr, 200, true};
    if (id == "add_case_note") return Sample{record + "/notes", {{"text", "客户确认是误操作"}}, 201, true};
    if (id == "list_case_alerts") return Sample{record + "/alerts", nullptr, 200, true};
    const json syslog = {{"address", "127.0.0.1:0"}};
    std::string own_pack;
    if (id.ends_with("_user_pack")) {  // one a request: some take it away
        static int count = 0;
        own_pack = "/api/v1/user-packs/" + std::to_string(test.add_pack(test.alpha, "own-" + std::to_string(++count)));
    }
    if (id == "get_pack_text") return Sample{"/api/v1/packs/linux-sshd", nullptr};
    if (id == "try_pack") return Sample{"/api/v1/packs/trial?tenant=alpha", {{"text", "pack: ["}, {"lines", {"a"}}}};
    if (id == "suggest_pack") return Sample{"/api/v1/packs/suggestion?tenant=alpha", {{"lines", {"a=1 b=2 c=3"}}}};
    if (id == "list_user_packs") return Sample{"/api/v1/user-packs", nullptr};
    if (id == "create_user_pack") return Sample{"/api/v1/user-packs?tenant=alpha", {{"name", "fresh"}, {"text", "pack: fresh"}}, 201};
    if (id == "get_user_pack") return Sample{own_pack, nullptr, 200, true};
    if (id == "update_user_pack") return Sample{own_pack, {{"version", 1}, {"text", "pack: own-gate"}}, 200, true};
    if (id == "activate_user_pack") return Sample{own_pack + "/activation", {{"version", 1}}, 200, true};
    if (id == "deactivate_user_pack") return Sample{own_pack + "/activation", nullptr, 200, true};
    if (id == "delete_user_pack") return Sample{own_pack, nullptr, 204, true};
    if (id == "list_input_kinds") return Sample{"/api/v1/input-kinds", nullptr};
    if (id == "list_inputs") return Sample{"/api/v1/inputs", nullptr};
    if (id == "create_input") return Sample{"/api/v1/inputs?tenant=alpha", {{"name", "new"}, {"kind", "syslog"}, {"settings", syslog}}, 201};
    if (id == "try_input") return Sample{"/api/v1/inputs/trial?tenant=alpha", {{"kind", "syslog"}, {"settings", syslog}}};
    if (id == "update_input") return Sample{"/api/v1/inputs/" + std::to_string(test.alpha_input), {{"paused", true}}, 200, true};
    if (id == "delete_input") return Sample{"/api/v1/inputs/" + std::to_string(test.alpha_input), nullptr, 204, true};
    if (id == "list_sources") return Sample{"/api/v1/sources", nullptr};
    if (id == "confirm_sources") {
        return Sample{"/api/v1/sources/confirm", {{"items", {{{"id", test.alpha_source}, {"name", "堡垒机"}, {"vendor", "OpenSSH"}}}}}, 200, true};
    }
    if (id == "list_assets") return Sample{"/api/v1/assets", nullptr};
    if (id == "get_asset") return Sample{"/api/v1/assets/" + std::to_string(test.alpha_asset), nullptr, 200, true};
    if (id == "update_source") return Sample{"/api/v1/sources/" + std::to_string(test.alpha_source), {{"name", "堡垒机"}}, 200, true};
    const json hook = {{"name", "siem"}, {"kind", "syslog_tcp"}, {"format", "raw"}, {"address", "127.0.0.1:1"}};
    const std::string target = "/api/v1/forward_targets/" + std::to_string(test.alpha_target);
    if (id == "list_forward_targets") return Sample{"/api/v1/forward_targets", nullptr};
    if (id == "create_forward_target") return Sample{"/api/v1/forward_targets?tenant=alpha", hook, 201, true};
    if (id == "test_forward_target") return Sample{"/api/v1/forward_targets/test?tenant=alpha", hook, 200, true};
    if (id == "update_forward_target") return Sample{target, {{"filter", "event.outcome:failure"}}, 200, true};
    if (id == "delete_forward_target") return Sample{target, nullptr, 204, true};
    static int spares = 0;  // one to take away for each of those who may; the one of the fixture stays
    const std::string resource = "/api/v1/resources/" + std::to_string(id == "delete_resource" ? test.add_resource("spare-" + std::to_string(++spares)) : test.alpha_resource);
    if (id == "list_resources") return Sample{"/api/v1/resources", nullptr};
    if (id == "create_resource") return Sample{"/api/v1/resources?tenant=alpha", {{"name", "dns"}, {"kind", "addresses"}, {"text", "192.0.2.53"}}, 201};
    if (id == "get_resource") return Sample{resource, nullptr, 200, true};
    if (id == "update_resource") return Sample{resource, {{"description", "办公网"}}, 200, true};
    if (id == "change_resource_entries") return Sample{resource + "/entries", {{"change", "add"}, {"text", "192.0.2.0/24 # 分支"}}, 200, true};
    if (id == "delete_resource") return Sample{resource, nullptr, 204, true};
    if (id == "list_audit") return Sample{"/api/v1/audit?action=log&limit=5", nullptr};
    if (id == "verify_audit") return Sample{"/api/v1/audit/verify", nullptr};
    if (id == "get_proof") return Sample{"/api/v1/proof", nullptr};
    if (id == "start_verification") return Sample{"/api/v1/proof/verifications", json::object(), 202};
    if (id == "close_seals") return Sample{"/api/v1/proof/seals", nullptr};
    if (id == "prove_event") return Sample{"/api/v1/events/" + std::to_string(test.kAlphaSeq) + "/proof", nullptr, 200, true};
    if (id == "list_retention") return Sample{"/api/v1/retention", nullptr};
    if (id == "set_retention") return Sample{"/api/v1/tenants/alpha/retention", {{"days", 365}}, 200, true};
    if (id == "get_about") return Sample{"/api/v1/about", nullptr};
    if (id == "get_health") return Sample{"/healthz", nullptr};
    if (id == "get_readiness") return Sample{"/readyz", nullptr};
    if (id == "get_metrics") return Sample{"/metrics", nullptr};
    return std::nullopt;  // open_stream does not end: live_stream_test.cpp
}

}  // namespace shuwei::api
