#include "forward_fixture.hpp"

namespace shuwei::forward {
namespace {

using base::ErrorCode;
using ledger::Reader;
using ledger::TenantScope;
using ledger::Transaction;

TargetSettings siem() { return {.name = "集团 SIEM", .kind = TargetKind::http, .format = Format::json, .address = "https://siem.example.cn/in?x=1", .filter = "event.outcome:failure"}; }

TEST(TargetCheck, NamesTheMemberThatIsWrong) {
    struct Case {
        const char* member;
        std::function<void(TargetSettings&, TargetSecrets&)> spoil;
    };
    const Case cases[] = {
        {"name", [](auto& s, auto&) { s.name = " "; }},
        {"name", [](auto& s, auto&) { s.name = "a\nb"; }},
        {"address", [](auto& s, auto&) { s.address = "siem.example.cn"; }},
        {"address", [](auto& s, auto&) { s.address = "https://u:p@siem/"; }},
        {"address", [](auto& s, auto&) { s = {.name = "x", .kind = TargetKind::kafka, .address = "a:1,b", .topic = "t"}; }},
        {"topic", [](auto& s, auto&) { s = {.name = "x", .kind = TargetKind::nats, .address = "a:1", .topic = "logs.>"}; }},
        {"topic", [](auto& s, auto&) { s.topic = "t"; }},
        {"format", [](auto& s, auto&) { s.format = Format::raw; }},
        {"filter", [](auto& s, auto&) { s.filter = "a:("; }},
        {"mechanism", [](auto& s, auto&) { s.mechanism = "GSSAPI"; }},
        {"password", [](auto&, auto& secrets) { secrets.password = "a\r\nX: y"; }},
        {"key", [](auto& s, auto&) { s.certificate = "x"; }},
        {"authorities", [](auto& s, auto&) { s.authorities = "no pem"; }},
    };
    EXPECT_TRUE(check(siem(), {}));
    for (const Case& each : cases) {
        TargetSettings settings = siem();
        TargetSecrets secrets;
        each.spoil(settings, secrets);
        const auto checked = check(settings, secrets);
        ASSERT_FALSE(checked) << each.member;
        EXPECT_EQ(checked.error().code(), ErrorCode::invalid_argument);
        EXPECT_EQ(checked.error().where().back(), each.member) << checked.error().to_string();
    }
}

class TargetStoreTest : public ForwardTest {};

TEST_F(TargetStoreTest, KeepsSettingsAndSealsSecrets) {
    const auto added = add(siem(), {.password = "s3cret-token", .key = {}});
    ASSERT_TRUE(added) << added.error().to_string();
    EXPECT_EQ(added->settings, siem());
    EXPECT_TRUE(added->has_password);
    const auto secrets = ledger->read([&](Reader& r) { return store->secrets(r, added->id); });
    EXPECT_EQ(secrets->password, "s3cret-token");
    const auto row = ledger->read([&](Reader& r) { return r.query_one("SELECT password FROM forward_target"); });
    EXPECT_EQ((*row)->text("password").find("s3cret"), std::string::npos);
    const auto audit = ledger->read([&](Reader& r) { return ledger->audit().list(r, {}); });
    EXPECT_EQ(audit->front().record.action, "create_forward_target");
    EXPECT_EQ(audit->front().record.detail.find("s3cret"), std::string::npos);
}

TEST_F(TargetStoreTest, KeepsTenantsApart) {
    const auto added = add(siem(), {}, 2);
    ASSERT_TRUE(added);
    EXPECT_EQ(find(added->id, 1).error().code(), ErrorCode::not_found);
    const auto scope = TenantScope::only(1);
    const auto gone = ledger->transaction([&](Transaction& t) { return store->remove(t, scope, added->id, TargetOrigin::page, actor, ledger->audit()); });
    EXPECT_EQ(gone.error().code(), ErrorCode::not_found);
    EXPECT_TRUE(add(siem(), {}, 1)) << "the same name in another tenant";
    EXPECT_EQ(add(siem(), {}, 1).error().code(), ErrorCode::already_exists);
}

TEST_F(TargetStoreTest, ChangesWhatIsAskedAndKeepsThePlace) {
    const auto added = add(siem(), {.password = "first", .key = {}});
    ASSERT_TRUE(ledger->transaction([&](Transaction& t) { return store->advance(t, added->id, 500, 20); }));
    ASSERT_TRUE(ledger->transaction([&](Transaction& t) { return store->advance(t, added->id, 400, 1); }));
    TargetSettings settings = siem();
    settings.filter = "";
    const auto update = [&](const SecretChange& change) {
        return ledger->transaction([&](Transaction& t) {
            return store->update(t, TenantScope::only(1), added->id, settings, change, TargetOrigin::page, actor, ledger->audit());
        });
    };
    auto changed = update({});
    ASSERT_TRUE(changed) << changed.error().to_string();
    EXPECT_EQ(changed->settings.filter, "");
    EXPECT_EQ(changed->delivered_seq, 500U);
    EXPECT_EQ(changed->delivered_events, 21U);
    EXPECT_TRUE(changed->has_password);
    EXPECT_GT(changed->version, added->version);
    EXPECT_EQ(update({})->version, changed->version) << "nothing changed";
    EXPECT_FALSE(update({.password = "", .key = {}})->has_password);
}

TEST_F(TargetStoreTest, LeavesWhatTheFileDefinesToTheFile) {
    const auto added = ledger->transaction([&](Transaction& t) {
        return store->add(t, {1, TargetOrigin::file, siem(), {}, 0, 0, false}, actor, ledger->audit());
    });
    const auto removed = [&](TargetOrigin who) {
        return ledger->transaction([&](Transaction& t) { return store->remove(t, TenantScope::only(1), added->id, who, actor, ledger->audit()); });
    };
    EXPECT_EQ(removed(TargetOrigin::page).error().code(), ErrorCode::conflict);
    EXPECT_TRUE(ledger->transaction([&](Transaction& t) { return store->set_paused(t, TenantScope::only(1), added->id, true, actor, ledger->audit()); })->paused);
    EXPECT_TRUE(removed(TargetOrigin::file));
}

}  // namespace
}  // namespace shuwei::forward
