#include "shuwei/event/batch.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace shuwei::event {
namespace {

TEST(EventBatch, stores_bytes_with_readable_padding_behind) {
    EventBatch batch;
    const std::string_view small = batch.store("abc");
    const std::string_view large = batch.store(std::string(3'000'000, 'x'));
    EXPECT_EQ(small, "abc");
    EXPECT_EQ(large.size(), 3'000'000u);
    unsigned sum = 0;  // AddressSanitizer watches these reads
    for (size_t i = 0; i < kArenaPadding; ++i) sum += static_cast<uint8_t>(large.data()[large.size() + i]);
    EXPECT_GE(sum, 0u);
    EXPECT_EQ(batch.bytes(), 3'000'003u);
}

TEST(EventBatch, gives_back_the_unused_end_of_an_allocation) {
    EventBatch batch;
    char* data = batch.allocate(100);
    std::memcpy(data, "hello", 5);
    EXPECT_EQ(batch.shrink(data, 100, 5), "hello");
    EXPECT_EQ(batch.bytes(), 5u);
    EXPECT_EQ(batch.store("x").data(), data + 5);
}

TEST(EventBatch, keeps_fields_of_events_apart) {
    EventBatch batch;
    batch.add(batch.add_event(), source_ip, "10.0.0.1");
    Event& second = batch.add_event();
    batch.add(second, source_ip, "10.0.0.2");
    batch.add(second, user_name, "root");
    // Writing to an earlier event later moves its list, and loses nothing.
    batch.add(batch[0], user_name, "li.wei");
    EXPECT_EQ(batch.get(batch[0], source_ip), "10.0.0.1");
    EXPECT_EQ(batch.get(batch[0], user_name), "li.wei");
    EXPECT_EQ(batch.get(batch[1], source_ip), "10.0.0.2");
    EXPECT_EQ(batch.get(batch[1], user_name), "root");
    EXPECT_EQ(batch.fields(batch[1]).size(), 2u);
}

TEST(EventBatch, set_replaces_the_first_value_and_add_appends) {
    EventBatch batch;
    Event& event = batch.add_event();
    batch.set(event, user_name, "a");
    batch.add(event, user_name, "b");
    batch.set(event, user_name, "c");
    ASSERT_EQ(batch.fields(event).size(), 2u);
    EXPECT_EQ(batch.fields(event)[0].text(), "c");
    EXPECT_EQ(batch.fields(event)[1].text(), "b");
}

TEST(EventBatch, sends_the_field_beyond_the_limit_to_overflow) {
    EventBatch batch;
    Event& event = batch.add_event();
    for (size_t i = 0; i < kMaxFieldsPerEvent; ++i) batch.add(event, user_name, "v");
    EXPECT_EQ(event.overflowed, 0);
    batch.add(event, source_ip, "10.0.0.1");
    batch.add(event, "some.name", "text");
    EXPECT_EQ(event.overflowed, 2);
    EXPECT_EQ(batch.get(event, shuwei_overflow), "source.ip=10.0.0.1\nsome.name=text\n");
    EXPECT_EQ(batch.fields(event).size(), kMaxFieldsPerEvent + 1);
}

TEST(EventBatch, bounds_overflow_itself) {
    EventBatch batch;
    Event& event = batch.add_event();
    for (size_t i = 0; i < kMaxFieldsPerEvent; ++i) batch.add(event, user_name, "v");
    const std::string_view value = batch.store(std::string(10'000, 'x'));
    for (int i = 0; i < 20; ++i) batch.add(event, source_ip, value);
    EXPECT_EQ(event.overflowed, 20);
    EXPECT_LE(batch.get(event, shuwei_overflow).size(), kMaxValueBytes);
}

TEST(EventBatch, cuts_long_values_at_a_character) {
    EventBatch batch;
    Event& event = batch.add_event();
    batch.add(event, message, batch.store(std::string(kMaxValueBytes, 'a')));
    EXPECT_EQ(batch.get(event, message).size(), kMaxValueBytes);
    std::string han(kMaxValueBytes - 1, 'a');
    han += "登录";
    batch.set(event, message, batch.store(han));
    EXPECT_EQ(batch.get(event, message).size(), kMaxValueBytes - 1);
}

TEST(EventBatch, refuses_names_that_cannot_be_interned) {
    EventBatch batch;
    Event& event = batch.add_event();
    batch.add(event, std::string(kMaxFieldNameBytes + 1, 'n'), "v");
    batch.add(event, "", "v");
    EXPECT_EQ(event.overflowed, 2);
}

TEST(EventBatch, truncates_and_drops) {
    EventBatch batch;
    Event& event = batch.add_event();
    batch.add(event, user_name, "a");
    batch.add(event, source_ip, "b");
    batch.truncate_fields(event, 1);
    EXPECT_EQ(batch.get(event, source_ip), "");
    batch.add(event, host_name, "h");
    EXPECT_EQ(batch.fields(event).size(), 2u);
    batch.drop_last_event();
    EXPECT_TRUE(batch.empty());
    batch.add(batch.add_event(), user_name, "x");
    EXPECT_EQ(batch.fields(batch[0]).size(), 1u);
}

TEST(EventBatch, is_empty_and_usable_after_clear) {
    EventBatch batch;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 2000; ++i) {
            Event& event = batch.add_event();
            event.raw = batch.store(std::string(1000, static_cast<char>('a' + round)));
        }
        EXPECT_EQ(batch.size(), 2000u);
        EXPECT_EQ(batch[1999].raw[0], static_cast<char>('a' + round));
        batch.clear();
        EXPECT_EQ(batch.bytes(), 0u);
    }
}

TEST(FieldNames, knows_the_catalogue_by_constant_and_by_name) {
    EXPECT_EQ(find_field("source.ip"), source_ip);
    EXPECT_EQ(field_name(user_name), "user.name");
    EXPECT_EQ(field_type(source_ip), FieldType::ip);
    EXPECT_EQ(find_field("batch.test.unheard.of"), kNoField);
    const FieldId made = intern_field("batch.test.made");
    EXPECT_EQ(intern_field("batch.test.made"), made);
    EXPECT_EQ(field_name(made), "batch.test.made");
    EXPECT_EQ(field_info(made), nullptr);
    for (const FieldInfo& info : field_catalogue()) {
        EXPECT_FALSE(info.label_zh.empty()) << info.name;
        EXPECT_FALSE(info.label_en.empty()) << info.name;
    }
}

}  // namespace
}  // namespace shuwei::event
