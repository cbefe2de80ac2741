// The trap input against Net-SNMP's own senders, where they are to be had; its parts with written messages.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "collect_fixture.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/collect/input.hpp"
#include "snmp/trap_reader.hpp"
#include "snmp/trap_record.hpp"
#include "snmp/trap_value.hpp"

namespace shuwei::collect {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kSource = SHUWEI_SOURCE_DIR;

std::string bytes_of(std::string_view hex) {
    std::string out;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return out;
}

std::string variable(std::string_view oid, std::string written_value) {
    return ber_write(kBerSequence, ber_write_oid(parse_oid(oid).value()) + written_value);
}

std::string trap_v2(std::string_view community, std::string_view trap_oid, const std::string& more) {
    const std::string variables = variable("1.3.6.1.2.1.1.3.0", ber_write_integer(123456, kBerTimeTicks)) +
                                  variable("1.3.6.1.6.3.1.1.4.1.0", ber_write_oid(parse_oid(trap_oid).value())) + more;
    return write_community_message(SnmpVersion::v2c, community, write_pdu(kPduTrap, 77, ber_write(kBerSequence, variables)));
}

std::string trap_v1(std::string_view enterprise, int64_t generic, int64_t specific) {
    return write_community_message(SnmpVersion::v1, "public",
                                   ber_write(kPduTrapV1, ber_write_oid(parse_oid(enterprise).value()) + ber_write(kBerIpAddress, bytes_of("c0000209")) +
                                                             ber_write_integer(generic) + ber_write_integer(specific) +
                                                             ber_write_integer(500, kBerTimeTicks) + ber_write(kBerSequence, "")));
}

TrapReader reader_of(std::vector<std::string> communities, std::vector<std::string> users = {}) {
    std::vector<SnmpUser> read;
    for (const auto& line : users) read.push_back(read_snmp_user(line).value());
    return TrapReader(std::move(communities), Usm(std::move(read), {.id = bytes_of("8000000005aabbccddee"), .boots = 3}),
                      MibNames::load(kSource / "content/mibs", {}).names);
}

const base::IpAddress kPeer = base::IpAddress::parse("192.0.2.7").value();

TEST(Ber, WhatIsWrittenIsRead) {
    for (const int64_t value : {int64_t{0}, int64_t{127}, int64_t{128}, int64_t{-1}, int64_t{-128}, int64_t{-129}, int64_t{65536}, INT64_MAX, INT64_MIN}) {
        const std::string written = ber_write_integer(value);
        EXPECT_EQ(value, BerReader(written).take_integer());
    }
    for (const std::string_view text : {"1.3.6.1.4.1.2011.5.25.4294967295", "0.0", "2.999.3", "1.0.8802.1.1.2"}) {
        const std::string written = ber_write_oid(parse_oid(text).value());
        EXPECT_EQ(text, to_string(ber_oid(BerReader(written).take(kBerOid).value()).value()));
    }
    const std::string long_text(70'000, 'x');
    const std::string written = ber_write(kBerOctets, long_text);
    EXPECT_EQ(long_text, BerReader(written).take(kBerOctets));
}

TEST(Ber, LengthsThatDoNotHoldAreRefused) {
    for (const std::string_view hex : {"", "04", "0405aabb", "0480aabb0000", "0485000000000100", "0484ffffffff00", "1f810100"}) {
        const std::string bytes = bytes_of(hex);
        EXPECT_FALSE(BerReader(bytes).next()) << hex;
    }
    EXPECT_FALSE(ber_oid(bytes_of("2b0680")));            // ends within an arc
    EXPECT_FALSE(ber_oid(bytes_of("2b9080808000")));      // over 32 bits
    EXPECT_FALSE(ber_oid(std::string(130, '\x01')));      // too many arcs
    EXPECT_FALSE(ber_integer(bytes_of("010203040506070809")));
    EXPECT_EQ(UINT64_MAX, ber_unsigned(bytes_of("00ffffffffffffffff")));
    EXPECT_EQ(UINT32_MAX, ber_unsigned(bytes_of("ffffffff")));
}

// RFC 3414, A.3, and what net-snmp makes of AES-256.
TEST(SnmpUser, KeysAreThoseOfTheStandards) {
    const std::string engine = bytes_of("000000000000000000000002");
    EXPECT_EQ("526f5eed9fcce26f8964c2930787d82b",
              base::hex_encode(localised_authentication_key(read_snmp_user("u MD5 maplesyrup").value(), engine)));
    EXPECT_EQ("6695febc9288e36282235fc7151f128497b38f3f",
              base::hex_encode(localised_authentication_key(read_snmp_user("u SHA maplesyrup").value(), engine)));
    const std::string other = bytes_of("80001f888059dc486145a26322");
    const struct {
        std::string_view user, key;
    } cases[] = {
        {"u MD5 authpass12 AES-256-C privpass12", "92e9863298306abfa9250c4f54ff245db0c03abe3db564b4dc7265ed57786fea"},
        {"u MD5 authpass12 AES-256 privpass12", "92e9863298306abfa9250c4f54ff245db7d738fc71d8ca6a36993c212b6ac7dd"},
        {"u SHA authpass12 aes256c privpass12", "7441e9d9674a55709c82b9c9eb7d2d66da95a329246a4965e8bc7cf8dac2a1a6"},
        {"u SHA authpass12 AES_256 privpass12", "7441e9d9674a55709c82b9c9eb7d2d66da95a329af1e091732ed5f388f49b3ac"},
        {"u SHA-256 authpass12 AES-256 privpass12", "fbb84e7488fe576266ed2da748cf9dd4fc49909096187df5a0bc0a92a37adf32"},
    };
    for (const auto& [user, key] : cases) EXPECT_EQ(key, base::hex_encode(localised_privacy_key(read_snmp_user(user).value(), other))) << user;
}

TEST(SnmpUser, WhatIsWrongIsSaidWithoutThePassphrase) {
    const struct {
        std::string_view line, says;
    } cases[] = {
        {"", "a user without a name"},
        {"ops SHA", "user 'ops': wanted is NAME"},
        {"ops SHA-3 secret-secret", "authentication is one of"},
        {"ops SHA secret", "8 characters at least"},
        {"ops SHA secret-secret BLOWFISH secret-secret", "privacy is one of"},
        {"ops SHA \"secret secret", "a quotation mark is not closed"},
    };
    for (const auto& [line, says] : cases) {
        const auto user = read_snmp_user(line);
        ASSERT_FALSE(user) << line;
        EXPECT_NE(std::string::npos, user.error().message().find(says)) << user.error().message();
        EXPECT_EQ(std::string::npos, user.error().message().find("secret"));
    }
    EXPECT_TRUE(read_snmp_user("ops SHA \"two words of it\" AES another-one"));
}

TEST(TrapReader, ATrapBecomesARecordWithNames) {
    auto reader = reader_of({"public"});
    const std::string datagram = trap_v2("public", "1.3.6.1.6.3.1.1.5.3",
                                         variable("1.3.6.1.2.1.2.2.1.1.3", ber_write_integer(3)) +
                                             variable("1.3.6.1.2.1.2.2.1.8.3", ber_write_integer(2)) +
                                             variable("1.3.6.1.2.1.2.2.1.6.3", ber_write(kBerOctets, bytes_of("001a2b3c4d5e"))) +
                                             variable("1.3.6.1.4.1.64000.1", ber_write(kBerOctets, bytes_of("bdd3bfda31"))) +
                                             variable("1.3.6.1.4.1.64000.2", ber_write(kBerOctets, bytes_of("00ff10"))) +
                                             variable("1.3.6.1.2.1.25.1.2.0", ber_write(kBerOctets, bytes_of("07ea0b15081e00002b0800"))));
    const auto outcome = reader.take(datagram, kPeer, 1);
    ASSERT_FALSE(outcome.record.empty()) << outcome.remark;
    const json record = json::parse(outcome.record);
    EXPECT_EQ("2c", record["version"]);
    EXPECT_EQ("192.0.2.7", record["agent"]);
    EXPECT_EQ(1234, record["uptime"]);
    EXPECT_EQ(json({{"oid", "1.3.6.1.6.3.1.1.5.3"}, {"name", "linkDown"}, {"module", "SNMPv2-MIB"}}), record["trap"]);
    EXPECT_EQ("down(2)", record["values"]["ifOperStatus"]);
    EXPECT_EQ("00:1a:2b:3c:4d:5e", record["values"]["ifPhysAddress"]);
    EXPECT_EQ("2026-11-21T08:30:00.0+08:00", record["values"]["hrSystemDate"]);
    EXPECT_EQ("ifIndex.3", record["varbinds"][0]["name"]);
    EXPECT_EQ("integer", record["varbinds"][0]["type"]);
    EXPECT_EQ("enterprises.64000.1", record["varbinds"][3]["name"]);
    EXPECT_EQ("接口1", record["varbinds"][3]["value"]);
    EXPECT_EQ("0x00ff10", record["varbinds"][4]["value"]);
    EXPECT_TRUE(record["summary"].get<std::string>().starts_with("linkDown: ifIndex.3=3, ifOperStatus.3=down(2)"));
    // The datagram is kept, its community is not.
    std::string raw = bytes_of(record["raw"].get<std::string>());
    EXPECT_EQ(datagram.size(), raw.size());
    EXPECT_EQ(std::string::npos, raw.find("public"));
    raw.replace(raw.find("******"), 6, "public");
    EXPECT_EQ(datagram, raw);
    EXPECT_EQ(std::string::npos, outcome.record.find("public"));
}

TEST(TrapReader, TrapsOfVersionOneGetTheNamesOfVersionTwo) {
    auto reader = reader_of({"public"});
    const json generic = json::parse(reader.take(trap_v1("1.3.6.1.4.1.9.1.1", 2, 0), kPeer, 1).record);
    EXPECT_EQ("linkDown", generic["trap"]["name"]);
    EXPECT_EQ("192.0.2.9", generic["agent"]);
    EXPECT_EQ("192.0.2.7", generic["peer"]);
    EXPECT_EQ(5, generic["uptime"]);
    EXPECT_EQ(2, generic["generic"]);
    const json specific = json::parse(reader.take(trap_v1("1.3.6.1.4.1.64000.7", 6, 42), kPeer, 1).record);
    EXPECT_EQ("1.3.6.1.4.1.64000.7.0.42", specific["trap"]["oid"]);
    EXPECT_EQ("enterprises.64000.7", specific["enterprise"]["name"]);
    EXPECT_FALSE(trap_oid_of_v1({.enterprise = {1, 3}, .generic = 7}));
}

TEST(TrapReader, WhatIsNotBelievedIsRefusedWithItsReason) {
    auto reader = reader_of({"public", "other"});
    const std::string good = trap_v2("public", "1.3.6.1.6.3.1.1.5.1", "");
    const std::string get = write_community_message(SnmpVersion::v2c, "public", write_pdu(0xA0, 1, ber_write(kBerSequence, "")));
    const struct {
        std::string datagram;
        TrapRefusal refusal;
    } cases[] = {
        {"", TrapRefusal::malformed},
        {"not snmp", TrapRefusal::malformed},
        {good.substr(0, good.size() - 1), TrapRefusal::malformed},
        {trap_v2("wrong", "1.3.6.1.6.3.1.1.5.1", ""), TrapRefusal::community},
        {trap_v2("", "1.3.6.1.6.3.1.1.5.1", ""), TrapRefusal::community},
        {get, TrapRefusal::no_notification},
    };
    for (const auto& [datagram, refusal] : cases) {
        const auto outcome = reader.take(datagram, kPeer, 1);
        ASSERT_TRUE(outcome.refusal);
        EXPECT_EQ(refusal, *outcome.refusal) << to_string(*outcome.refusal);
        EXPECT_TRUE(outcome.record.empty() && outcome.answer.empty());
        EXPECT_NE(std::string::npos, outcome.remark.find("192.0.2.7"));
        EXPECT_EQ(std::string::npos, outcome.remark.find("wrong"));
    }
    EXPECT_FALSE(reader.take(good, kPeer, 1).refusal);
    EXPECT_TRUE(reader_of({}).take(good, kPeer, 1).refusal);
}

// A trap of version 3 as a device makes it: its own engine is the authority.
class Device {
public:
    explicit Device(const std::string& user, std::string engine) : user_(read_snmp_user(user).value()), engine_(std::move(engine)) {}

    std::string trap(int64_t boots, int64_t time, std::string_view trap_oid = "1.3.6.1.6.3.1.1.5.1") {
        const std::string variables = variable("1.3.6.1.2.1.1.3.0", ber_write_integer(100, kBerTimeTicks)) +
                                      variable("1.3.6.1.6.3.1.1.4.1.0", ber_write_oid(parse_oid(trap_oid).value()));
        std::string data = write_scoped_pdu({engine_, "ctx", write_pdu(kPduTrap, 9, ber_write(kBerSequence, variables))});
        UsmParameters security{engine_, boots, time, user_.name, {}, {}};
        uint8_t flags = 0;
        const std::string salt = "12345678";
        if (user_.privacy != Privacy::none) {
            flags |= kFlagEncrypted;
            if (user_.privacy == Privacy::des) data.resize((data.size() + 7) / 8 * 8);
            data = ber_write(kBerOctets, snmp_cipher(crypto::CipherDirection::encrypt, user_.privacy, localised_privacy_key(user_, engine_),
                                                     static_cast<uint32_t>(boots), static_cast<uint32_t>(time), salt, data)
                                             .value());
            security.salt = salt;
        }
        if (!user_.authentication) return write_v3_message(4, flags, security, data);
        flags |= kFlagAuthenticated;
        const std::string zeros(shortened_digest_size(*user_.authentication), '\0');
        security.digest = zeros;
        std::string message = write_v3_message(4, flags, security, data);
        std::string digest = crypto::hmac(*user_.authentication, localised_authentication_key(user_, engine_), message);
        digest.resize(zeros.size());
        const auto at = read_snmp_message(message)->security.digest.data() - message.data();
        message.replace(static_cast<size_t>(at), digest.size(), digest);
        return message;
    }

private:
    SnmpUser user_;
    std::string engine_;
};

TEST(TrapReader, TrapsOfVersionThreeAreAuthenticatedAndDecrypted) {
    for (const std::string user : {"ops", "ops MD5 authpass-1", "ops SHA authpass-1", "ops SHA-224 authpass-1", "ops SHA-384 authpass-1",
                                   "ops SHA-512 authpass-1", "ops MD5 authpass-1 DES privpass-1", "ops SHA authpass-1 AES privpass-1",
                                   "ops SHA authpass-1 AES-192 privpass-1", "ops MD5 authpass-1 AES-256 privpass-1",
                                   "ops SHA authpass-1 AES-192-C privpass-1", "ops SHA-256 authpass-1 AES-256-C privpass-1"}) {
        // A name may come more than once: the digest tells which it is.
        auto reader = reader_of({}, {"ops SHA another-one", "ops SHA another-one AES another-one", user});
        const auto outcome = reader.take(Device(user, "engine-a").trap(1, 1000), kPeer, base::kSecond);
        ASSERT_FALSE(outcome.record.empty()) << user << ": " << outcome.remark;
        const json record = json::parse(outcome.record);
        EXPECT_EQ("ops", record["user"]);
        EXPECT_EQ("ctx", record["context"]);
        EXPECT_EQ(base::hex_encode("engine-a"), record["engine_id"]);
        EXPECT_EQ("coldStart", record["trap"]["name"]);
    }
}

TEST(TrapReader, MessagesOfVersionThreeThatAreNotGenuineAreRefused) {
    const std::string user = "ops SHA authpass-1 AES privpass-1";
    auto reader = reader_of({"public"}, {user});
    const auto refusal = [&](const std::string& datagram) { return reader.take(datagram, kPeer, base::kSecond).refusal; };
    EXPECT_EQ(TrapRefusal::user, refusal(Device("eve SHA authpass-1 AES privpass-1", "engine-a").trap(1, 1)));
    EXPECT_EQ(TrapRefusal::level, refusal(Device("ops", "engine-a").trap(1, 1)));
    EXPECT_EQ(TrapRefusal::level, refusal(Device("ops SHA authpass-1", "engine-a").trap(1, 1)));
    EXPECT_EQ(TrapRefusal::auth, refusal(Device("ops SHA authpass-2 AES privpass-1", "engine-a").trap(1, 1)));
    EXPECT_EQ(TrapRefusal::auth, refusal(Device("ops SHA-256 authpass-1 AES privpass-1", "engine-a").trap(1, 1)));
    EXPECT_EQ(TrapRefusal::decryption, refusal(Device("ops SHA authpass-1 AES privpass-2", "engine-a").trap(1, 1)));
    std::string changed = Device(user, "engine-a").trap(1, 1);
    changed.back() = static_cast<char>(changed.back() ^ 1);
    EXPECT_EQ(TrapRefusal::auth, refusal(changed));
    EXPECT_EQ(std::nullopt, refusal(Device(user, "engine-a").trap(1, 1)));
}

TEST(TrapReader, RepetitionsFromOutsideTheWindowAreRefused) {
    const std::string user = "ops SHA authpass-1";
    auto reader = reader_of({}, {user});
    Device device(user, "engine-a");
    const auto refusal = [&](int64_t boots, int64_t time, base::Duration now) { return reader.take(device.trap(boots, time), kPeer, now).refusal; };
    EXPECT_EQ(std::nullopt, refusal(4, 1000, base::kSecond));
    EXPECT_EQ(std::nullopt, refusal(4, 900, base::kSecond));        // late, within 150 s
    EXPECT_EQ(TrapRefusal::time_window, refusal(4, 800, base::kSecond));
    EXPECT_EQ(TrapRefusal::time_window, refusal(3, 5000, base::kSecond));
    EXPECT_EQ(TrapRefusal::time_window, refusal(4, 1000, 200 * base::kSecond));
    EXPECT_EQ(std::nullopt, refusal(5, 10, 200 * base::kSecond));   // started again
    EXPECT_EQ(TrapRefusal::time_window, refusal(4, 2000, 200 * base::kSecond));
}

TEST(TrapReader, AsManyVariablesAsFitIntoADatagramGiveABoundedRecord) {
    auto reader = reader_of({"public"});
    std::string variables;
    for (int i = 0; i < 400; ++i) variables += variable("1.3.6.1.2.1.2.2.1.2." + std::to_string(i), ber_write(kBerOctets, std::string(130, '"')));
    const auto outcome = reader.take(trap_v2("public", "1.3.6.1.6.3.1.1.5.1", variables), kPeer, 1);
    EXPECT_LT(outcome.record.size(), spool::kMaxFramePayload);
    EXPECT_TRUE(json::accept(outcome.record));
    for (int i = 0; i < 200; ++i) variables += variable("1.3.6.1.2.1.2.2.1.2.1", ber_write_integer(1));
    EXPECT_EQ(TrapRefusal::malformed, reader.take(trap_v2("public", "1.3.6.1.6.3.1.1.5.1", variables), kPeer, 1).refusal);
}

TEST(TrapValue, DisplayHints) {
    const struct {
        std::string_view hint, octets, shown;
    } cases[] = {
        {"1x:", "001a2b", "00:1a:2b"},
        {"1d.1d.1d.1d", "c0000201", "192.0.2.1"},
        {"1d.1d.1d.1d/2d", "c000020100a2", "192.0.2.1/162"},
        {"255a", "6162", "ab"},
        {"255a", "00ff", ""},
        {"255t", "e4b8ad", "中"},
        {"2x:", "20010db8", "2001:0db8"},
        {"*1x:/1x:", "02aabbcc", "aa:bb/cc"},
        {"2d-1d-1d,1d:1d:1d.1d,1a1d:1d", "07ea0b15081e0000", "2026-11-21T08:30:00.0"},
        {"2d-1d-1d,1d:1d:1d.1d,1a1d:1d", "0000000000000000", ""},
        {"0x", "aa", ""},
        {"*", "05aa", ""},
        {"99999a", "6162", "ab"},
        {"x", "aa", ""},
        {"1q", "aa", ""},
        {"9d", "010203040506070809", ""},
    };
    for (const auto& [hint, octets, shown] : cases) EXPECT_EQ(shown, hinted_octets(hint, bytes_of(octets))) << hint;
    EXPECT_EQ("12.34", hinted_integer("d-2", 1234));
    EXPECT_EQ("-0.05", hinted_integer("d-2", -5));
    EXPECT_EQ("ff", hinted_integer("x", 255));
    EXPECT_EQ("", hinted_integer("d", 5));
}

// --- the input as such, against Net-SNMP

class SnmpTrapTest : public CollectTest {
protected:
    void start(InputValues values) {
        fs::create_directories(folder / "input");
        values["address"] = "127.0.0.1:0";
        const InputKind* kind = find_input_kind("snmp_trap");
        ASSERT_NE(nullptr, kind);
        const auto settings = InputSettings::check(*kind, std::move(values));
        ASSERT_TRUE(settings) << settings.error().to_string();
        const InputPlace place{{1, "traps", 5}, *sink, folder / "input", {}, kSource / "content"};
        auto started = kind->start(*settings, place);
        ASSERT_TRUE(started) << started.error().to_string();
        input = std::move(*started);
    }

    static fs::path peers() {
        const char* given = std::getenv("SHUWEI_PEERS");
        return given != nullptr ? fs::path(given) : kSource / "build/peers";
    }

    // The exit code of Net-SNMP's `program`; -1 where it is not there.
    int run(const std::string& program, std::vector<std::string> arguments) {
        fs::path path = peers() / "usr/bin" / program;
        if (!fs::exists(path)) path = fs::path("/usr/bin") / program;
        if (!fs::exists(path)) return -1;
        arguments.insert(arguments.begin(), path.string());
        std::vector<char*> argv;
        for (auto& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        std::vector<std::string> environment{
            "LD_LIBRARY_PATH=" + (peers() / "usr/lib/x86_64-linux-gnu").string() + ":" + (peers() / "lib/x86_64-linux-gnu").string(),
            "SNMP_PERSISTENT_DIR=" + (folder / "net-snmp").string(), "SNMPCONFPATH=" + (folder / "net-snmp").string(), "HOME=" + folder.path().string(),
            "MIBS="};
        std::vector<char*> envp;
        for (auto& entry : environment) envp.push_back(entry.data());
        envp.push_back(nullptr);
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, (folder / "sender.log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
        pid_t child = 0;
        const int spawned = ::posix_spawn(&child, path.c_str(), &files, nullptr, argv.data(), envp.data());
        posix_spawn_file_actions_destroy(&files);
        if (spawned != 0) return -1;
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
    }

    std::string sender_log() { return base::read_file(folder / "sender.log").value_or(""); }
    std::string target() { return "udp:" + input->status().address; }

    std::unique_ptr<Input> input;
};

#define RUN_OR_SKIP(program, ...)                                                                      \
    do {                                                                                               \
        const int code = run(program, __VA_ARGS__);                                                    \
        if (code < 0) GTEST_SKIP() << "skipped: Net-SNMP's senders are not among the peers";           \
        EXPECT_EQ(0, code) << sender_log();                                                            \
    } while (false)

const std::vector<std::string> kLinkDown = {"1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.7", "i", "7", "1.3.6.1.2.1.2.2.1.8.7", "i", "2"};

std::vector<std::string> operator+(std::vector<std::string> left, const std::vector<std::string>& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

TEST_F(SnmpTrapTest, TakesTrapsOfVersionsOneAndTwo) {
    start({{"communities", "public\nops-7"}});
    RUN_OR_SKIP("snmptrap", {"-v1", "-c", "public", target(), "1.3.6.1.4.1.64000", "192.0.2.44", "6", "17", "4200", "1.3.6.1.2.1.1.5.0", "s", "core-1"});
    RUN_OR_SKIP("snmptrap", std::vector<std::string>{"-v2c", "-c", "ops-7", target(), "4200"} + kLinkDown);
    RUN_OR_SKIP("snmptrap", std::vector<std::string>{"-v2c", "-c", "guess", target(), "4200"} + kLinkDown);
    const auto frames = receive(2);
    const json old = json::parse(frames[0].payload);
    EXPECT_EQ("192.0.2.44", old["agent"]);
    EXPECT_EQ("1.3.6.1.4.1.64000.0.17", old["trap"]["oid"]);
    EXPECT_EQ("core-1", old["values"]["sysName"]);
    const json record = json::parse(frames[1].payload);
    EXPECT_EQ("linkDown", record["trap"]["name"]);
    EXPECT_EQ(42, record["uptime"]);
    EXPECT_EQ("down(2)", record["values"]["ifOperStatus"]);
    EXPECT_EQ("snmp-trap", frames[1].pack);
    EXPECT_EQ(5U, frames[1].tenant);
    EXPECT_EQ(spool::FrameKind::json, frames[1].kind);
    EXPECT_EQ("127.0.0.1", frames[1].peer.to_string());
    expect_metric(R"(shuwei_received_total{listener="traps"})", 3);
    expect_metric(R"(shuwei_dropped_total{listener="traps",reason="snmp_community"})", 1);
    EXPECT_EQ(1U, input->status().errors);
    EXPECT_TRUE(input->status().last_error.ends_with("its community is not among those configured")) << input->status().last_error;
    EXPECT_TRUE(nothing_more());
}

TEST_F(SnmpTrapTest, TakesTrapsOfVersionThree) {
    start({{"users",
            "open\nmd5 MD5 authpass-1\nsha SHA authpass-1\nsha512 SHA-512 authpass-1\ndes MD5 authpass-1 DES privpass-1\n"
            "aes SHA authpass-1 AES privpass-1\naes192 SHA-224 authpass-1 AES-192 privpass-1\n"
            "aes256 SHA-256 authpass-1 AES-256 privpass-1\nlong SHA authpass-1 AES-256 privpass-1\n"
            "cisco SHA authpass-1 AES-256-C privpass-1"}});
    const struct {
        std::string user, authentication, privacy;
    } cases[] = {{"open", "", ""},         {"md5", "MD5", ""},          {"sha", "SHA", ""},        {"sha512", "SHA-512", ""},
                 {"des", "MD5", "DES"},    {"aes", "SHA", "AES"},       {"aes192", "SHA-224", "AES-192"}, {"aes256", "SHA-256", "AES-256"},
                 {"long", "SHA", "AES-256"}, {"cisco", "SHA", "AES-256-C"}};
    for (const auto& [user, authentication, privacy] : cases) {
        const std::string level = !privacy.empty() ? "authPriv" : !authentication.empty() ? "authNoPriv" : "noAuthNoPriv";
        std::vector<std::string> arguments{"-v3", "-e", "0x8000000001020304", "-u", user, "-l", level};
        if (!authentication.empty()) arguments = arguments + std::vector<std::string>{"-a", authentication, "-A", "authpass-1"};
        if (!privacy.empty()) arguments = arguments + std::vector<std::string>{"-x", privacy, "-X", "privpass-1"};
        RUN_OR_SKIP("snmptrap", arguments + std::vector<std::string>{target(), "4200"} + kLinkDown);
        const json record = json::parse(receive(1)[0].payload);
        EXPECT_EQ(user, record["user"]);
        EXPECT_EQ(level, record["level"]);
        EXPECT_EQ("8000000001020304", record["engine_id"]);
        EXPECT_EQ("linkDown", record["trap"]["name"]) << user;
    }
    RUN_OR_SKIP("snmptrap", std::vector<std::string>{"-v3", "-e", "0x8000000001020304", "-u", "sha", "-l", "authNoPriv", "-a", "SHA", "-A", "guessed-it",
                                                     target(), "4200"} + kLinkDown);
    expect_metric(R"(shuwei_dropped_total{listener="traps",reason="snmp_auth"})", 1);
    EXPECT_NE(std::string::npos, input->status().last_error.find("user 'sha' has a wrong digest")) << input->status().last_error;
    EXPECT_TRUE(nothing_more());
}

TEST_F(SnmpTrapTest, AnswersInforms) {
    start({{"communities", "public"}, {"users", "sha SHA authpass-1\naes SHA-256 authpass-1 AES privpass-1\ndes MD5 authpass-1 DES privpass-1\nopen"}});
    const std::vector<std::string> patience{"-r", "1", "-t", "20"};
    RUN_OR_SKIP("snmpinform", std::vector<std::string>{"-v2c", "-c", "public"} + patience + std::vector<std::string>{target(), "4200"} + kLinkDown);
    EXPECT_EQ("inform", json::parse(receive(1)[0].payload)["pdu"]);
    const std::vector<std::string> users[] = {
        {"-u", "open", "-l", "noAuthNoPriv"},
        {"-u", "sha", "-l", "authNoPriv", "-a", "SHA", "-A", "authpass-1"},
        {"-u", "aes", "-l", "authPriv", "-a", "SHA-256", "-A", "authpass-1", "-x", "AES", "-X", "privpass-1"},
        {"-u", "des", "-l", "authPriv", "-a", "MD5", "-A", "authpass-1", "-x", "DES", "-X", "privpass-1"},
    };
    for (const auto& user : users) {
        RUN_OR_SKIP("snmpinform", std::vector<std::string>{"-v3"} + user + patience + std::vector<std::string>{target(), "4200"} + kLinkDown);
        const json record = json::parse(receive(1)[0].payload);
        EXPECT_EQ("inform", record["pdu"]);
        EXPECT_EQ(user[1], record["user"]);
    }
    // Finding us is no event and no loss.
    expect_metric(R"(shuwei_received_total{listener="traps"})", 5);
    EXPECT_EQ(0U, input->status().errors) << input->status().last_error;

    const int refused = run("snmpinform", std::vector<std::string>{"-v3", "-u", "sha", "-l", "authNoPriv", "-a", "SHA", "-A", "guessed-it", "-r", "0", "-t", "20",
                                                                   target(), "4200"} + kLinkDown);
    EXPECT_NE(0, refused);
    expect_metric(R"(shuwei_dropped_total{listener="traps",reason="snmp_auth"})", 1);
    EXPECT_TRUE(nothing_more());
}

TEST_F(SnmpTrapTest, ItsEngineStaysAndItsBootsRise) {
    const auto engine = [&] { return base::read_file(folder / "input" / "engine").value(); };
    start({{"communities", "public"}});
    const std::string first = engine();
    EXPECT_TRUE(first.starts_with("8000000005") && first.ends_with(" 1\n")) << first;
    input->stop();
    input.reset();
    start({{"communities", "public"}});
    EXPECT_EQ(first.substr(0, first.find(' ')) + " 2\n", engine());
}

TEST_F(SnmpTrapTest, AnEngineFileThatIsDamagedStopsTheStart) {
    const InputKind* kind = find_input_kind("snmp_trap");
    const auto settings = InputSettings::check(*kind, {{"address", "127.0.0.1:0"}, {"communities", "x"}});
    for (const std::string_view content : {"", "80000000", "8000000005aabb", "80000000zz 1", "800000000 1", "8000000005aabb x"}) {
        ASSERT_TRUE(base::write_file_durably(folder / "engine", content));
        const auto started = kind->start(*settings, {{1, "t", 1}, *sink, folder.path(), {}, {}});
        ASSERT_FALSE(started) << content;
        EXPECT_NE(std::string::npos, started.error().to_string().find("is not an engine's id and boots"));
    }
}

TEST_F(SnmpTrapTest, ATrialBindsAndReadsMibFiles) {
    fs::create_directories(folder / "mibs");
    ASSERT_TRUE(base::write_file_durably(folder / "mibs" / "A.mib", "A DEFINITIONS ::= BEGIN a OBJECT IDENTIFIER ::= { iso 1 } END"));
    ASSERT_TRUE(base::write_file_durably(folder / "mibs" / "B.my", "no MIB"));
    const InputKind* kind = find_input_kind("snmp_trap");
    const auto settings = InputSettings::check(*kind, {{"address", "127.0.0.1:0"}, {"communities", "x"}, {"mib_folders", (folder / "mibs").string()}});
    const auto trial = kind->test(*settings);
    ASSERT_TRUE(trial) << trial.error().to_string();
    EXPECT_EQ((std::vector<std::string>{"127.0.0.1:0", "MIB: 1", "B.my: line 1: this is no MIB module"}), trial->found);
}

TEST_F(SnmpTrapTest, SettingsThatAcceptNothingOrAreWrongAreRefused) {
    const InputKind* kind = find_input_kind("snmp_trap");
    const struct {
        InputValues values;
        std::string_view says;
    } cases[] = {
        {{{"address", "127.0.0.1:0"}}, "communities: neither a community nor a user"},
        {{{"address", "nowhere"}, {"communities", "x"}}, "address"},
        {{{"address", "127.0.0.1:0"}, {"users", "a b"}}, "users: user 'a'"},
    };
    for (const auto& [values, says] : cases) {
        const auto settings = InputSettings::check(*kind, values);
        ASSERT_TRUE(settings);
        for (const auto& error : {kind->test(*settings).error(), kind->start(*settings, {{1, "t", 1}, *sink, folder.path(), {}, {}}).error()}) {
            EXPECT_NE(std::string::npos, error.to_string().find(says)) << error.to_string();
        }
    }
}

TEST_F(SnmpTrapTest, MibFilesOfUsersGiveNamesAndDamagedOnesAreSaid) {
    fs::create_directories(folder / "mibs");
    ASSERT_TRUE(base::write_file_durably(folder / "mibs" / "ACME.mib", R"(ACME-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises FROM SNMPv2-SMI;
acme OBJECT IDENTIFIER ::= { enterprises 64000 }
doorState OBJECT-TYPE SYNTAX INTEGER { open(1), closed(2) } MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { acme 1 }
doorOpened NOTIFICATION-TYPE OBJECTS { doorState } STATUS current DESCRIPTION "x" ::= { acme 0 5 }
END)"));
    ASSERT_TRUE(base::write_file_durably(folder / "mibs" / "BROKEN.txt", "BROKEN-MIB DEFINITIONS ::= BEGIN\nx \"never closed"));
    start({{"communities", "public"}, {"mib_folders", (folder / "mibs").string()}});
    EXPECT_EQ("MIB: BROKEN.txt: line 2: a quotation mark is not closed", input->status().last_error);
    EXPECT_TRUE(input->status().working);
    Sender sender(net::SocketAddress::parse(input->status().address).value(), SOCK_DGRAM);
    sender.send(trap_v2("public", "1.3.6.1.4.1.64000.0.5", variable("1.3.6.1.4.1.64000.1.0", ber_write_integer(1))));
    const json record = json::parse(receive(1)[0].payload);
    EXPECT_EQ("doorOpened", record["trap"]["name"]);
    EXPECT_EQ("ACME-MIB", record["trap"]["module"]);
    EXPECT_EQ("open(1)", record["values"]["doorState"]);
}

}  // namespace
}  // namespace shuwei::collect
