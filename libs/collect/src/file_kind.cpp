#include "file_kind.hpp"

#include <fmt/format.h>
#include <glob.h>

#include "record_rule.hpp"
#include "shuwei/collect/file_input.hpp"

namespace shuwei::collect {

namespace {

constexpr std::string_view kRecords[] = {"single", "indented", "beginning"};

constexpr InputField kFields[] = {
    {.name = "paths", .type = InputFieldType::paths, .need = InputFieldNeed::required},
    {.name = "from_start", .type = InputFieldType::flag, .fallback = "true"},
    {.name = "records", .type = InputFieldType::choice, .fallback = "single", .choices = kRecords},
    {.name = "record_beginning"},
};

RecordLines records_of(const InputSettings& settings) {
    const std::string& records = settings.text("records");
    return records == "indented" ? RecordLines::indented : records == "beginning" ? RecordLines::beginning : RecordLines::single;
}

base::Result<> check_records(const InputSettings& settings) {
    auto rule = RecordRule::make(records_of(settings), settings.text("record_beginning"));
    if (!rule) return base::fail(std::move(rule).error().at("record_beginning"));
    return {};
}

class RunningTail : public Input {
public:
    RunningTail(std::unique_ptr<FileTail> tail, std::string paths) : tail_(std::move(tail)), paths_(std::move(paths)) {}
    void stop() override { tail_->stop(); }
    InputStatus status() const override { return {.address = paths_}; }

private:
    std::unique_ptr<FileTail> tail_;
    std::string paths_;
};

base::Result<std::unique_ptr<Input>> start(const InputSettings& settings, const InputPlace& place) {
    FileTailOptions options;
    options.listener = place.listener;
    options.patterns = settings.list("paths");
    options.positions_file = place.folder / "positions.json";
    options.pack = place.pack;
    options.readable = place.readable;
    options.from_start = settings.flag("from_start");
    TRY(check_records(settings));
    options.records = records_of(settings);
    options.record_beginning = settings.text("record_beginning");
    std::string paths = fmt::format("{}", fmt::join(options.patterns, " "));
    TRY_ASSIGN(auto tail, FileTail::start(std::move(options), place.sink));
    return std::make_unique<RunningTail>(std::move(tail), std::move(paths));
}

base::Result<InputTrial> test(const InputSettings& settings) {
    TRY(check_records(settings));
    InputTrial trial;
    for (const std::string& pattern : settings.list("paths")) {
        glob_t found{};
        const int outcome = ::glob(pattern.c_str(), 0, nullptr, &found);
        trial.found.push_back(fmt::format("{}: {}", pattern, outcome == 0 ? found.gl_pathc : 0));
        ::globfree(&found);
    }
    return trial;
}

}  // namespace

const InputKind kFileKind{"file", kFields, start, test};

}  // namespace shuwei::collect
