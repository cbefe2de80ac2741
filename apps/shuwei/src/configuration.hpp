// The configuration of `shuwei serve`: defaults, then the YAML file, then the command line. See
// docs/formats/configuration.md. An unknown key, a wrong type or a wrong value is an error that names file and line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::app {

struct SyslogInput {
    std::string address = "127.0.0.1:5514";  // UDP and TCP on the one port
    std::string tenant = "default";
    std::string zone = "Asia/Shanghai";
    std::string charset = "auto";
};

struct FileInput {
    std::string path;  // glob
    std::string tenant = "default";
    std::string zone = "Asia/Shanghai";
    std::string charset = "auto";
};

struct Configuration {
    std::filesystem::path data;
    std::string http = "127.0.0.1:8080";
    std::string push;                           // address of its own for shippers; empty: only below /push of `http`
    std::vector<SyslogInput> syslog{SyslogInput{}};
    std::vector<FileInput> files;
    std::vector<std::filesystem::path> rules;   // besides content/rules
    std::vector<std::filesystem::path> packs;   // besides content/packs
    std::vector<std::string> trusted_relays{"127.0.0.0/8", "::1"};  // whose header host names the source
    unsigned workers = 0;                       // 0: one per core, at least 1, at most 16
    uint64_t spool_bytes = uint64_t{8} << 30;
    uint64_t store_memory_bytes = uint64_t{4} << 30;
    unsigned retention_days = 180;
};

base::Result<> read_configuration(const std::filesystem::path& file, Configuration& into);

}  // namespace shuwei::app
