#include "shuwei/base/ip_address.hpp"

#include <gtest/gtest.h>

namespace shuwei::base {
namespace {

TEST(IpAddress, ReadsAndWritesTheShortestForm) {
    struct Case {
        const char* text;
        const char* written;
    };
    for (const auto& [text, written] :
         {Case{"10.0.0.1", "10.0.0.1"}, Case{"255.255.255.255", "255.255.255.255"}, Case{"2001:DB8::1", "2001:db8::1"},
          Case{"::", "::"}, Case{"::ffff:10.0.0.1", "10.0.0.1"}, Case{"fe80:0:0:0:0:0:0:1", "fe80::1"}}) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), written);
    }
}

TEST(IpAddress, RefusesWhatIsNone) {
    for (const char* bad : {"", "10", "10.0.0", "10.0.0.256", "10.0.0.1.2", "10.0.0.", "10.0.0.1 ", "0010.0.0.1", "a.b.c.d",
                            ":::", "2001:db8::1%eth0", "[::1]", "1:2:3:4:5:6:7:8:9", "-"}) {
        EXPECT_FALSE(IpAddress::parse(bad)) << bad;
    }
}

TEST(IpNetwork, ContainsItsAddressesOfBothFamilies) {
    const auto ten = IpNetwork::parse("10.1.0.0/16");
    ASSERT_TRUE(ten);
    EXPECT_TRUE(ten->contains(*IpAddress::parse("10.1.255.255")));
    EXPECT_FALSE(ten->contains(*IpAddress::parse("10.2.0.0")));
    EXPECT_FALSE(ten->contains(*IpAddress::parse("2001:db8::1")));
    EXPECT_TRUE(IpNetwork::parse("172.16.0.0/12")->contains(*IpAddress::parse("172.31.9.9")));
    EXPECT_TRUE(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
    EXPECT_TRUE(IpNetwork::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
    EXPECT_FALSE(IpNetwork::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::1")));
    EXPECT_TRUE(IpNetwork::parse("10.0.0.7")->contains(*IpAddress::parse("10.0.0.7")));
    for (const char* bad : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8", "10.0.0.0/8/8"}) {
        EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
    }
}

}  // namespace
}  // namespace shuwei::base
