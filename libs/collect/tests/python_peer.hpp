// A program of tests/support as a child: says what it is in a line of JSON, does what it is told a line at a time, ends
// with its standard input.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "shuwei/base/file.hpp"

extern char** environ;

namespace shuwei::collect {

class PythonPeer {
public:
    PythonPeer(const std::string& script, std::vector<std::string> arguments) {
        int to[2], from[2];
        if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) return;
        to_ = base::FileDescriptor(to[1]);
        from_ = base::FileDescriptor(from[0]);
        const base::FileDescriptor their_input(to[0]), their_output(from[1]);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, their_input.get(), 0);
        posix_spawn_file_actions_adddup2(&actions, their_output.get(), 1);
        std::string python = "python3";
        std::string path = std::string(SHUWEI_SOURCE_DIR) + "/tests/support/" + script;
        std::vector<char*> argv{python.data(), path.data()};
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        ::posix_spawnp(&child_, "python3", &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    ~PythonPeer() {
        to_.close();
        if (child_ > 0) ::waitpid(child_, nullptr, 0);
    }
    PythonPeer(const PythonPeer&) = delete;
    PythonPeer& operator=(const PythonPeer&) = delete;

    nlohmann::json told() {
        std::string line;
        for (char c = 0; ::read(from_.get(), &c, 1) == 1 && c != '\n';) line += c;
        return nlohmann::json::parse(line, nullptr, false);
    }
    nlohmann::json ask(const std::string& what) {
        (void)base::write_all(to_.get(), what + '\n');
        return told();
    }

private:
    base::FileDescriptor to_, from_;
    pid_t child_ = -1;
};

}  // namespace shuwei::collect
