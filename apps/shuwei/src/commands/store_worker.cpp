#include "commands.hpp"
#include "shuwei/eventstore/worker.hpp"
#ifdef SHUWEI_PLAIN_STORE_WORKER
#include <unistd.h>

#include "shuwei/base/file.hpp"
#endif

namespace shuwei::app {

int run_store_worker() {
#ifdef SHUWEI_PLAIN_STORE_WORKER  // a build with a sanitizer, which ClickHouse cannot live with
    const auto plain = base::program_folder() / SHUWEI_PLAIN_STORE_WORKER;
    ::execl(plain.c_str(), plain.c_str(), "store-worker", nullptr);
#endif
    return eventstore::worker_main();
}

}  // namespace shuwei::app
