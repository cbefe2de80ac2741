// The fields of a stored event's JSON object, as text. A value.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace shuwei::forward {

class FlatFields {
public:
    explicit FlatFields(std::string_view json);  // what is no JSON object has no fields

    // The first value of the field; "" when it has none.
    std::string_view text(std::string_view name) const {
        const auto found = fields_.find(name);
        return found == fields_.end() ? std::string_view() : std::string_view(found->second);
    }
    bool has(std::string_view name) const { return fields_.find(name) != fields_.end(); }

private:
    std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace shuwei::forward
