#include "message_batch.hpp"

#include "line.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

MessageFormat message_format_of(std::string_view name) {
    return name == "lines" ? MessageFormat::lines : name == "syslog" ? MessageFormat::syslog : MessageFormat::automatic;
}

MessageBatch::MessageBatch(const InputPlace& place, MessageFormat format)
    : sink_(place.sink),
      listener_(place.listener),
      pack_(place.pack),
      format_(format),
      counters_(place.sink.counters(place.listener.name)),
      dropped_empty_(counters_.dropped("empty")) {}

void MessageBatch::add(std::string_view body, std::string_view source) {
    ++messages_;
    bytes_ += body.size();
    source = source.substr(0, spool::kMaxFrameSource);
    if (base::trim(body).empty()) {
        dropped_empty_.add();
    } else if (format_ == MessageFormat::lines) {
        while (!body.empty()) {
            const std::string_view line = body.substr(0, body.find('\n'));
            body.remove_prefix(std::min(line.size() + 1, body.size()));
            if (!base::trim(line).empty()) add_frame(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line, source, std::nullopt);
        }
    } else {
        while (body.ends_with('\n') || body.ends_with('\r') || body.ends_with('\0')) body.remove_suffix(1);
        add_frame(body, source, format_ == MessageFormat::syslog ? std::optional(spool::FrameKind::syslog) : std::nullopt);
    }
}

void MessageBatch::add_frame(std::string_view payload, std::string_view source, std::optional<spool::FrameKind> kind) {
    spool::FrameView& frame = frames_.emplace_back(frame_of_line(payload, digests_));
    frame.kind = kind ? *kind : frame.truncated() ? spool::FrameKind::line : kind_of_line(payload);
    frame.received = sink_.now();
    frame.listener = listener_.number;
    frame.tenant = listener_.tenant;
    frame.source = source;
    frame.pack = pack_;
}

base::Result<> MessageBatch::store() {
    if (frames_.empty()) return {};
    if (!sink_.admits(listener_.number, {}, bytes_)) {
        counters_.bounded.add();
        return base::fail(base::ErrorCode::resource_exhausted, "the spool fills, and this input has had its share");
    }
    TRY_ASSIGN(const auto range, sink_.append(counters_, frames_));
    return sink_.spool().sync_until(range.last);
}

void MessageBatch::clear() {
    frames_.clear();
    digests_.clear();
    messages_ = 0;
    bytes_ = 0;
}

}  // namespace shuwei::collect
