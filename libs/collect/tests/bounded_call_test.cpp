#include "database/bounded_call.hpp"

#include <gtest/gtest.h>

#include <semaphore>

namespace shuwei::collect {
namespace {

TEST(BoundedCalls, ACallThatDoesNotComeBackIsLeftBehind) {
    BoundedCalls calls;
    const StopSignal stop;
    EXPECT_EQ(5, calls.run<int>([] { return 5; }, stop, base::kMinute).value());
    const auto held = std::make_shared<std::counting_semaphore<8>>(0);
    const auto stuck = [held]() -> base::Result<int> {
        held->acquire();
        return 1;
    };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(base::ErrorCode::deadline_exceeded, calls.run<int>(stuck, stop, 1).error().code());
    EXPECT_EQ(base::ErrorCode::unavailable, calls.run<int>(stuck, stop, 1).error().code());
    held->release(3);
    while (!calls.run<int>([] { return 5; }, stop, base::kMinute)) std::this_thread::yield();  // once one of them is back
    StopSignal stopped;
    stopped.request();
    base::ErrorCode told{};
    while ((told = calls.run<int>(stuck, stopped, base::kMinute).error().code()) == base::ErrorCode::unavailable) std::this_thread::yield();
    EXPECT_EQ(base::ErrorCode::cancelled, told);
    held->release(1);
}

}  // namespace
}  // namespace shuwei::collect
