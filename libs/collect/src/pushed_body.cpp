#include "pushed_body.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::fail;

base::Result<> PushedBody::add(std::string_view payload, spool::FrameKind kind) {
    if (events.size() == kMaxIngestLines) {
        return fail(ErrorCode::too_large, "more than " + std::to_string(kMaxIngestLines) + " events");
    }
    events.push_back({payload, kind});
    return {};
}

base::Result<> PushedBody::add_written(std::string document, spool::FrameKind kind) {
    written_bytes_ += document.size();
    if (written_bytes_ > kMaxPushWritten) {
        return fail(ErrorCode::too_large, "the events are larger than 128 MiB when written out");
    }
    return add(written_.emplace_back(std::move(document)), kind);
}

}  // namespace shuwei::collect
