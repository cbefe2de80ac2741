#include "target_runner.hpp"

#include <algorithm>
#include <chrono>

#include "shuwei/base/log.hpp"

namespace shuwei::forward {

using base::ErrorCode;
using base::Result;
using eventstore::StoredEvent;
namespace log = base::log;

namespace {

constexpr uint64_t kShortestRange = 256;
constexpr uint64_t kLongestRange = 1 << 20;       // where few events of a range are this target's
constexpr size_t kSmallestSlice = 64;
constexpr base::Duration kDoubtful = 5 * base::kMinute;  // what a receiver has not read by then it will hardly read
constexpr base::Duration kKeepIdleEvery = 10 * base::kSecond;

}  // namespace

TargetRunner::TargetRunner(Target target, event::Predicate filter, std::unique_ptr<Outlet> outlet, std::string tenant, Surroundings& around)
    : target_(std::move(target)),
      filter_(std::move(filter)),
      outlet_(std::move(outlet)),
      formatter_(target_.settings.format, envelope_of(target_.settings.kind, target_.settings.format), tenant),
      around_(around),
      forwarded_(around.metrics.counter("shuwei_forwarded_total", "Events delivered to a target", {{"target", tenant + "/" + target_.settings.name}})),
      errors_(around.metrics.counter("shuwei_forward_errors_total", "Failed tries to deliver", {{"target", tenant + "/" + target_.settings.name}})),
      refused_(around.metrics.counter("shuwei_forward_refused_total", "Events passed over: too large for the target", {{"target", tenant + "/" + target_.settings.name}})),
      lag_events_(around.metrics.gauge("shuwei_forward_lag_events", "Events that wait for a target, at most", {{"target", tenant + "/" + target_.settings.name}})),
      lag_seconds_(around.metrics.gauge("shuwei_forward_lag_seconds", "Since the oldest waiting event was received", {{"target", tenant + "/" + target_.settings.name}})),
      position_(target_.delivered_seq),
      range_(around.options.range),
      slice_(outlet_->slice()),
      kept_position_(target_.delivered_seq) {
    status_.delivered_seq = target_.delivered_seq;
    status_.delivered_events = target_.delivered_events;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

TargetRunner::~TargetRunner() { request_stop(); }

void TargetRunner::request_stop() { thread_.request_stop(); }

TargetStatus TargetRunner::status() const {
    const std::lock_guard lock(mutex_);
    TargetStatus status = status_;
    const int64_t now = around_.clock.now() / base::kSecond;
    uint64_t sum = 0;
    for (int64_t second = std::max(now - 59, newest_second_ - 59); second <= newest_second_; ++second) {
        sum += seconds_[static_cast<size_t>(second % 60)];
    }
    status.per_second = static_cast<double>(sum) / 60;
    const uint64_t committed = around_.log.committed();
    status.lag_events = committed > status.delivered_seq ? committed - status.delivered_seq : 0;
    status.lag = oldest_waiting_ == 0 ? 0 : std::max<base::Duration>(0, around_.clock.now() - oldest_waiting_);
    return status;
}

void TargetRunner::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (at_ < chunk_.size() || read(stop)) deliver(stop);
        keep(false);
        measure();
    }
    keep(true);
    outlet_.reset();
    finished_ = true;
}

void TargetRunner::drop_chunk() {
    chunk_.clear();
    at_ = 0;
}

bool TargetRunner::read(const std::stop_token& stop) {
    drop_chunk();
    const uint64_t committed = around_.log.committed();
    if (committed <= position_) {
        {
            const std::lock_guard lock(mutex_);
            status_.state = TargetState::waiting;
            oldest_waiting_ = 0;
        }
        pause(around_.options.poll, stop);
        return false;
    }
    eventstore::ReplayRequest request;
    request.tenant = target_.tenant;
    request.after = position_;
    request.until = std::min(committed, position_ + range_);
    request.predicate = filter_;
    request.fields = formatter_.fields();
    request.limits.time = 2 * base::kMinute;
    request.limits.stop = stop;
    while (!around_.reads.try_acquire_for(std::chrono::milliseconds(50))) {
        if (stop.stop_requested()) return false;
    }
    size_t bytes = 0;
    bool full = false;
    const Result<uint64_t> given = around_.log.replay(request, [&](StoredEvent&& event) {
        chunk_.push_back(formatter_.format(event));
        bytes += chunk_.back().bytes.size();
        full = bytes >= around_.options.chunk_bytes;
        return !full;
    });
    around_.reads.release();
    if (!given) {
        drop_chunk();
        if (given.error().code() == ErrorCode::resource_exhausted) range_ = std::max(kShortestRange, range_ / 4);
        went_wrong(given.error().at("read events"), stop);
        return false;
    }
    chunk_end_ = full ? chunk_.back().seq : request.until;
    if (full) range_ = std::clamp(chunk_end_ - position_, kShortestRange, kLongestRange);
    else if (bytes < around_.options.chunk_bytes / 2) range_ = std::min(kLongestRange, range_ * 2);
    if (chunk_.empty()) {
        position_ = chunk_end_;
        const std::lock_guard lock(mutex_);
        status_.delivered_seq = position_;
    }
    return !chunk_.empty();
}

void TargetRunner::deliver(const std::stop_token& stop) {
    {
        const std::lock_guard lock(mutex_);
        oldest_waiting_ = chunk_[at_].received;
        if (status_.state != TargetState::retrying) status_.state = TargetState::delivering;
    }
    const auto slice = std::span<const Message>(chunk_).subspan(at_, std::min(slice_, chunk_.size() - at_));
    const Delivered done = outlet_->deliver(slice, stop);
    if (done.count > 0) {
        remember_sent(slice.first(done.count));
        at_ += done.count;
        position_ = at_ == chunk_.size() ? chunk_end_ : chunk_[at_ - 1].seq;
        unkept_events_ += done.count - done.refused;
        forwarded_.add(static_cast<int64_t>(done.count - done.refused));
        refused_.add(static_cast<int64_t>(done.refused));
        if (done.refused > 0) {
            log::warning("events were too large for a target and were passed over",
                         {{"target", target_.settings.name}, {"events", std::to_string(done.refused)}, {"up_to_seq", std::to_string(position_)}});
        }
        const base::Timestamp now = around_.clock.now();
        const std::lock_guard lock(mutex_);
        const int64_t second = now / base::kSecond;
        for (int64_t s = std::max(newest_second_ + 1, second - 59); s <= second; ++s) seconds_[static_cast<size_t>(s % 60)] = 0;
        newest_second_ = std::max(newest_second_, second);
        seconds_[static_cast<size_t>(newest_second_ % 60)] += done.count;
        status_.delivered_seq = position_;
        status_.delivered_events += done.count - done.refused;
        status_.refused += done.refused;
        status_.last_delivered_at = now;
        oldest_waiting_ = at_ < chunk_.size() ? chunk_[at_].received : 0;
        if (!done.error) status_.state = TargetState::delivering;
    }
    if (!done.error) {
        backoff_ = 0;
        slice_ = std::min(outlet_->slice(), slice_ * 2);
        return;
    }
    if (stop.stop_requested()) return;
    slice_ = std::min(slice_, std::max(kSmallestSlice, slice_ / 2));
    if (done.in_doubt && !recent_.empty()) {
        repeated_until_ = position_;
        position_ = recent_.front().seq - 1;
        drop_chunk();
    }
    recent_.clear();
    recent_bytes_ = 0;
    went_wrong(*done.error, stop);
}

void TargetRunner::remember_sent(std::span<const Message> messages) {
    const size_t most = outlet_->resend_bytes();
    if (most == 0) return;
    const base::Timestamp now = base::monotonic_now();
    for (const Message& message : messages) {
        if (message.seq <= repeated_until_) continue;
        recent_.push_back({message.seq, message.bytes.size(), now});
        recent_bytes_ += message.bytes.size();
    }
    while (!recent_.empty() && (recent_bytes_ > most || now - recent_.front().at > kDoubtful)) {
        recent_bytes_ -= recent_.front().bytes;
        recent_.pop_front();
    }
}

void TargetRunner::went_wrong(const base::Error& error, const std::stop_token& stop) {
    if (stop.stop_requested()) return;
    errors_.add();
    const bool first = backoff_ == 0;
    backoff_ = std::min(around_.options.retry_longest, first ? around_.options.retry_first : backoff_ * 2);
    if (first) log::warning("forwarding waits", {{"target", target_.settings.name}, {"error", error.to_string()}});
    {
        const std::lock_guard lock(mutex_);
        status_.state = TargetState::retrying;
        ++status_.errors;
        status_.last_error = error.to_string();
        status_.last_error_at = around_.clock.now();
    }
    keep(false);
    measure();
    // Between half and all of it, so that targets behind one firewall do not come back in one beat.
    pause(backoff_ / 2 + static_cast<base::Duration>(around_.random.next_u64() % static_cast<uint64_t>(backoff_ / 2 + 1)), stop);
}

void TargetRunner::keep(bool now) {
    const base::Timestamp time = base::monotonic_now();
    const base::Duration every = unkept_events_ > 0 ? around_.options.keep_every : std::max(kKeepIdleEvery, around_.options.keep_every);
    if ((position_ <= kept_position_ && unkept_events_ == 0) || (!now && time - last_keep_ < every)) return;
    last_keep_ = time;
    const auto kept = around_.ledger.transaction(
        [&](ledger::Transaction& t) { return around_.targets.advance(t, target_.id, position_, unkept_events_); });
    if (!kept) {  // at worst these events are delivered again
        log::warning("how far a target has come was not written", {{"target", target_.settings.name}, {"error", kept.error().to_string()}});
        return;
    }
    kept_position_ = std::max(kept_position_, position_);
    unkept_events_ = 0;
}

void TargetRunner::measure() {
    const TargetStatus now = status();
    lag_events_.set(static_cast<int64_t>(now.lag_events));
    lag_seconds_.set(now.lag / base::kSecond);
}

void TargetRunner::pause(base::Duration time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, std::chrono::nanoseconds(time), [] { return false; });
}

}  // namespace shuwei::forward
