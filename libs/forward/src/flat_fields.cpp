#include "flat_fields.hpp"

#include <simdjson.h>

namespace shuwei::forward {

FlatFields::FlatFields(std::string_view json) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) return;
    for (const auto [name, value] : object) {
        simdjson::dom::element first = value;
        simdjson::dom::array values;
        if (value.get(values) == simdjson::SUCCESS) {
            if (values.begin() == values.end()) continue;
            first = *values.begin();
        }
        std::string_view text;
        if (first.get(text) == simdjson::SUCCESS) fields_.emplace(name, text);
        else if (!first.is_null()) fields_.emplace(name, simdjson::minify(first));
    }
}

}  // namespace shuwei::forward
