#include "router.hpp"

#include <algorithm>

#include "shuwei/net/http.hpp"

namespace shuwei::api {
namespace {

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        path.remove_prefix(1);  // '/'
        const size_t end = std::min(path.find('/'), path.size());
        segments.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return segments;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

}  // namespace

Router::Router(std::span<const Operation> operations) {
    for (const Operation& operation : operations) entries_.push_back({&operation, split(operation.path)});
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return std::ranges::lexicographical_compare(
            a.segments, b.segments, [](std::string_view x, std::string_view y) { return !is_parameter(x) && is_parameter(y); });
    });
}

Route Router::find(net::HttpMethod method, std::string_view target) const {
    Route route;
    const std::string_view path = target.substr(0, target.find('?'));
    if (!path.starts_with('/')) return route;
    if (method == net::HttpMethod::head) method = net::HttpMethod::get;

    std::vector<std::string> segments;
    for (const std::string_view segment : split(path)) {
        auto decoded = net::percent_decode(segment, false);
        if (!decoded) return route;
        segments.push_back(std::move(*decoded));
    }
    for (const Entry& entry : entries_) {
        if (entry.segments.size() != segments.size()) continue;
        bool same = true;
        for (size_t i = 0; i < segments.size() && same; ++i) {
            same = is_parameter(entry.segments[i]) ? !segments[i].empty() : entry.segments[i] == segments[i];
        }
        if (!same) continue;
        if (entry.operation->method != method) {
            if (!route.allowed.empty()) route.allowed += ", ";
            route.allowed += net::to_string(entry.operation->method);
            continue;
        }
        // A literal path stands before the templates it would also match: /events/search is no event number.
        if (!route.allowed.empty() && route.operation == nullptr) route.allowed.clear();
        route.operation = entry.operation;
        for (size_t i = 0; i < segments.size(); ++i) {
            const std::string_view name = entry.segments[i];
            if (is_parameter(name)) route.path_values.emplace_back(name.substr(1, name.size() - 2), std::move(segments[i]));
        }
        return route;
    }
    return route;
}

}  // namespace shuwei::api
