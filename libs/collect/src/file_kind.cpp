#include "file_kind.hpp"

#include <fmt/format.h>
#include <glob.h>

#include "shuwei/collect/file_input.hpp"

namespace shuwei::collect {

namespace {

constexpr InputField kFields[] = {
    {.name = "paths", .type = InputFieldType::paths, .need = InputFieldNeed::required},
    {.name = "from_start", .type = InputFieldType::flag, .fallback = "true"},
};

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
    options.from_start = settings.flag("from_start");
    std::string paths = fmt::format("{}", fmt::join(options.patterns, " "));
    TRY_ASSIGN(auto tail, FileTail::start(std::move(options), place.sink));
    return std::make_unique<RunningTail>(std::move(tail), std::move(paths));
}

base::Result<InputTrial> test(const InputSettings& settings) {
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
