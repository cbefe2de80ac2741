#include "shuwei/sigma/compiled_cache.hpp"

#include <hs/hs.h>

#include <unordered_map>
#include <vector>

#include "content_hash.hpp"
#include "serialise.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::sigma {
namespace {

constexpr size_t kMaxCacheBytes = size_t{2} << 30;
// Change it with anything that parsing, syntax trees or compilation would do differently.
constexpr std::string_view kCacheVersion = "shuwei-sigma-cache 2";

enum class EntryKind : uint8_t { file = 1, database = 2 };

struct Entry {
    EntryKind kind = EntryKind::file;
    std::string_view stored;  // of the file that was read
    std::string made;         // worked out now
    bool used = false;
    std::string_view bytes() const { return made.empty() ? stored : std::string_view(made); }
};

// Databases are made for a processor and a version of Hyperscan.
std::string platform() {
    hs_platform_info_t info{};
    std::string text(kCacheVersion);
    text += " / ";
    text += hs_version();
    if (hs_populate_platform(&info) == HS_SUCCESS) {
        text += " / " + std::to_string(info.tune) + " " + std::to_string(info.cpu_features);
    }
    return text;
}

}  // namespace

struct CompiledCache::State {
    std::filesystem::path file;
    std::string content;  // keeps what entries view
    std::string platform_name = platform();
    std::unordered_map<ContentHash, Entry, ContentHashHasher> entries;
    bool missed = false;

    void read() {
        auto bytes = base::read_file(file, kMaxCacheBytes);
        if (!bytes) return;
        content = std::move(*bytes);
        std::string_view rest = content;
        const auto number = [&rest](auto& value) {
            if (rest.size() < sizeof value) return false;
            std::memcpy(&value, rest.data(), sizeof value);
            rest.remove_prefix(sizeof value);
            return true;
        };
        ContentHash check;
        uint32_t name_size = 0;
        if (!number(check.high) || !number(check.low) || !(content_hash(rest) == check)) return;
        if (!number(name_size) || rest.size() < name_size || rest.substr(0, name_size) != platform_name) return;
        rest.remove_prefix(name_size);
        while (!rest.empty()) {
            ContentHash key;
            uint8_t kind = 0;
            uint64_t size = 0;
            if (!number(key.high) || !number(key.low) || !number(kind) || !number(size) || rest.size() < size) break;
            entries[key] = Entry{static_cast<EntryKind>(kind), rest.substr(0, size), {}, false};
            rest.remove_prefix(size);
        }
    }

    void put(const ContentHash& key, EntryKind kind, std::string bytes) {
        Entry& entry = entries[key];
        entry.kind = kind;
        entry.made = std::move(bytes);
        entry.used = true;
        missed = true;
    }

    std::string_view find(const ContentHash& key, EntryKind kind) {
        const auto found = entries.find(key);
        if (found == entries.end() || found->second.kind != kind) {
            missed = true;
            return {};
        }
        found->second.used = true;
        return found->second.bytes();
    }
};

CompiledCache::CompiledCache(std::filesystem::path folder) : state_(std::make_unique<State>()) {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    state_->file = folder / "sigma.cache";
    state_->read();
}

CompiledCache::~CompiledCache() = default;

bool CompiledCache::find_file(const ContentHash& key, ParsedFile& parsed) {
    const std::string_view bytes = state_->find(key, EntryKind::file);
    if (bytes.empty()) return false;
    ByteReader reader(bytes);
    members(reader, parsed);
    if (reader.done()) return true;
    parsed = {};
    state_->missed = true;
    return false;
}

void CompiledCache::put_file(const ContentHash& key, const ParsedFile& parsed) {
    ByteWriter writer;
    members(writer, parsed);
    state_->put(key, EntryKind::file, std::move(writer.out));
}

std::string_view CompiledCache::find_database(const ContentHash& key) { return state_->find(key, EntryKind::database); }

void CompiledCache::put_database(const ContentHash& key, std::string bytes) {
    state_->put(key, EntryKind::database, std::move(bytes));
}

bool CompiledCache::missed() const { return state_->missed; }

base::Result<> CompiledCache::save() {
    size_t unused = 0;
    for (const auto& [key, entry] : state_->entries) unused += !entry.used;
    if (!state_->missed && unused * 4 <= state_->entries.size()) return {};
    std::string out(16, '\0');
    const auto number = [&out](const auto& value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
    number(static_cast<uint32_t>(state_->platform_name.size()));
    out += state_->platform_name;
    for (const auto& [key, entry] : state_->entries) {
        if (!entry.used) continue;
        const std::string_view bytes = entry.bytes();
        number(key.high);
        number(key.low);
        number(static_cast<uint8_t>(entry.kind));
        number(static_cast<uint64_t>(bytes.size()));
        out += bytes;
    }
    const ContentHash check = content_hash(std::string_view(out).substr(16));
    std::memcpy(out.data(), &check.high, 8);
    std::memcpy(out.data() + 8, &check.low, 8);
    return base::write_file_durably(state_->file, out, 0600);
}

}  // namespace shuwei::sigma
