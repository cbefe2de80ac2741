// Finds the operation of a request. Immutable after construction; thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operation.hpp"

namespace shuwei::api {

struct Route {
    const Operation* operation = nullptr;  // null: see `allowed`
    std::vector<std::pair<std::string_view, std::string>> path_values;  // parameter name, decoded value
    std::string allowed;  // "GET, POST": the path is known, the method is not; empty: the path is unknown
};

class Router {
public:
    explicit Router(std::span<const Operation> operations);

    // `target` as received. A segment is decoded on its own, so that an escaped '/' stays inside it. HEAD is GET.
    Route find(net::HttpMethod method, std::string_view target) const;

private:
    struct Entry {
        const Operation* operation;
        std::vector<std::string_view> segments;  // "{name}" for a parameter
    };
    std::vector<Entry> entries_;  // literal segments before parameters
};

}  // namespace shuwei::api
