#include "shuwei/parse/parse_lines.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "shuwei/event/ndjson.hpp"

namespace shuwei::parse {

using base::Result;

namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr size_t kFlushBytes = 1024 * 1024;
constexpr size_t kBatchEvents = 1024;
constexpr size_t kBatchBytes = 16 * 1024 * 1024;

class LineParser {
public:
    LineParser(const std::shared_ptr<const PackSet>& packs, const SourceHint& hint, const base::Clock& clock,
               const std::function<Result<>(std::string_view)>& write)
        : parser_(packs), hint_(hint), clock_(clock), write_(write) {}

    Result<> line(std::string_view text, uint64_t true_size) {
        while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
        if (text.empty()) return {};
        ++counts.lines;
        event::Event& event = batch_.add_event();
        event.raw = batch_.store(text.substr(0, event::kMaxLineBytes));
        event.received = clock_.now();
        switch (parser_.parse(batch_, event, hint_)) {
            case Outcome::parsed: ++counts.parsed; break;
            case Outcome::partial: ++counts.partial; break;
            case Outcome::unparsed: ++counts.unparsed; break;
        }
        if (true_size > event::kMaxLineBytes) {
            ++counts.truncated;
            batch_.add_integer(event, event::shuwei_truncated_bytes, static_cast<int64_t>(true_size));
        }
        event.received = 0;  // the time of this run says nothing about the event
        event::append_json(out_, batch_, event, parser_.packs()->name(event.pack));
        out_ += '\n';
        if (batch_.size() >= kBatchEvents || batch_.bytes() >= kBatchBytes) batch_.clear();
        return out_.size() >= kFlushBytes ? flush() : Result<>{};
    }

    Result<> flush() {
        if (out_.empty()) return {};
        auto written = write_(out_);
        out_.clear();
        return written;
    }

    LineCounts counts;

private:
    Parser parser_;
    const SourceHint& hint_;
    const base::Clock& clock_;
    const std::function<Result<>(std::string_view)>& write_;
    event::EventBatch batch_;
    std::string out_;
};

}  // namespace

Result<LineCounts> parse_lines(int input, const std::shared_ptr<const PackSet>& packs, const SourceHint& hint, const base::Clock& clock,
                               const std::function<Result<>(std::string_view)>& write) {
    LineParser lines(packs, hint, clock, write);
    std::string chunk(kReadBytes, '\0');
    std::string partial;          // the line that has not ended yet, at most kMaxLineBytes of it
    uint64_t partial_size = 0;    // its true length so far
    const auto extend = [&](std::string_view piece) {
        partial_size += piece.size();
        partial.append(piece.substr(0, event::kMaxLineBytes - std::min(partial.size(), event::kMaxLineBytes)));
    };
    while (true) {
        const ssize_t got = ::read(input, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(base::system_error(errno, "read"));
        if (got == 0) break;
        std::string_view rest(chunk.data(), static_cast<size_t>(got));
        for (size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
            const std::string_view piece = rest.substr(0, end);
            if (partial_size == 0) {
                TRY(lines.line(piece, piece.size()));
                continue;
            }
            extend(piece);
            TRY(lines.line(partial, partial_size));
            partial.clear();
            partial_size = 0;
        }
        extend(rest);
    }
    if (partial_size > 0) TRY(lines.line(partial, partial_size));
    TRY(lines.flush());
    return lines.counts;
}

Result<LineCounts> parse_lines(const std::function<Result<>(const LineTaker&)>& source, const std::shared_ptr<const PackSet>& packs,
                               const SourceHint& hint, const base::Clock& clock, const std::function<Result<>(std::string_view)>& write) {
    LineParser lines(packs, hint, clock, write);
    TRY(source([&](std::string_view line) { return lines.line(line, line.size()); }));
    TRY(lines.flush());
    return lines.counts;
}

}  // namespace shuwei::parse
