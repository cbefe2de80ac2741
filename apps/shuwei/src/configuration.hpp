// The configuration of `shuwei serve`: defaults, then the YAML file, then the command line. See
// docs/formats/configuration.md. An unknown key, a wrong type or a wrong value is an error that names file and line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/custody/time_stamping.hpp"
#include "shuwei/forward/target.hpp"

namespace shuwei::app {

// One input as the file has it; `syslog` and `files` are short forms of it.
struct ConfiguredInput {
    std::string name;
    std::string kind;
    std::string tenant = "default";
    std::string zone = "Asia/Shanghai";
    std::string charset = "auto";
    std::string pack;
    std::map<std::string, std::string, std::less<>> settings;
};
ConfiguredInput syslog_input(std::string name, std::string address);

struct ConfiguredTarget {
    std::string tenant = "default";
    forward::TargetSettings settings;
    forward::TargetSecrets secrets;
};

struct Configuration {
    std::filesystem::path data;
    std::string http = "127.0.0.1:8080";
    std::string push;                           // address of its own for shippers; empty: only below /push of `http`
    std::vector<ConfiguredInput> inputs{syslog_input("syslog", "127.0.0.1:5514")};
    std::vector<ConfiguredTarget> forward;
    std::vector<std::filesystem::path> input_folders{"/var/log"};  // where inputs of the web application may read files
    std::vector<std::filesystem::path> rules;   // besides content/rules
    std::vector<std::filesystem::path> packs;   // besides content/packs
    std::vector<std::string> trusted_relays{"127.0.0.0/8", "::1"};  // whose header host names the source
    unsigned workers = 0;                       // 0: one per core, at least 1, at most 16
    uint64_t spool_bytes = uint64_t{8} << 30;
    uint64_t store_memory_bytes = uint64_t{4} << 30;
    unsigned retention_days = 180;              // of tenants without a rule of their own
    std::filesystem::path archive;              // where older days move; empty: nowhere
    unsigned archive_after_days = 30;
    custody::TimeStampingOptions time_stamping;  // no authority: none is asked
};

// Puts syslog inputs at these addresses in the place of those that are there, with the settings of the first.
void replace_syslog(Configuration& configuration, const std::vector<std::string>& addresses);

base::Result<> read_configuration(const std::filesystem::path& file, Configuration& into);

}  // namespace shuwei::app
