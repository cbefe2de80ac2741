#include <cstdio>

#include "commands.hpp"
#include "exit_code.hpp"

namespace shuwei::app {

int run_version(OutputFormat output) {
    if (output == OutputFormat::json || output == OutputFormat::ndjson) {
        std::puts("{\"product\":\"shuwei\",\"version\":\"" SHUWEI_VERSION "\"}");
    } else {
        std::puts("shuwei " SHUWEI_VERSION);
    }
    return kFine;
}

}  // namespace shuwei::app
