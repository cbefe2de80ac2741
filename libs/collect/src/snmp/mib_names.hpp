// Names and looks of what traps carry: from the content's own tables (content/mibs, format in docs/formats/mib-names.md) and
// from the users' MIB files. Immutable once loaded; any thread may read it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mib_module.hpp"

namespace shuwei::collect {

struct MibObject {
    std::string name;
    std::string module;
    MibKind kind = MibKind::node;
    bool bits = false;                          // values number bits
    std::string hint;
    std::map<int64_t, std::string> values;
};

class MibNames {
public:
    struct Loaded;
    // `content` (content/mibs) may be empty. Files that cannot be read or understood are told and passed over, so are
    // definitions whose parents nobody defines.
    static Loaded load(const std::filesystem::path& content, const std::vector<std::filesystem::path>& mib_folders);
    static Loaded build(std::vector<MibModule> modules);

    struct Found {
        const MibObject* object = nullptr;      // of the longest known beginning; may be null
        size_t arcs = 0;                        // how long that is
    };
    Found find(const Oid& oid) const;
    std::string name_of(const Oid& oid) const;  // "ifIndex.3"; digits where nothing is known
    size_t size() const { return objects_.size(); }

private:
    std::map<Oid, MibObject> objects_;
};

struct MibNames::Loaded {
    MibNames names;
    std::vector<std::string> unreadable;        // "ACME-MIB.txt: line 12: a quotation mark is not closed"
    std::vector<std::string> orphans;           // "ACME-MIB: 12 names whose parents nobody defines"
    size_t files = 0;                           // of the users'
};

}  // namespace shuwei::collect
