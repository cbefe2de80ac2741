// What loading worked out, kept on disk by content hash: parsed rule files and Hyperscan databases. A changed rule costs
// only itself. A cache that is damaged, of another version or another processor is taken as empty. One owner.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"

namespace shuwei::sigma {

struct ContentHash;
struct ParsedFile;

class CompiledCache {
public:
    // `folder` is made when missing.
    explicit CompiledCache(std::filesystem::path folder);
    ~CompiledCache();

    bool find_file(const ContentHash& key, ParsedFile& parsed);
    void put_file(const ContentHash& key, const ParsedFile& parsed);
    // Bytes of a serialised database, empty when unknown; valid as long as the cache.
    std::string_view find_database(const ContentHash& key);
    void put_database(const ContentHash& key, std::string bytes);

    // Whether anything had to be worked out anew.
    bool missed() const;
    // Writes what was found or put since the cache was opened, when that differs from what is on disk.
    base::Result<> save();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::sigma
