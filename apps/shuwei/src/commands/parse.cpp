#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "broken_places.hpp"
#include "commands.hpp"
#include "content.hpp"
#include "exit_code.hpp"
#include "output.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/evtx/evtx_file.hpp"
#include "shuwei/parse/pack_check.hpp"
#include "shuwei/parse/parse_lines.hpp"

namespace shuwei::app {

namespace {

using Write = std::function<base::Result<>(std::string_view)>;

// The records of an event log file, each as the line that an exporter would write of it.
int parse_event_log(int input, const std::string& name, const std::shared_ptr<const parse::PackSet>& packs, parse::SourceHint hint, const Write& write) {
    hint.format = parse::LineFormat::raw;
    evtx::EvtxCounts read;
    const auto records = [&](const parse::LineTaker& take) -> base::Result<> {
        BrokenPlaces broken(name);
        TRY_ASSIGN(read, evtx::read_evtx(
                             input, [&](const evtx::EvtxRecord& record) { return take(record.json); },
                             [&](const base::Error& error) -> base::Result<> {
                                 broken.tell(error.at(name));
                                 return {};
                             }));
        return {};
    };
    const auto counts = parse::parse_lines(records, packs, hint, base::SystemClock(), write);
    if (!counts) return report(base::Error(counts.error()).at(name));
    std::fprintf(stderr, "%llu records: %llu parsed, %llu in part, %llu not recognised; %llu broken places\n",
                 static_cast<unsigned long long>(counts->lines), static_cast<unsigned long long>(counts->parsed),
                 static_cast<unsigned long long>(counts->partial), static_cast<unsigned long long>(counts->unparsed),
                 static_cast<unsigned long long>(read.broken));
    return read.broken == 0 ? kFine : read.records > 0 ? kFindings : kCannotDo;
}

}  // namespace

int run_parse(const ParseOptions& options) {
    auto packs = load_packs(options.packs);
    if (!packs) return report(packs.error());
    parse::SourceHint hint;
    if (!options.pack.empty()) {
        hint.pack = (*packs)->find(options.pack);
        if (hint.pack == 0) {
            return report(base::Error(base::ErrorCode::invalid_argument, "no device pack named '" + options.pack + "'"));
        }
    }
    base::FileDescriptor file;
    int input = STDIN_FILENO;
    if (options.file != "-") {
        file = base::FileDescriptor(::open(options.file.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file) return report(base::system_error(errno, "open " + options.file));
        input = file.get();
    }
    const auto write = [](std::string_view text) { return base::write_all(STDOUT_FILENO, text); };
    if (evtx::is_evtx(input)) return parse_event_log(input, options.file, *packs, hint, write);
    const auto counts = parse::parse_lines(input, *packs, hint, base::SystemClock(), write);
    if (!counts) return report(base::Error(counts.error()).at(options.file));
    std::fprintf(stderr, "%llu lines: %llu parsed, %llu in part, %llu not recognised\n",
                 static_cast<unsigned long long>(counts->lines), static_cast<unsigned long long>(counts->parsed),
                 static_cast<unsigned long long>(counts->partial), static_cast<unsigned long long>(counts->unparsed));
    return kFine;
}

int run_packs_check(const PacksOptions& options) {
    auto loaded = parse::PackSet::load(std::span(options.folders));
    if (!loaded) return report(loaded.error());
    size_t failures = loaded->problems.size();
    for (const auto& problem : loaded->problems) std::fprintf(stderr, "%s\n", problem.to_string().c_str());
    std::vector<nlohmann::ordered_json> rows;
    for (const parse::PackInfo& pack : loaded->set->packs()) {
        const auto checked = parse::check_pack(loaded->set, pack.number);
        const size_t failed = checked ? checked->failures.size() : 1;
        failures += failed;
        if (!checked) std::fprintf(stderr, "%s\n", checked.error().to_string().c_str());
        if (checked) {
            for (const auto& failure : checked->failures) std::fprintf(stderr, "%s\n", failure.to_string().c_str());
        }
        rows.push_back({{"pack", pack.name},
                        {"title", pack.title_zh},
                        {"vendor", pack.vendor},
                        {"provenance", std::string(parse::to_string(pack.provenance))},
                        {"cases", checked ? checked->cases : 0},
                        {"failed", failed}});
    }
    print_rows(rows, options.output);
    return failures == 0 ? kFine : kFindings;
}

}  // namespace shuwei::app
