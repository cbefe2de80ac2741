// What a MIB module defines, as it stands in its file: names by their parents, not numbered yet. And the reader of SMIv1
// and SMIv2 files. Values; pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ber.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::collect {

// How a value is shown: through its named numbers, its display hint, or as its base type is.
struct MibSyntax {
    std::string type;                             // as named: "InterfaceIndex", "BITS"; looked up among the types
    std::string hint;                             // DISPLAY-HINT
    std::map<int64_t, std::string> values;
};

enum class MibKind : uint8_t { node, object, notification };

struct MibDefinition {
    std::string name;
    MibKind kind = MibKind::node;
    std::string parent;                           // a name; empty: the arcs are the whole
    Oid arcs;
    MibSyntax syntax;
};

struct MibModule {
    std::string name;
    std::map<std::string, std::string> imports;   // name -> module
    std::map<std::string, MibSyntax> types;
    std::vector<MibDefinition> definitions;
};

// The modules of a file's text. invalid_argument with the line where it is no MIB file or ends too early; within a module
// what is not understood is passed over.
base::Result<std::vector<MibModule>> read_mib_file(std::string_view text);

}  // namespace shuwei::collect
