// The tables of event codes against the device packs: the samples of a pack must find the entries of their codes.
// Both are data, so nothing but this test notices when a pack renames the field that a table reads.
#include <map>

#include "api_fixture.hpp"
#include "knowledge_render.hpp"
#include "shuwei/parse/pack_check.hpp"
#include "shuwei/parse/parse_lines.hpp"

namespace shuwei::api {
namespace {

struct KnowledgePacks : ApiTest {
    std::vector<json> events_of(const std::string& pack_name) {
        std::vector<json> found;
        parse::SourceHint hint;
        hint.pack = packs->find(pack_name);
        EXPECT_NE(hint.pack, 0) << pack_name;
        for (const parse::PackInfo& pack : packs->packs()) {
            if (pack.name != pack_name) continue;
            const auto lines = parse::case_lines(pack);
            EXPECT_TRUE(lines) << pack_name;
            const auto feed = [&](const parse::LineTaker& take) -> base::Result<> {
                for (const std::string& line : *lines) TRY(take(line));
                return {};
            };
            const auto keep = [&](std::string_view text) -> base::Result<> {
                for (size_t from = 0; from < text.size();) {
                    const size_t end = std::min(text.find('\n', from), text.size());
                    found.push_back(json::parse(text.substr(from, end - from)));
                    from = end + 1;
                }
                return {};
            };
            EXPECT_TRUE(parse::parse_lines(feed, packs, hint, clock, keep));
        }
        return found;
    }
};

TEST_F(KnowledgePacks, SamplesFindTheirEntries) {
    struct Expectation {
        const char* pack;
        const char* family;
        size_t least;  // samples that have an entry
    };
    const Expectation cases[] = {
        {"windows-security", "windows-security", 6}, {"windows-sysmon", "windows-sysmon", 4},
        {"windows-security", "windows-logon-type", 2}, {"windows-security", "windows-logon-status", 1},
        {"windows-eventlog", "windows-system", 1},   {"windows-eventlog", "windows-operational", 2},
        {"windows-eventlog", "mssql", 1},            {"linux-auditd", "linux-audit", 8},
        {"cisco-asa", "cisco-asa", 29},              {"cisco-ftd", "cisco-asa", 4},
        {"cisco-ios", "cisco-ios", 15},              {"cisco-nxos", "cisco-ios", 7},
        {"huawei-vrp", "huawei-vrp", 18},            {"huawei-usg", "huawei-vrp", 13},
        {"huawei-wlan-ac", "huawei-vrp", 5},         {"h3c-comware", "h3c-comware", 15},
        {"h3c-secpath", "h3c-comware", 9},           {"h3c-wireless", "h3c-comware", 4},
        {"mysql-error", "mysql", 3},                 {"mysql-audit", "mysql", 1},
        {"oracle-audit", "oracle", 3},               {"oracle-alert", "oracle", 1},
        {"sqlserver-errorlog", "mssql", 1},
        {"sqlserver-audit", "mssql", 3},             {"postgresql", "postgresql", 1},
        {"fortinet-fortigate", "fortinet-fortigate", 3},
        {"iis", "http-status", 6},                   {"nginx-access", "http-status", 1},
    };
    for (const Expectation& expected : cases) {
        size_t hits = 0;
        std::string missed;
        for (const json& event : events_of(expected.pack)) {
            bool hit = false;
            for (const json& entry : explain(*knowledge, event)) hit = hit || entry["family"] == expected.family;
            hits += hit;
            if (!hit) missed += event.value("event.code", "no event.code") + "  " + event.value("message", "").substr(0, 60) + "\n";
        }
        EXPECT_GE(hits, expected.least) << expected.pack << " in " << expected.family << ", without an entry:\n" << missed;
    }
}

}  // namespace
}  // namespace shuwei::api
