// A real event store in a temporary folder, with its worker process.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "shuwei/base/file.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/event/batch.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::eventstore {

// A folder that goes away with the object.
class TemporaryFolder {
public:
    TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("shuwei-eventstore-" + base::SystemRandom().hex(8))) {
        std::filesystem::create_directories(path_);
    }
    ~TemporaryFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline EventStoreOptions test_options(const std::filesystem::path& folder) {
    EventStoreOptions options;
    options.data_folder = folder;
    options.program = base::program_folder() / "eventstore_test_worker";
    options.worker_arguments = {};
    return options;
}

inline std::unique_ptr<EventStore> open_store(EventStoreOptions options) {
    auto store = EventStore::open(std::move(options));
    if (!store) ADD_FAILURE() << store.error().to_string();
    return store ? std::move(*store) : nullptr;
}

#define ASSERT_OK(...)                                          \
    do {                                                        \
        const auto ok_result_ = (__VA_ARGS__);                  \
        ASSERT_TRUE(ok_result_) << ok_result_.error().to_string(); \
    } while (false)

}  // namespace shuwei::eventstore
