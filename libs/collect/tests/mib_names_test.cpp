#include <gtest/gtest.h>

#include "collect_fixture.hpp"
#include "snmp/mib_names.hpp"
#include "snmp/mib_table.hpp"

namespace shuwei::collect {
namespace {

namespace fs = std::filesystem;
const fs::path kSource = SHUWEI_SOURCE_DIR;

std::string name(const MibNames& names, std::string_view oid) { return names.name_of(parse_oid(oid).value()); }

const MibObject& object(const MibNames& names, std::string_view oid) { return *names.find(parse_oid(oid).value()).object; }

TEST(MibTables, AllOfTheContentAreReadAndNumbered) {
    const auto loaded = MibNames::load(kSource / "content/mibs", {});
    EXPECT_TRUE(loaded.unreadable.empty()) << loaded.unreadable.front();
    EXPECT_TRUE(loaded.orphans.empty()) << loaded.orphans.front();
    EXPECT_GT(loaded.names.size(), 400U);
    const struct {
        std::string_view oid, name;
    } cases[] = {
        {"1.3.6.1.6.3.1.1.5.3", "linkDown"},
        {"1.3.6.1.2.1.31.1.1.1.18.12", "ifAlias.12"},
        {"1.3.6.1.2.1.15.0.2", "bgpBackwardTransNotification"},
        {"1.3.6.1.2.1.14.16.2.2", "ospfNbrStateChange"},
        {"1.3.6.1.2.1.33.2.3", "upsTrapAlarmEntryAdded"},
        {"1.3.6.1.4.1.9.9.43.2.0.1", "ciscoConfigManEvent"},
        {"1.3.6.1.4.1.2011.5.25.207.2.2", "hwUserLogin"},
        {"1.3.6.1.4.1.2636.4.5.0.1", "jnxCmCfgChange"},
        {"1.3.6.1.4.1.12356.101.2.0.503", "fgTrapIpsSignature"},
        {"1.3.6.1.4.1.4881.1.1", "ruijie.1.1"},
        {"1.3.6.1.4.1.64000.1", "enterprises.64000.1"},
        {"1.0.8802.1.1.2.0.0.1", "lldpRemTablesChange"},
        {"2.999", "2.999"},
        {"0", "ccitt"},
    };
    for (const auto& [oid, wanted] : cases) EXPECT_EQ(wanted, name(loaded.names, oid)) << oid;
    EXPECT_EQ("lowerLayerDown", object(loaded.names, "1.3.6.1.2.1.2.2.1.8.1").values.at(7));
    EXPECT_EQ("1x:", object(loaded.names, "1.3.6.1.2.1.2.2.1.6.1").hint);
    EXPECT_EQ(MibKind::notification, object(loaded.names, "1.3.6.1.6.3.1.1.5.3").kind);
}

TEST(MibTables, MistakesAreSaidWithTheirLine) {
    const struct {
        std::string_view text, says;
    } cases[] = {
        {"[]", "line 1: a mapping of modules is wanted"},
        {"A:\n  thing: {}\n", "line 2: 'thing' is none of types, nodes, objects, notifications"},
        {"A:\n  nodes:\n    a: b.c\n", "line 3: 'b.c' is no place"},
        {"A:\n  types:\n    T: {colour: red}\n", "line 3: 'colour' is neither"},
        {"A: [", "line"},
    };
    for (const auto& [text, says] : cases) {
        const auto read = read_mib_table(text);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(std::string::npos, read.error().to_string().find(says)) << read.error().to_string();
    }
}

TEST(MibFiles, DefinitionsOfBothVersionsAreNumbered) {
    auto modules = read_mib_file(R"(
ACME-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, OBJECT-TYPE FROM SNMPv2-SMI  DisplayString FROM SNMPv2-TC;
------------- a ruler of an odd number of hyphens
acme MODULE-IDENTITY LAST-UPDATED "202601010000Z" ORGANIZATION "x" CONTACT-INFO "x"
  DESCRIPTION "holds -- no comment, { no brace and ::= no assignment" ::= { enterprises 64000 }
DoorState ::= TEXTUAL-CONVENTION DISPLAY-HINT "d" STATUS current DESCRIPTION "x" SYNTAX INTEGER { open(1), closed(2) }
child OBJECT IDENTIFIER ::= { parent 2 }   -- before its parent
parent OBJECT IDENTIFIER ::= { acme doors(1) }
DoorEntry ::= SEQUENCE { doorIndex Integer32, doorName DisplayString }
doorTable OBJECT-TYPE SYNTAX SEQUENCE OF DoorEntry MAX-ACCESS not-accessible STATUS current DESCRIPTION "x" ::= { child 1 }
doorEntry OBJECT-TYPE SYNTAX DoorEntry MAX-ACCESS not-accessible STATUS current DESCRIPTION "x" INDEX { doorIndex } ::= { doorTable 1 }
doorName OBJECT-TYPE SYNTAX DisplayString (SIZE (0..32)) MAX-ACCESS read-only STATUS current DESCRIPTION "x" DEFVAL { "x" } ::= { doorEntry 2 }
doorState OBJECT-TYPE SYNTAX DoorState MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { doorEntry 3 }
doorFlags OBJECT-TYPE SYNTAX BITS { locked(0), guarded(1) } MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { doorEntry 4 }
doorOpened NOTIFICATION-TYPE OBJECTS { doorState } STATUS current DESCRIPTION "x" ::= { acme 0 1 }
END
ACME-OLD-MIB DEFINITIONS ::= BEGIN
OBJECT-TYPE MACRO ::= BEGIN TYPE NOTATION ::= "SYNTAX" VALUE NOTATION ::= value END
oldAcme OBJECT IDENTIFIER ::= { iso org(3) dod(6) internet(1) private(4) enterprises(1) 64001 }
oldTrap TRAP-TYPE ENTERPRISE oldAcme VARIABLES { a, b } DESCRIPTION "x" ::= 7
coldAgain TRAP-TYPE ENTERPRISE snmp ::= 0
END)");
    ASSERT_TRUE(modules) << modules.error().to_string();
    ASSERT_EQ(2U, modules->size());
    auto tables = read_mib_table(base::read_file(kSource / "content/mibs/smi.yaml").value());
    ASSERT_TRUE(tables);
    for (auto& module : *tables) modules->push_back(std::move(module));
    const auto loaded = MibNames::build(std::move(*modules));
    EXPECT_TRUE(loaded.orphans.empty()) << loaded.orphans.front();
    EXPECT_EQ("doorName.5", name(loaded.names, "1.3.6.1.4.1.64000.1.2.1.1.2.5"));
    EXPECT_EQ("closed", object(loaded.names, "1.3.6.1.4.1.64000.1.2.1.1.3").values.at(2));
    EXPECT_EQ("255a", object(loaded.names, "1.3.6.1.4.1.64000.1.2.1.1.2").hint);
    EXPECT_TRUE(object(loaded.names, "1.3.6.1.4.1.64000.1.2.1.1.4").bits);
    EXPECT_EQ("doorOpened", name(loaded.names, "1.3.6.1.4.1.64000.0.1"));
    EXPECT_EQ("oldTrap", name(loaded.names, "1.3.6.1.4.1.64001.0.7"));
}

TEST(MibFiles, WhatIsNoneOrEndsTooEarlyIsSaidWithItsLine) {
    const struct {
        std::string_view text, says;
    } cases[] = {
        {"", "line 1: this is no MIB module"},
        {"Dear reader,\nhere are our MIBs", "this is no MIB module"},
        {"A DEFINITIONS ::= BEGIN\nb OBJECT IDENTIFIER ::= { iso 1 }\n", "module A has no END"},
        {"A DEFINITIONS ::= BEGIN\nb \"never\nclosed", "a quotation mark is not closed"},
        {"A DEFINITIONS ::= BEGIN b OBJECT-TYPE SYNTAX INTEGER { x(1", "module A has no END"},
    };
    for (const auto& [text, says] : cases) {
        const auto read = read_mib_file(text);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(std::string::npos, read.error().to_string().find(says)) << read.error().to_string();
    }
}

TEST(MibFiles, ParentsThatNobodyDefinesAndCirclesAreTold) {
    auto modules = read_mib_file("A DEFINITIONS ::= BEGIN a OBJECT IDENTIFIER ::= { b 1 } b OBJECT IDENTIFIER ::= { a 1 } c OBJECT IDENTIFIER ::= { nowhere 1 } END");
    ASSERT_TRUE(modules);
    const auto loaded = MibNames::build(std::move(*modules));
    EXPECT_EQ(std::vector<std::string>{"A: 3 names whose parents nobody defines"}, loaded.orphans);
}

// The files of Net-SNMP, among the peers.
TEST(MibFiles, RealOnesAreRead) {
    const char* given = std::getenv("SHUWEI_PEERS");
    const fs::path folder = (given != nullptr ? fs::path(given) : kSource / "build/peers") / "usr/share/snmp/mibs";
    if (!fs::exists(folder)) GTEST_SKIP() << "skipped: Net-SNMP's MIB files are not among the peers";
    const auto loaded = MibNames::load(kSource / "content/mibs", {folder});
    EXPECT_GT(loaded.files, 10U);
    EXPECT_TRUE(loaded.unreadable.empty()) << loaded.unreadable.front();
    EXPECT_TRUE(loaded.orphans.empty()) << loaded.orphans.front();
    EXPECT_EQ("laLoad.1", name(loaded.names, "1.3.6.1.4.1.2021.10.1.3.1"));
    EXPECT_EQ("nsNotifyShutdown", name(loaded.names, "1.3.6.1.4.1.8072.4.0.2"));
    EXPECT_EQ("NET-SNMP-AGENT-MIB", object(loaded.names, "1.3.6.1.4.1.8072.4.0.2").module);
    EXPECT_EQ("error", object(loaded.names, "1.3.6.1.4.1.2021.10.1.100.1").values.at(1));
}

}  // namespace
}  // namespace shuwei::collect
