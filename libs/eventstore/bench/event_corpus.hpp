// Events as a security team's devices send them, made from a seed: lines and the fields a device pack would take from
// them, the proportions of a mid-sized network. Used by measurements only; one owner.
#pragma once

#include <cmath>
#include <ctime>
#include <random>
#include <string>

#include <fmt/format.h>

#include "shuwei/event/batch.hpp"

namespace shuwei::eventstore {

class EventCorpus {
public:
    explicit EventCorpus(uint32_t seed = 1, base::Timestamp start = 1'795'348'800 * base::kSecond, double events_per_second = 2000)
        : random_(seed), now_(start), gap_(1e9 / events_per_second) {}

    // The name of the pack of the event made last.
    std::string_view pack() const { return pack_; }
    base::Timestamp now() const { return now_; }

    event::Event& add(event::EventBatch& batch) {
        now_ += static_cast<int64_t>(std::exponential_distribution<double>(1 / gap_)(random_));
        event::Event& event = batch.add_event();
        event.seq = ++seq_;
        event.received = now_;
        event.listener = 1;
        batch_ = &batch;
        event_ = &event;
        const uint32_t kind = below(100);
        if (kind < 34) {
            huawei_firewall();
        } else if (kind < 52) {
            fortigate();
        } else if (kind < 70) {
            nginx();
        } else if (kind < 80) {
            sshd();
        } else if (kind < 90) {
            windows();
        } else if (kind < 96) {
            suricata();
        } else {
            chinese_waf();
        }
        return event;
    }

private:
    using Kind = event::ValueKind;
    uint32_t below(uint32_t limit) { return std::uniform_int_distribution<uint32_t>(0, limit - 1)(random_); }
    // Few are frequent, many are rare.
    uint32_t skewed(uint32_t limit) {
        const double unit = std::uniform_real_distribution<double>(0, 1)(random_);
        return static_cast<uint32_t>(std::pow(unit, 3) * limit);
    }
    std::string inside() { const uint32_t n = skewed(3000); return fmt::format("10.{}.{}.{}", 1 + n % 4, n / 16 % 256, 1 + n % 250); }
    std::string outside() { const uint32_t n = skewed(200'000) * 2654435761u; return fmt::format("{}.{}.{}.{}", 1 + (n >> 24) % 222, (n >> 16) & 255, (n >> 8) & 255, 1 + n % 254); }
    std::string user() { static const char* const kNames[] = {"root", "admin", "zhangwei", "wangfang", "liuyang", "oracle", "test", "deploy"}; return below(3) != 0 ? kNames[skewed(8)] : fmt::format("user{:04}", skewed(2000)); }
    std::string stamp(const char* format, base::Duration shift = 8 * base::kHour) const {
        const time_t seconds = (now_ + shift) / base::kSecond;
        tm civil{};
        gmtime_r(&seconds, &civil);
        char text[64];
        return std::string(text, strftime(text, sizeof text, format, &civil));
    }
    void field(event::FieldId id, std::string_view value, Kind kind = Kind::string) { batch_->add(*event_, id, batch_->store(value), kind); }
    void field(std::string_view name, std::string_view value, Kind kind = Kind::string) { batch_->add(*event_, name, batch_->store(value), kind); }
    void number(event::FieldId id, int64_t value) { batch_->add_integer(*event_, id, value); }
    void finish(std::string_view pack, std::string_view peer, std::string_view raw, bool to_the_second = true) {
        pack_ = pack;
        event_->raw = batch_->store(raw);
        event_->peer = *base::IpAddress::parse(peer);
        event_->time = to_the_second ? now_ - now_ % base::kSecond : now_;
    }
    void device(std::string_view vendor, std::string_view product, std::string_view type, std::string_view name) {
        field(event::observer_vendor, vendor);
        field(event::observer_product, product);
        field(event::observer_type, type);
        field(event::observer_name, name);
    }

    void huawei_firewall() {
        const std::string source = below(4) != 0 ? inside() : outside(), target = below(3) != 0 ? outside() : inside();
        const uint32_t source_port = 1024 + below(64000), policy = skewed(60);
        static const uint32_t kPorts[] = {443, 80, 53, 22, 3389, 445, 8080, 3306, 123, 25};
        const uint32_t port = kPorts[skewed(10)];
        const char* const protocol = port == 53 || port == 123 ? "udp" : "tcp";
        const bool allowed = below(10) != 0;
        const uint32_t sent = 60 + skewed(100'000), got = 60 + skewed(2'000'000);
        const std::string raw = fmt::format(
            "<190>{} FW-USG6650-A %%01POLICY/6/POLICY{}(l):vsys=public, protocol={}, source-ip={}, source-port={}, destination-ip={}, "
            "destination-port={}, time={}, source-zone=trust, destination-zone=untrust, rule-name=policy_{}, send-bytes={}, receive-bytes={}.",
            stamp("%b %e %Y %H:%M:%S"), allowed ? "PERMIT" : "DENY", protocol == std::string("tcp") ? 6 : 17, source, source_port, target, port,
            stamp("%Y/%m/%d %H:%M:%S"), policy, sent, got);
        device("Huawei", "USG6650", "firewall", "FW-USG6650-A");
        field(event::source_ip, source);
        number(event::source_port, source_port);
        field(event::destination_ip, target);
        number(event::destination_port, port);
        field(event::network_transport, protocol);
        field(event::event_action, allowed ? "permit" : "deny");
        field(event::event_outcome, allowed ? "success" : "failure");
        field(event::event_category, "network");
        field(event::event_kind, "event");
        field(event::event_name, fmt::format("policy_{}", policy));
        field(event::event_code, allowed ? "POLICYPERMIT" : "POLICYDENY");
        number(event::source_bytes, sent);
        number(event::destination_bytes, got);
        number(event::log_syslog_facility, 23);
        number(event::log_syslog_severity, 6);
        field("huawei.vsys", "public");
        field("observer.ingress.zone", "trust");
        field("observer.egress.zone", "untrust");
        finish("huawei_usg", "10.0.0.1", raw);
    }

    void fortigate() {
        const std::string source = inside(), target = outside();
        const uint32_t source_port = 1024 + below(64000), session = below(4'000'000'000u), policy = skewed(40);
        static const char* const kServices[] = {"HTTPS", "HTTP", "DNS", "SSH", "RDP", "SMB"};
        static const uint32_t kPorts[] = {443, 80, 53, 22, 3389, 445};
        const uint32_t which = skewed(6), sent = 60 + skewed(50'000), got = 60 + skewed(500'000), duration = skewed(600);
        const std::string raw = fmt::format(
            "<189>date={} time={} devname=\"FGT-600E-01\" devid=\"FG6H0ETB20900001\" eventtime={} tz=\"+0800\" logid=\"0000000013\" "
            "type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip={} srcport={} srcintf=\"port1\" srcintfrole=\"lan\" "
            "dstip={} dstport={} dstintf=\"wan1\" dstintfrole=\"wan\" sessionid={} proto=6 action=\"close\" policyid={} "
            "policytype=\"policy\" service=\"{}\" trandisp=\"snat\" transip=203.0.113.5 transport={} duration={} sentbyte={} rcvdbyte={} "
            "sentpkt={} rcvdpkt={} appcat=\"unscanned\"",
            stamp("%Y-%m-%d"), stamp("%H:%M:%S"), now_, source, source_port, target, kPorts[which], session, policy, kServices[which],
            source_port, duration, sent, got, sent / 700 + 1, got / 900 + 1);
        device("Fortinet", "FortiGate", "firewall", "FGT-600E-01");
        field(event::source_ip, source);
        number(event::source_port, source_port);
        field(event::destination_ip, target);
        number(event::destination_port, kPorts[which]);
        field(event::source_nat_ip, "203.0.113.5");
        field(event::network_transport, "tcp");
        field(event::network_protocol, kServices[which]);
        field(event::event_action, "close");
        field(event::event_category, "network");
        field(event::event_kind, "event");
        field(event::event_code, "0000000013");
        field(event::rule_id, std::to_string(policy));
        field(event::log_level, "notice");
        number(event::source_bytes, sent);
        number(event::destination_bytes, got);
        number(event::event_duration, int64_t{duration} * base::kSecond);
        field("fortinet.sessionid", std::to_string(session));
        field("fortinet.srcintf", "port1");
        field("fortinet.dstintf", "wan1");
        field("fortinet.vd", "root");
        field("fortinet.subtype", "forward");
        finish("fortigate", "10.0.0.2", raw, false);
    }

    void nginx() {
        static const char* const kPages[] = {"/", "/index.html", "/api/v1/orders", "/static/app.js", "/login", "/api/v1/users", "/favicon.ico", "/admin/"};
        static const char* const kAgents[] = {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "curl/7.88.1", "python-requests/2.31.0", "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"};
        static const uint32_t kStatus[] = {200, 304, 404, 302, 403, 500};
        const std::string source = outside(), path = kPages[skewed(8)], query = below(3) == 0 ? fmt::format("id={}&t={}", skewed(100'000), now_ / base::kMillisecond) : "";
        const std::string target = query.empty() ? path : path + "?" + query, agent = kAgents[skewed(5)];
        const uint32_t status = kStatus[skewed(6)], bytes = skewed(60'000);
        const char* const method = below(5) == 0 ? "POST" : "GET";
        const std::string raw = fmt::format("{} - - [{} +0800] \"{} {} HTTP/1.1\" {} {} \"https://www.example.cn{}\" \"{}\"", source,
                                            stamp("%d/%b/%Y:%H:%M:%S"), method, target, status, bytes, kPages[skewed(8)], agent);
        field(event::source_ip, source);
        field(event::http_request_method, method);
        field(event::url_original, target);
        field(event::url_path, path);
        if (!query.empty()) field(event::url_query, query);
        number(event::http_response_status_code, status);
        number(event::destination_bytes, bytes);
        field(event::user_agent_original, agent);
        field(event::event_category, "web");
        field(event::event_kind, "event");
        field(event::event_outcome, status < 400 ? "success" : "failure");
        field(event::http_request_referrer, "https://www.example.cn/");
        finish("nginx_access", "10.0.1.10", raw);
    }

    void sshd() {
        const std::string source = below(2) != 0 ? outside() : inside(), name = user();
        const uint32_t port = 1024 + below(64000), pid = 1000 + below(30'000);
        const bool failed = below(3) != 0;
        const std::string host = fmt::format("web-{:02}", skewed(40));
        const std::string message = fmt::format("{} password for {} from {} port {} ssh2", failed ? "Failed" : "Accepted", name, source, port);
        const std::string raw = fmt::format("<86>{} {} sshd[{}]: {}", stamp("%b %e %H:%M:%S"), host, pid, message);
        field(event::log_syslog_appname, "sshd");
        field(event::log_syslog_procid, std::to_string(pid));
        number(event::process_pid, pid);
        field(event::process_name, "sshd");
        field(event::host_name, host);
        field(event::user_name, name);
        field(event::source_ip, source);
        number(event::source_port, port);
        field(event::event_action, "ssh_login");
        field(event::event_outcome, failed ? "failure" : "success");
        field(event::event_category, "authentication");
        field(event::event_type, "start");
        field(event::event_kind, "event");
        number(event::log_syslog_facility, 10);
        number(event::log_syslog_severity, 6);
        finish("linux_sshd", "10.0.2.5", raw);
        batch_->add(*event_, event::message, event_->raw.substr(raw.size() - message.size()));  // as a decoder gives it
    }

    void windows() {
        static const char* const kImages[] = {"C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\cmd.exe",
                                              "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe", "C:\\Windows\\System32\\conhost.exe",
                                              "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"};
        const std::string image = kImages[skewed(5)], parent = kImages[skewed(5)], name = user(), host = fmt::format("PC-{:04}.corp.example.cn", skewed(600));
        const uint32_t pid = 4 * below(6000);
        const uint64_t record = seq_ * 3 + 100'000;
        const std::string command = fmt::format("{} -k netsvcs -p -s Schedule{}", image, skewed(500));
        std::string escaped, escaped_parent, escaped_command;
        for (const auto& [text, out] : {std::pair{&image, &escaped}, {&parent, &escaped_parent}, {&command, &escaped_command}}) {
            for (const char c : *text) {
                if (c == '\\') *out += '\\';
                *out += c;
            }
        }
        const std::string guid = fmt::format("{{{:08x}-{:04x}-{:04x}-{:04x}-{:012x}}}", random_(), random_() & 0xffff, random_() & 0xffff, random_() & 0xffff, uint64_t{random_()} << 8);
        const std::string raw = fmt::format(
            "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Provider_Name\":\"Microsoft-Windows-Sysmon\",\"Computer\":\"{}\","
            "\"EventRecordID\":{},\"UtcTime\":\"{}.{:03}\",\"ProcessGuid\":\"{}\",\"ProcessId\":{},\"Image\":\"{}\",\"CommandLine\":\"{}\","
            "\"User\":\"CORP\\\\{}\",\"ParentImage\":\"{}\",\"IntegrityLevel\":\"Medium\",\"Hashes\":\"SHA256={:064X}\"}}",
            host, record, stamp("%Y-%m-%d %H:%M:%S", 0), below(1000), guid, pid, escaped, escaped_command, name, escaped_parent, skewed(4000) * 1234567ull);
        number(event::winlog_event_id, 1);
        field(event::winlog_channel, "Microsoft-Windows-Sysmon/Operational");
        field(event::winlog_provider_name, "Microsoft-Windows-Sysmon");
        field(event::winlog_computer_name, host);
        field(event::host_name, host);
        field(event::process_executable, image);
        field(event::process_command_line, command);
        field(event::process_parent_executable, parent);
        number(event::process_pid, pid);
        field(event::user_name, name);
        field(event::user_domain, "CORP");
        field(event::event_code, "1");
        field(event::event_category, "process");
        field(event::event_kind, "event");
        field("EventID", "1", Kind::number);
        field("Image", image);
        field("CommandLine", command);
        field("ParentImage", parent);
        field("ProcessGuid", guid);
        field("IntegrityLevel", "Medium");
        field("User", "CORP\\" + name);
        finish("windows_sysmon", "10.0.3.9", raw, false);
    }

    void suricata() {
        const std::string source = outside(), target = inside();
        const uint32_t port = 1024 + below(64000), signature = 2'000'000 + skewed(800);
        const uint64_t flow = uint64_t{random_()} << 20 | random_() % 1000;
        const std::string raw = fmt::format(
            "{{\"timestamp\":\"{}.{:06}+0800\",\"flow_id\":{},\"in_iface\":\"eth1\",\"event_type\":\"alert\",\"src_ip\":\"{}\",\"src_port\":{},"
            "\"dest_ip\":\"{}\",\"dest_port\":443,\"proto\":\"TCP\",\"alert\":{{\"action\":\"allowed\",\"gid\":1,\"signature_id\":{},\"rev\":3,"
            "\"signature\":\"ET SCAN Suspicious inbound signature {}\",\"category\":\"Attempted Information Leak\",\"severity\":2}}}}",
            stamp("%Y-%m-%dT%H:%M:%S"), below(1'000'000), flow, source, port, target, signature, signature);
        field(event::source_ip, source);
        number(event::source_port, port);
        field(event::destination_ip, target);
        number(event::destination_port, 443);
        field(event::network_transport, "tcp");
        field(event::event_kind, "alert");
        field(event::event_category, "intrusion_detection");
        field(event::rule_id, std::to_string(signature));
        field(event::event_name, fmt::format("ET SCAN Suspicious inbound signature {}", signature));
        number(event::event_severity, 2);
        field("suricata.eve.flow_id", std::to_string(flow), Kind::number);
        field("suricata.eve.alert.category", "Attempted Information Leak");
        finish("suricata_eve", "10.0.4.2", raw, false);
    }

    void chinese_waf() {
        static const char* const kAttacks[] = {"SQL注入攻击", "跨站脚本攻击", "目录遍历", "命令执行", "弱口令登录失败", "敏感文件访问"};
        const std::string source = outside(), attack = kAttacks[skewed(6)], path = fmt::format("/order/list?id={}'%20or%201=1", skewed(100'000));
        const std::string raw = fmt::format("<132>{} waf-01 时间:{} 攻击类型:{} 源地址:{} 源端口:{} 目的地址:10.0.1.10 动作:阻断 风险等级:高 网址:{} 规则编号:{}",
                                            stamp("%b %e %H:%M:%S"), stamp("%Y-%m-%d %H:%M:%S"), attack, source, 1024 + below(64000), path, 10'000 + skewed(300));
        device("长亭", "WAF", "waf", "waf-01");
        field(event::source_ip, source);
        field(event::destination_ip, "10.0.1.10");
        field(event::event_name, attack);
        field(event::event_action, "阻断");
        field(event::event_kind, "alert");
        field(event::event_category, "web");
        field(event::url_original, path);
        finish("waf", "10.0.4.3", raw);
    }

    std::mt19937 random_;
    base::Timestamp now_;
    double gap_;
    uint64_t seq_ = 0;
    std::string_view pack_;
    event::EventBatch* batch_ = nullptr;
    event::Event* event_ = nullptr;
};

}  // namespace shuwei::eventstore
