// Bytes of a stranger as body and as parameter of every operation: refused or taken, never more.
#include <nlohmann/json.hpp>

#include "operations.hpp"
#include "router.hpp"
#include "schema.hpp"

using namespace shuwei::api;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const Router router(operations());
    (void)router.find(shuwei::net::HttpMethod::get, text);
    for (const Operation& operation : operations()) {
        for (const Parameter& parameter : operation.parameters) (void)parse_parameter(text, *parameter.schema, "query.x");
    }
    auto body = parse_json_body(text);
    if (!body) return 0;
    for (const Operation& operation : operations()) {
        if (operation.body == nullptr || !check(*body, *operation.body, "body")) continue;
        auto filled = *body;
        fill_defaults(filled, *operation.body);
        if (!check(filled, *operation.body, "body")) __builtin_trap();  // a default breaks its own schema
    }
    return 0;
}
