#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "exit_code.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::app {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using Json = nlohmann::json;

constexpr int kTriesWithoutProgress = 5;

// Follows the rows of a file as its bytes come, so that it is known behind which event to go on.
class RowFollower {
public:
    explicit RowFollower(OutputFormat format) : csv_(format == OutputFormat::csv) {}

    void feed(std::string_view bytes) {
        for (const char c : bytes) {
            row_ += c;
            ++seen_;
            if (csv_ && c == '"') quoted_ = !quoted_;
            if (c != '\n' || quoted_) continue;
            last_.swap(row_);
            row_.clear();
            ++rows_;
            whole_ = seen_;
        }
    }
    void forget_half_row() {
        row_.clear();
        quoted_ = false;
        seen_ = whole_;
    }
    uint64_t whole_bytes() const { return whole_; }  // up to the end of the last whole row
    uint64_t rows() const { return rows_ - (csv_ && rows_ > 0 ? 1 : 0); }
    bool has_head() const { return csv_ && rows_ > 0; }

    // The server's cursor of the last row; nothing before the first.
    Result<std::optional<std::string>> cursor() const {
        if (rows() == 0) return std::optional<std::string>();
        std::string time;
        std::string seq;
        if (csv_) {
            const size_t comma = last_.find(',');
            if (comma != std::string::npos) {
                time = last_.substr(0, comma);
                seq = last_.substr(comma + 1, last_.find_first_of(",\r\n", comma + 1) - comma - 1);
            }
        } else if (const Json row = Json::parse(last_, nullptr, false); row.is_object()) {
            time = row.value("@timestamp", "");
            if (row.contains("shuwei.seq")) seq = row["shuwei.seq"].dump();
        }
        const auto instant = event::parse_rfc3339(time, event::TimeZone::utc());
        if (!instant || seq.empty()) return fail(ErrorCode::invalid_argument, "the last row of the file is no event of an export");
        return std::optional(std::to_string(*instant) + "." + seq);
    }

private:
    bool csv_;
    bool quoted_ = false;
    std::string row_;
    std::string last_;
    uint64_t seen_ = 0;
    uint64_t whole_ = 0;
    uint64_t rows_ = 0;
};

class Target {
public:
    explicit Target(OutputFormat format) : rows(format) {}

    Result<> open(const EventsExportOptions& options) {
        if (options.file.empty()) return {};
        const int mode = options.resume ? O_RDWR | O_CREAT : O_WRONLY | O_CREAT | O_EXCL;
        file_ = base::FileDescriptor(::open(options.file.c_str(), mode | O_CLOEXEC, 0600));
        if (!file_ && errno == EEXIST) {
            return fail(ErrorCode::invalid_argument, options.file.string() + " exists already; --resume goes on with it");
        }
        if (!file_) return fail(base::system_error(errno, "open " + options.file.string()));
        if (!options.resume) return {};
        std::string piece(1 << 20, '\0');
        while (true) {
            const ssize_t got = ::read(file_.get(), piece.data(), piece.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail(base::system_error(errno, "read " + options.file.string()));
            if (got == 0) break;
            rows.feed({piece.data(), static_cast<size_t>(got)});
        }
        return cut();
    }

    // Takes back what came of a row that is not whole. Standard output cannot.
    Result<> cut() {
        if (!file_) return {};
        rows.forget_half_row();
        const auto end = static_cast<off_t>(rows.whole_bytes());
        if (::ftruncate(file_.get(), end) != 0 || ::lseek(file_.get(), end, SEEK_SET) != end) {
            return fail(base::system_error(errno, "shorten the file"));
        }
        return {};
    }

    Result<> write(std::string_view bytes) {
        rows.feed(bytes);
        while (!bytes.empty()) {
            const ssize_t put = ::write(file_ ? file_.get() : STDOUT_FILENO, bytes.data(), bytes.size());
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return fail(base::system_error(errno, "write"));
            bytes.remove_prefix(static_cast<size_t>(put));
        }
        return {};
    }
    bool is_file() const { return static_cast<bool>(file_); }

    RowFollower rows;

private:
    base::FileDescriptor file_;
};

Result<std::string> target_of(const EventsExportOptions& options) {
    const base::Timestamp now = base::SystemClock().now();
    const bool csv = options.output == OutputFormat::csv;
    std::string target = "/api/v1/events/export?format=" + std::string(csv ? "csv" : "ndjson");
    const auto add = [&](const char* name, std::string_view value) {
        if (!value.empty()) target += std::string("&") + name + "=" + net::percent_encode(value);
    };
    add("query", options.query);
    for (const auto& [name, text] : {std::pair{"since", options.since}, std::pair{"until", options.until}}) {
        if (text.empty()) continue;
        auto time = event::parse_time_argument(text, now);
        if (!time) return fail(std::move(time).error().at(std::string("--") + name));
        add(name, event::format_rfc3339(*time));
    }
    add("tenant", options.tenant);
    add("fields", options.fields);
    add("order", options.newest_first ? "desc" : "asc");
    if (options.bom) add("bom", "true");
    return target;
}

// One request; true when it came to its end.
Result<bool> fetch(net::HttpClient& client, const EventsExportOptions& options, const std::string& target, Target& to) {
    net::HttpClientRequest request;
    request.target = target;
    request.headers.add("Authorization", "Bearer " + options.token);
    TRY_ASSIGN(const auto cursor, to.rows.cursor());
    if (cursor) request.target += "&cursor=" + *cursor;
    Result<> written;
    // Going on in a file that has its line of names: the one that comes now is not wanted again.
    bool pass_head = options.output == OutputFormat::csv && to.rows.has_head();
    const auto answer = client.send_streaming(request, [&](std::string_view chunk) {
        if (pass_head) {
            const size_t end = chunk.find('\n');
            if (end == std::string_view::npos) return true;
            chunk.remove_prefix(end + 1);
            pass_head = false;
        }
        written = to.write(chunk);
        return written.has_value();
    });
    if (!written) return fail(std::move(written).error());
    if (!answer) {
        if (answer.error().code() != ErrorCode::unavailable && answer.error().code() != ErrorCode::deadline_exceeded) return fail(answer.error());
        std::fprintf(stderr, "shuwei: %s\n", answer.error().to_string().c_str());
        return false;
    }
    if (answer->status == 200) return true;
    if (answer->status == 503) return false;
    const Json body = Json::parse(answer->body, nullptr, false);
    std::string message = "the server answered " + std::to_string(answer->status);
    if (body.is_object() && body.contains("message")) message += ": " + body.value("message", "");
    return fail(answer->status == 400 ? ErrorCode::invalid_argument : ErrorCode::unavailable, std::move(message));
}

Result<> run(const EventsExportOptions& options) {
    if (options.output != OutputFormat::csv && options.output != OutputFormat::ndjson) {
        return fail(ErrorCode::invalid_argument, "--output must be csv or ndjson");
    }
    TRY_ASSIGN(const std::string target, target_of(options));
    Target to(options.output);
    TRY(to.open(options));
    net::HttpClientOptions client_options;
    client_options.timeout = 30 * base::kMinute;  // a rare needle lets wait for its first row
    client_options.max_body_bytes = std::numeric_limits<size_t>::max() / 2;
    TRY_ASSIGN(auto client, net::HttpClient::create(options.server, client_options));
    for (int tries = 0;;) {
        const uint64_t before = to.rows.rows();
        TRY_ASSIGN(const bool whole, fetch(client, options, target, to));
        if (whole) break;
        if (!to.is_file()) return fail(ErrorCode::unavailable, "the connection ended before the last event; --file goes on by itself");
        TRY(to.cut());
        tries = to.rows.rows() > before ? 0 : tries + 1;
        if (tries >= kTriesWithoutProgress) {
            return fail(ErrorCode::unavailable, "the server does not answer; the same command with --resume goes on behind event " +
                                                    std::to_string(to.rows.rows()));
        }
        ::sleep(static_cast<unsigned>(tries) * 2);
    }
    std::fprintf(stderr, "shuwei: %llu events\n", static_cast<unsigned long long>(to.rows.rows()));
    return {};
}

}  // namespace

int run_events_export(const EventsExportOptions& options) {
    if (options.token.empty()) {
        return report(base::Error(ErrorCode::invalid_argument, "an API token is needed: --token or SHUWEI_TOKEN"));
    }
    const auto done = run(options);
    return done ? kFine : report(done.error());
}

}  // namespace shuwei::app
