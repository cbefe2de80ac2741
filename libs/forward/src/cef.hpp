// An event in the Common Event Format, version 0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::forward {

std::vector<std::string> cef_fields();  // what append_cef() reads of an event
void append_cef(std::string& out, const eventstore::StoredEvent& event, std::string_view tenant);

}  // namespace shuwei::forward
