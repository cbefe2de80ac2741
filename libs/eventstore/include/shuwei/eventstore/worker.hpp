// The child process in which ClickHouse lives. The program that opens an EventStore starts itself again with
// EventStoreOptions::worker_arguments ("store-worker"), and that command does nothing but
//
//   return shuwei::eventstore::worker_main();
//
// before any thread is started. It has its own process because libchdb cannot share one with a sanitizer, takes
// hundreds of megabytes, and reads and writes whatever SQL tells it to: the child is confined by Landlock to the data
// folder.
#pragma once

namespace shuwei::eventstore {

// Descriptor of the control socket in the child; the parent puts it there.
constexpr int kWorkerControlFd = 3;

// Serves until the parent closes the socket or dies; the exit code of the process.
int worker_main(int control_fd = kWorkerControlFd);

}  // namespace shuwei::eventstore
