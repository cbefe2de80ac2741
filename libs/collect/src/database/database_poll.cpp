#include "database_poll.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "../line.hpp"
#include "../listener_counters.hpp"
#include "../patient_append.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kBatchBytes = 16 << 20;
constexpr base::Duration kBeyond = 15 * base::kSecond;  // what a driver gets besides the query's own time

std::string digest_of(const std::string& json) { return crypto::to_hex(crypto::sm3(json)).substr(0, 32); }

}  // namespace

DatabasePoll::DatabasePoll(DatabasePollOptions options, const InputPlace& place)
    : PollingInput(options.query.connection, place.sink), options_(std::move(options)), place_(place),
      counters_(place.sink.counters(place.listener.name)), cursor_(options_.query.type, options_.start) {}

DatabasePoll::~DatabasePoll() { finish(); }

Result<std::unique_ptr<Input>> DatabasePoll::start(DatabasePollOptions options, const InputPlace& place) {
    std::unique_ptr<DatabasePoll> poll(new DatabasePoll(std::move(options), place));
    TRY(poll->cursor_.load(place.folder / "cursor.json"));
    poll->PollingInput::start();
    return poll;
}

Result<DatabasePoll::Batch> DatabasePoll::read(OdbcSession& session, DatabaseCursor cursor, CursorComparison comparison, size_t rows, uint64_t extra) {
    Batch batch{.cursor = std::move(cursor)};
    // With '>' rows that share a value are taken together or not at all: a later query would not give the rest.
    DatabaseCursor before_value = batch.cursor;
    size_t rows_before_value = 0;
    size_t bytes = 0;
    bool full = false;
    const uint64_t max_rows = rows + batch.cursor.ties() + extra + 1;
    const std::string begin = batch.cursor.value();
    batch.cursor.begin_reading();
    const auto take = [&](OdbcRow row) -> Result<bool> {
        if (comparison == CursorComparison::greater && row.cursor != batch.cursor.value()) {
            before_value = batch.cursor;
            rows_before_value = batch.rows.size();
        }
        TRY_ASSIGN(const bool is_new, batch.cursor.take(row.cursor, digest_of(row.json)));
        if (!is_new) return true;
        batch.cut += row.cut ? 1 : 0;
        bytes += row.json.size();
        batch.rows.push_back(std::move(row.json));
        full = batch.rows.size() >= rows || bytes >= kBatchBytes;
        return !full;
    };
    TRY_ASSIGN(const uint64_t came, session.read(begin, max_rows, take));
    batch.more = full || came >= max_rows;
    if (batch.more && comparison == CursorComparison::greater) {
        if (rows_before_value == 0) {
            return base::fail(base::Error(ErrorCode::invalid_argument,
                                          fmt::format("over {} rows share one value of the cursor: compare with '>=', or take more rows a turn", batch.rows.size()))
                                  .at("query"));
        }
        batch.rows.resize(rows_before_value);
        batch.cursor = std::move(before_value);
    }
    batch.stuck = batch.more && batch.rows.empty();
    return batch;
}

Result<base::Duration> DatabasePoll::turn() {
    // The call owns what it uses: it may be left behind.
    const auto ask = [session = session_, options = options_, cursor = cursor_, extra = extra_]() mutable -> Result<std::pair<std::shared_ptr<OdbcSession>, Batch>> {
        if (!session) {
            TRY_ASSIGN(auto connected, OdbcSession::connect(options.query));
            session = std::move(connected);
        }
        TRY_ASSIGN(auto batch, read(*session, std::move(cursor), options.comparison, options.rows, extra));
        return std::pair{std::move(session), std::move(batch)};
    };
    session_.reset();  // kept only when all went well
    auto answer = calls_.run<std::pair<std::shared_ptr<OdbcSession>, Batch>>(ask, stopping(), options_.query.seconds * base::kSecond + kBeyond);
    if (!answer) return base::fail(std::move(answer).error());
    Batch& batch = answer->second;
    if (!batch.rows.empty()) {
        TRY(spool(batch.rows));
        TRY(batch.cursor.save(place_.folder / "cursor.json"));
        cursor_ = std::move(batch.cursor);
    }
    extra_ = batch.stuck ? std::max<uint64_t>(1000, extra_ * 2) : 0;
    if (batch.cut > 0) report(base::Error(ErrorCode::too_large, fmt::format("{} rows hold values over 768 KiB: their beginning was taken", batch.cut)));
    session_ = std::move(answer->first);
    return batch.more ? 0 : options_.interval;
}

Result<> DatabasePoll::spool(const std::vector<std::string>& rows) {
    std::vector<spool::FrameView> frames;
    std::deque<crypto::Digest> digests;
    for (const std::string& row : rows) {
        spool::FrameView& frame = frames.emplace_back(frame_of_line(row, digests));
        frame.received = sink().now();
        frame.listener = place_.listener.number;
        frame.tenant = place_.listener.tenant;
        frame.kind = spool::FrameKind::json;
        frame.source = std::string_view(place_.listener.name).substr(0, spool::kMaxFrameSource);
        frame.pack = place_.pack;
    }
    TRY_ASSIGN(const auto range, append_fairly(sink(), place_.listener, counters_, frames, stopping()));
    return sink().spool().sync_until(range.last);
}

}  // namespace shuwei::collect
