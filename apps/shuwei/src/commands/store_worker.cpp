#include "commands.hpp"
#include "shuwei/eventstore/worker.hpp"

namespace shuwei::app {

int run_store_worker() { return eventstore::worker_main(); }

}  // namespace shuwei::app
