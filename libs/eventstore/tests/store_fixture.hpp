// A real event store in a temporary folder, with its worker process.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

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

constexpr base::Timestamp kNoon = 1'795'348'800 * base::kSecond;  // 2026-11-22T12:00:00Z

inline event::Event& add_line(event::EventBatch& batch, uint64_t seq, std::string_view raw, base::Timestamp time = kNoon,
                              base::Timestamp received = 0) {
    event::Event& event = batch.add_event();
    event.seq = seq;
    event.time = time;
    event.received = received != 0 ? received : time + base::kSecond;
    event.raw = batch.store(raw);
    event.peer = *base::IpAddress::parse("192.0.2.7");
    return event;
}

inline RowBuffer encode(const event::EventBatch& batch, RetentionClass retention_class = 0) {
    EventEncoder encoder;
    for (const event::Event& event : batch) encoder.add(batch, event, "sshd", retention_class);
    auto rows = encoder.finish();
    if (!rows) ADD_FAILURE() << rows.error().to_string();
    return rows ? std::move(*rows) : RowBuffer{};
}

// One store and worker for the tests of a suite; each test has tenants of its own.
class StoreTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        store_ = open_store(test_options(folder_->path())).release();
    }
    static void TearDownTestSuite() {
        delete store_;
        delete folder_;
        store_ = nullptr;
        folder_ = nullptr;
    }
    void SetUp() override {
        ASSERT_NE(store_, nullptr);
        const auto created = store_->create_tenant(++tenant_);
        ASSERT_TRUE(created) << created.error().to_string();
    }

    EventStore& store() { return *store_; }
    uint32_t tenant() const { return tenant_; }
    Scope scope(event::Predicate predicate = {}) const { return {{tenant_}, std::move(predicate), {}, {}}; }
    std::vector<uint64_t> found(const Scope& scope) {
        SearchRequest request;
        request.scope = scope;
        request.limit = 10'000;
        request.order = Order::oldest_first;
        const auto result = store().search(request);
        EXPECT_TRUE(result) << result.error().to_string();
        std::vector<uint64_t> seqs;
        if (result) {
            for (const StoredEvent& event : result->events) seqs.push_back(event.seq);
        }
        std::sort(seqs.begin(), seqs.end());
        return seqs;
    }

private:
    static inline TemporaryFolder* folder_ = nullptr;
    static inline EventStore* store_ = nullptr;
    static inline uint32_t tenant_ = 0;
};

#define ASSERT_OK(...)                                          \
    do {                                                        \
        const auto ok_result_ = (__VA_ARGS__);                  \
        ASSERT_TRUE(ok_result_) << ok_result_.error().to_string(); \
    } while (false)

}  // namespace shuwei::eventstore
