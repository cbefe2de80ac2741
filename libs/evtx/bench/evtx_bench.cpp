// Records a second out of EVTX: a log of Sysmon-like events built in memory, and the shared regression files.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "../tests/evtx_builder.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/evtx/evtx_file.hpp"

namespace {

using namespace shuwei;
using evtx::test::bytes_of;
using evtx::test::ChunkBuilder;
using evtx::test::utf16;

constexpr const char* kNames[] = {"RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "FileVersion", "Description", "Product", "Company",
                                  "OriginalFileName", "CommandLine", "CurrentDirectory", "User", "LogonGuid", "LogonId", "TerminalSessionId",
                                  "IntegrityLevel", "Hashes", "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine", "ParentUser"};

void process_created(ChunkBuilder& chunk, uint64_t id) {
    const auto text = [](std::string_view ascii) { return evtx::test::TypedValue{0x01, utf16(ascii)}; };
    const auto guid = [&] { return evtx::test::TypedValue{0x0F, bytes_of(id) + bytes_of(id * 7)}; };
    chunk.begin_record(id);
    chunk.instance(
        1,
        [](ChunkBuilder& to) {
            to.open_with_attributes("Event").attribute("xmlns").text("http://schemas.microsoft.com/win/2004/08/events/event").close_start();
            to.open("System").close_start();
            to.open_with_attributes("Provider").attribute("Name").text("Microsoft-Windows-Sysmon").close_empty();
            to.element("EventID", 0).element("Version", 1).element("Level", 1).element("Task", 0).element("Opcode", 1).element("Keywords", 2);
            to.open_with_attributes("TimeCreated").attribute("SystemTime").value(3).close_empty();
            to.element("EventRecordID", 4).open("Correlation").close_empty();
            to.open_with_attributes("Execution").attribute("ProcessID").value(5).attribute("ThreadID").value(5).close_empty();
            to.open("Channel").close_start().text("Microsoft-Windows-Sysmon/Operational").end().element("Computer", 6);
            to.open_with_attributes("Security").attribute("UserID").value(7).close_empty().end();
            to.open("EventData").close_start();
            for (uint16_t i = 0; i < 23; ++i) to.data(kNames[i], static_cast<uint16_t>(8 + i));
            to.end().end();
        },
        {{0x06, bytes_of(uint16_t{1})}, {0x04, bytes_of(uint8_t{4})}, {0x15, bytes_of(uint64_t{1} << 63)}, {0x11, bytes_of(133'000'000'000'000'000 + id)},
         {0x0A, bytes_of(id)}, {0x08, bytes_of(uint32_t{3208})}, text("ws-01.corp.example.com"), {0x13, std::string("\x01\x01\0\0\0\0\0\x05\x12\0\0\0", 12)},
         text("-"), text("2026-11-21 08:30:05.579"), guid(), {0x08, bytes_of(uint32_t{15284})}, text("C:\\Program Files\\nodejs\\node.exe"), text("24.11.1"),
         text("Node.js JavaScript Runtime"), text("Node.js"), text("Node.js"), text("node.exe"),
         text("\"C:\\Program Files\\nodejs\\node.exe\" \"C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js\" install"), text("C:\\Users\\wang\\Downloads\\"),
         text("WS-01\\wang"), guid(), {0x15, bytes_of(uint64_t{0x3b5cb2})}, {0x08, bytes_of(uint32_t{1})}, text("High"),
         text("SHA1=486CAFC97D0EF0947AED77C0D258D1A5606455C4,MD5=AF400F1E0F1F2CE5D694EDDBA27AD9EE,SHA256="
              "F13AC3CA23248DC389507E8FE38C34489AB7EDB3E6D6700EB6DA6A0B7E128EAF,IMPHASH=9BF3F5698D1C8E5D8BBE8D194AC5D544"),
         guid(), {0x08, bytes_of(uint32_t{5684})}, text("C:\\Windows\\System32\\cmd.exe"), text("\"C:\\WINDOWS\\system32\\cmd.exe\""), text("WS-01\\wang")});
    chunk.end_record();
}

const std::string& log() {
    static const std::string file = [] {
        std::vector<std::string> chunks;
        uint64_t id = 0;
        while (chunks.size() < 64) {
            ChunkBuilder chunk;
            while (chunk.at() < 62'000) process_created(chunk, ++id);
            chunks.push_back(chunk.chunk());
        }
        return evtx::test::file_of(chunks);
    }();
    return file;
}

uint64_t read(benchmark::State& state, std::string_view file, uint64_t& json_bytes) {
    const auto counts = evtx::read_evtx_bytes(
        file,
        [&](const evtx::EvtxRecord& record) -> base::Result<> {
            json_bytes += record.json.size();
            return {};
        },
        [](const base::Error& error) -> base::Result<> { return base::fail(error); });
    if (!counts) {
        state.SkipWithError(counts.error().to_string().c_str());
        return 0;
    }
    return counts->records;
}

void ReadSysmonLog(benchmark::State& state) {
    uint64_t records = 0;
    uint64_t json_bytes = 0;
    for (auto _ : state) records += read(state, log(), json_bytes);
    state.SetItemsProcessed(static_cast<int64_t>(records));
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * log().size()));
    if (records > 0) state.counters["json_bytes"] = static_cast<double>(json_bytes) / static_cast<double>(records);
}
BENCHMARK(ReadSysmonLog)->Unit(benchmark::kMillisecond)->MinTime(2);

// Mostly empty chunks of one record: what a file and a template cost.
void ReadRegressionCases(benchmark::State& state) {
    const char* const set = std::getenv("SHUWEI_SHARED_DATA");
    const auto data = set != nullptr ? std::filesystem::path(set) : std::filesystem::path(SHUWEI_SOURCE_DIR).parent_path() / "shared" / "data";
    std::vector<std::string> files;
    if (std::filesystem::exists(data / "sigma" / "regression")) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "sigma" / "regression")) {
            if (entry.path().extension() == ".evtx") files.push_back(base::read_file(entry.path()).value());
        }
    }
    if (files.empty()) return state.SkipWithError("skipped: shared data not present");
    uint64_t records = 0;
    uint64_t json_bytes = 0;
    for (auto _ : state) {
        for (const std::string& file : files) records += read(state, file, json_bytes);
    }
    state.SetItemsProcessed(static_cast<int64_t>(records));
}
BENCHMARK(ReadRegressionCases)->Unit(benchmark::kMillisecond);

}  // namespace
