// Test helper: a folder of packs made of texts, removed at the end.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "shuwei/parse/pack_set.hpp"

namespace shuwei::parse::test {

// What every pack must say; a test adds the rest.
inline std::string pack_yaml(const std::string& name, const std::string& rest) {
    return "pack: " + name + "\ntitle: {zh: 测试, en: Test}\nvendor: Acme\nproduct: Box\ndevice_type: firewall\nprovenance: inferred\n" + rest;
}

class PackFolder {
public:
    PackFolder() {
        static std::atomic<int> next{0};
        path_ = std::filesystem::path(::testing::TempDir()) / ("shuwei_packs_" + std::to_string(::getpid()) + "_" + std::to_string(next++));
        std::filesystem::create_directories(path_);
    }
    ~PackFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    PackFolder(const PackFolder&) = delete;
    PackFolder& operator=(const PackFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    void write(const std::string& relative, const std::string& text) const {
        std::filesystem::create_directories((path_ / relative).parent_path());
        std::ofstream(path_ / relative, std::ios::binary) << text;
    }
    void add(const std::string& name, const std::string& rest) const { write(name + "/pack.yaml", pack_yaml(name, rest)); }

    // All packs; problems fail the test.
    std::shared_ptr<const PackSet> load() const {
        auto loaded = PackSet::load(path_);
        if (!loaded) {
            ADD_FAILURE() << loaded.error().to_string();
            return PackSet::empty();
        }
        for (const PackProblem& problem : loaded->problems) ADD_FAILURE() << problem.to_string();
        return loaded->set;
    }

private:
    std::filesystem::path path_;
};

}  // namespace shuwei::parse::test
