// Plays the demonstration's traffic, or writes its lines to a file: the load generator of the benchmarks.
#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "demo/player.hpp"
#include "demo/render.hpp"

namespace {
std::atomic<bool> stop{false};
}

int main(int argc, char** argv) {
    using namespace shuwei;
    CLI::App app{"Plays traffic of many devices through syslog and HTTP, and says what it sent as one JSON object."};
    std::string folder = SHUWEI_SOURCE_DIR "/content/demo";
    demo::PlayOptions options;
    options.syslog.clear();
    double seconds = 0;
    uint64_t print = 0;
    bool no_stories = false;
    std::string device;
    app.add_option("--scenario", folder, "folder of the scenario")->capture_default_str();
    app.add_option("--syslog", options.syslog, "ADDR:PORT of syslog, UDP and TCP");
    app.add_option("--http", options.http, "ADDR:PORT of HTTP");
    app.add_option("--token", options.token, "API token for HTTP")->envname("SHUWEI_TOKEN");
    app.add_option("--rate", options.lines_per_second, "ordinary lines a second; 0: as fast as they are taken")->capture_default_str();
    app.add_option("--lines", options.lines, "stop after so many ordinary lines");
    app.add_option("--seconds", seconds, "stop after so long");
    app.add_option("--seed", options.seed, "the same seed gives the same lines")->capture_default_str();
    app.add_option("--prepared", options.prepared_lines, "render so many lines first and repeat them");
    app.add_flag("--no-stories", no_stories, "ordinary lines alone");
    app.add_option("--print", print, "send nothing: print so many ordinary lines and each story once");
    app.add_option("--device", device, "with --print: only this device's lines");
    CLI11_PARSE(app, argc, argv);
    options.stories = !no_stories;
    options.duration = static_cast<base::Duration>(seconds * 1e9);

    auto scenario = demo::load_scenario(folder);
    if (!scenario) {
        std::fprintf(stderr, "traffic_player: %s\n", scenario.error().to_string().c_str());
        return 2;
    }
    const base::SystemClock clock;
    if (print > 0) {
        std::string out;
        demo::render_lines(*scenario, {options.seed, print, options.stories, device}, clock.now(), out);
        std::fwrite(out.data(), 1, out.size(), stdout);
        return 0;
    }
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stop = true; });
    demo::PlayCounts counts;
    const base::Duration began = base::monotonic_now();
    const auto played = demo::play(*scenario, options, clock, counts, stop);
    const double took = static_cast<double>(base::monotonic_now() - began) / 1e9;
    nlohmann::json report{{"seconds", took},
                          {"lines", counts.lines()},
                          {"bytes", counts.bytes()},
                          {"stories", counts.stories_told.load()},
                          {"story_lines", counts.story_lines.load()}};
    for (const auto input : {demo::Input::syslog_udp, demo::Input::syslog_tcp, demo::Input::http}) {
        report["inputs"][std::string(to_string(input))] = {{"lines", counts[input].lines.load()},
                                                           {"bytes", counts[input].bytes.load()},
                                                           {"retried", counts[input].retried.load()}};
    }
    std::printf("%s\n", report.dump().c_str());
    if (!played) {
        std::fprintf(stderr, "traffic_player: %s\n", played.error().to_string().c_str());
        return 3;
    }
    return 0;
}
