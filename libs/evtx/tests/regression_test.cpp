// The shared regression cases: each .evtx must mean what the .json beside it says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "shuwei/evtx/evtx_file.hpp"

namespace shuwei::evtx {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path regression_cases() {
    const char* const set = std::getenv("SHUWEI_SHARED_DATA");
    const auto data = set != nullptr ? std::filesystem::path(set) : std::filesystem::path(SHUWEI_SOURCE_DIR).parent_path() / "shared" / "data";
    return data / "sigma" / "regression";
}

// Objects one after another.
std::vector<Json> read_objects(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<Json> objects;
    while ((in >> std::ws) && in.peek() != EOF) {
        Json object;
        in >> object;
        objects.push_back(std::move(object));
    }
    return objects;
}

// One .json was written by another program: times to the nanosecond, "Explorer.exe" where the record says "Explorer.EXE".
std::string comparable(Json event) {
    auto& time = event["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"];
    const auto text = time.get<std::string>();
    if (text.size() > 27) time = text.substr(0, 26) + "Z";
    if (auto& data = event["Event"]["EventData"]; data.is_null()) {
        event["Event"].erase("EventData");  // an event with UserData
    } else if (data.value("ParentCommandLine", "") == R"(C:\Windows\Explorer.EXE)") {
        data["ParentCommandLine"] = R"(C:\Windows\Explorer.exe)";
    }
    return event.dump(1);
}

TEST(Regression, EveryFileMeansWhatItsJsonSays) {
    if (!std::filesystem::exists(regression_cases())) GTEST_SKIP() << "skipped: shared data not present";
    size_t files = 0;
    size_t events = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(regression_cases())) {
        if (entry.path().extension() != ".evtx") continue;
        SCOPED_TRACE(entry.path().string());
        std::vector<Json> read;
        const auto counts = read_evtx(
            entry.path(),
            [&](const EvtxRecord& record) -> base::Result<> {
                read.push_back(Json::parse(record.json));
                return {};
            },
            [](const base::Error& error) -> base::Result<> {
                ADD_FAILURE() << error.to_string();
                return {};
            });
        ASSERT_TRUE(counts) << counts.error().to_string();
        EXPECT_FALSE(counts->dirty);
        auto path = entry.path();
        const std::vector<Json> expected = read_objects(path.replace_extension(".json"));
        ASSERT_EQ(expected.size(), read.size());
        for (size_t i = 0; i < read.size(); ++i) EXPECT_EQ(comparable(expected[i]), comparable(read[i]));
        ++files;
        EXPECT_EQ(0u, counts->broken);
        events += read.size();
    }
    EXPECT_GE(files, 100u);
    EXPECT_GE(events, files);
}

}  // namespace
}  // namespace shuwei::evtx
