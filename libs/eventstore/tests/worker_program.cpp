// What `shuwei store-worker` is, for tests and benchmarks.
#include "shuwei/eventstore/worker.hpp"

int main() { return shuwei::eventstore::worker_main(); }
