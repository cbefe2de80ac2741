// Who does something, as the audit chain and the timelines record it. A value.
#pragma once

#include <string>
#include <utility>

namespace shuwei::ledger {

struct Actor {
    enum class Kind { person, system };

    Kind kind = Kind::system;
    std::string name;  // account name; `local` for the command line; the part of the system: `triage`, `sla`
    std::string peer;  // address it came from; empty for the system

    static Actor person(std::string name, std::string peer) { return {Kind::person, std::move(name), std::move(peer)}; }
    static Actor system(std::string name) { return {Kind::system, std::move(name), {}}; }
};

}  // namespace shuwei::ledger
