// Statistics over groups, reading without end, and how far a query is.
#include "shuwei/eventstore/kql.hpp"
#include "store_fixture.hpp"

namespace shuwei::eventstore {
namespace {

using event::EventBatch;
using event::ValueKind;

class Statistics : public StoreTest {
protected:
    // user, outcome, bytes, minutes after noon
    void add(std::string_view user, std::string_view outcome, std::string_view bytes, int minutes) {
        event::Event& event = add_line(batch_, ++seq_, "line", kNoon + minutes * base::kMinute);
        if (!user.empty()) batch_.add(event, event::user_name, user);
        batch_.add(event, event::event_outcome, outcome);
        if (!bytes.empty()) batch_.add(event, event::source_bytes, bytes, ValueKind::number);
        batch_.add(event, "x.bytes", bytes.empty() ? "none" : bytes);
    }
    void fill() {
        add("root", "failure", "10", 0);
        add("ROOT", "failure", "20", 1);
        add("root", "success", "", 70);
        add("李四", "success", "5", 71);
        add("", "failure", "1", 72);
        add("guest", "success", "", 140);
        ASSERT_OK(store().append(tenant(), encode(batch_)));
    }
    PivotRequest request() const {
        PivotRequest request;
        request.scope = scope();
        return request;
    }

    EventBatch batch_;
    uint64_t seq_ = 0;
};

TEST_F(Statistics, CountsGroupsBestFirstAndTheRestAsOther) {
    fill();
    PivotRequest asked = request();
    asked.groups = {"user.name"};
    asked.top = 1;
    const auto pivot = store().pivot(asked);
    ASSERT_OK(pivot);
    ASSERT_EQ(pivot->groups.size(), 2u);
    EXPECT_EQ(base::Timestamp{0}, pivot->interval);
    EXPECT_TRUE(pivot->groups[0].values[0] == "root" || pivot->groups[0].values[0] == "ROOT");  // one account in any case
    EXPECT_EQ(pivot->groups[0].totals, (std::vector<MeasureValue>{3.0}));
    EXPECT_TRUE(pivot->groups[1].other);
    EXPECT_EQ(pivot->groups[1].totals, (std::vector<MeasureValue>{3.0}));
}

TEST_F(Statistics, MeasuresOfNumbersAndDifferentValues) {
    fill();
    for (const char* field : {"source.bytes", "x.bytes"}) {
        PivotRequest asked = request();
        asked.groups = {"event.outcome"};
        asked.measures = {{MeasureKind::sum, field},     {MeasureKind::minimum, field},      {MeasureKind::maximum, field},
                          {MeasureKind::average, field}, {MeasureKind::distinct, "user.name"}};
        const auto pivot = store().pivot(asked);
        ASSERT_OK(pivot);
        ASSERT_EQ(pivot->groups.size(), 2u);
        EXPECT_EQ(pivot->groups[0].values, std::vector<std::string>{"failure"});
        EXPECT_EQ(pivot->groups[0].totals, (std::vector<MeasureValue>{31.0, 1.0, 20.0, 31.0 / 3, 1.0})) << field;
        EXPECT_EQ(pivot->groups[1].totals, (std::vector<MeasureValue>{5.0, 5.0, 5.0, 5.0, 3.0})) << field;
    }
}

TEST_F(Statistics, CellsByTimeAddUpToTheTotals) {
    fill();
    PivotRequest asked = request();
    asked.scope.since = kNoon;
    asked.scope.until = kNoon + 3 * base::kHour;
    asked.groups = {"event.outcome", "user.name"};
    asked.top = 2;
    asked.buckets = 3;
    const auto pivot = store().pivot(asked);
    ASSERT_OK(pivot);
    EXPECT_EQ(pivot->interval, base::kHour);
    EXPECT_EQ(pivot->since, kNoon);
    ASSERT_EQ(pivot->groups.size(), 3u);
    double all = 0;
    for (const PivotGroup& group : pivot->groups) {
        double sum = 0;
        ASSERT_EQ(group.buckets.size(), 3u);
        for (const auto& cell : group.buckets) {
            if (!cell.empty()) sum += cell[0].value_or(0);
        }
        EXPECT_EQ(sum, group.totals[0]);
        all += sum;
    }
    EXPECT_EQ(all, 6);
    EXPECT_EQ(pivot->groups[0].values[0], "failure");
    EXPECT_EQ(pivot->groups[0].buckets[0], (std::vector<MeasureValue>{2.0}));
}

TEST_F(Statistics, ACellHoldsTheEventsThatItsConditionFinds) {
    fill();
    event::Event& both = add_line(batch_, 100, "two accounts");
    batch_.add(both, event::user_name, "guest");
    batch_.add(both, event::user_name, "李四");
    EventBatch more;
    event::Event& copy = add_line(more, 101, "two accounts");
    more.add(copy, event::user_name, "guest");
    more.add(copy, event::user_name, "李四");
    ASSERT_OK(store().append(tenant(), encode(more)));
    PivotRequest asked = request();
    asked.groups = {"user.name"};
    const auto pivot = store().pivot(asked);
    ASSERT_OK(pivot);
    ASSERT_EQ(pivot->groups.size(), 4u);
    for (const PivotGroup& group : pivot->groups) {
        const std::string query = group.values[0].empty() ? "not user.name:*" : "user.name:" + group.values[0];
        EXPECT_EQ(static_cast<double>(found(scope(*parse_kql(query))).size()), group.totals[0]) << query;
    }
}

TEST_F(Statistics, WithoutGroupsThereIsOneRow) {
    fill();
    PivotRequest asked = request();
    asked.measures = {{MeasureKind::count, ""}, {MeasureKind::maximum, "@timestamp"}};
    const auto pivot = store().pivot(asked);
    ASSERT_OK(pivot);
    ASSERT_EQ(pivot->groups.size(), 1u);
    EXPECT_EQ(pivot->groups[0].totals[0], 6.0);
    EXPECT_EQ(pivot->groups[0].totals[1], static_cast<double>((kNoon + 140 * base::kMinute) / base::kMillisecond));
}

TEST_F(Statistics, RefusesWhatIsTooMuch) {
    PivotRequest asked = request();
    asked.groups = {"a", "b", "c", "d"};
    EXPECT_FALSE(store().pivot(asked));
    asked.groups = {};
    asked.measures = {{MeasureKind::sum, ""}};
    EXPECT_FALSE(store().pivot(asked));
}

TEST_F(Statistics, ReadsWithoutEndAcrossSlicesOfTimeInOrderAndGoesOnBehindACursor) {
    constexpr uint64_t kRows = 600'000;  // more than two slices
    EventEncoder encoder;
    for (uint64_t from = 0; from < kRows; from += 100'000) {
        EventBatch batch;
        for (uint64_t i = from; i < from + 100'000; ++i) {
            encoder.add(batch, add_line(batch, i + 1, "x", kNoon + static_cast<int64_t>(i / 3) * base::kMillisecond), "p", 0);
        }
        auto rows = encoder.finish();
        ASSERT_TRUE(rows);
        ASSERT_OK(store().append(tenant(), *rows));
    }
    for (const Order order : {Order::oldest_first, Order::newest_first}) {
        SearchRequest request;
        request.scope = scope();
        request.limit = 0;
        request.order = order;
        request.fields = {"user.name"};
        uint64_t expected = order == Order::oldest_first ? 1 : kRows;
        const auto step = order == Order::oldest_first ? 1 : -1;
        bool in_order = true;
        std::optional<Cursor> middle;
        const auto all = store().stream(request, [&](StoredEvent&& event) {
            in_order = in_order && event.seq == expected;
            expected += static_cast<uint64_t>(step);
            if (event.seq == kRows / 2) middle = Cursor{event.time, event.seq};
            return true;
        });
        ASSERT_OK(all);
        EXPECT_EQ(*all, kRows);
        EXPECT_TRUE(in_order);
        request.after = middle;
        uint64_t first = 0;
        const auto rest = store().stream(request, [&](StoredEvent&& event) {
            if (first == 0) first = event.seq;
            return true;
        });
        ASSERT_OK(rest);
        EXPECT_EQ(*rest, order == Order::oldest_first ? kRows / 2 : kRows / 2 - 1);
        EXPECT_EQ(first, kRows / 2 + static_cast<uint64_t>(step));
        uint64_t given = 0;
        request.after.reset();
        ASSERT_OK(store().stream(request, [&](StoredEvent&&) { return ++given < 10; }));
        EXPECT_EQ(given, 10u);
    }

    // How far a long query is: it rises and stays within bounds. A quick machine may be done before the first look.
    PivotRequest asked = request();
    asked.groups = {"event.original", "@timestamp", "shuwei.seq"};
    asked.measures = {{MeasureKind::distinct, "event.original"}};
    double last = 0;
    asked.limits.progress = [&](double fraction, uint64_t) {
        EXPECT_GE(fraction, 0);
        EXPECT_LE(fraction, 1);
        last = fraction;
    };
    ASSERT_OK(store().pivot(asked));
    std::stop_source stop;
    asked.limits.stop = stop.get_token();
    asked.limits.progress = [&](double, uint64_t) { stop.request_stop(); };
    const auto stopped = store().pivot(asked);
    if (!stopped) {
        EXPECT_EQ(stopped.error().code(), base::ErrorCode::cancelled);
    }
}

}  // namespace
}  // namespace shuwei::eventstore
