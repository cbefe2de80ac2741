#include "shuwei/intake/input_runner.hpp"

#include <fmt/format.h>

#include "shuwei/base/log.hpp"

namespace shuwei::intake {

using base::Result;

namespace {

constexpr base::Duration kRetry = 10 * base::kSecond;

Result<std::unique_ptr<collect::Input>> make_input(const InputRecord& record, const InputRunner::OpenSettings& open,
                                                   collect::FrameSink& sink, const std::filesystem::path& folder,
                                                   const std::filesystem::path& content, const collect::ReadableFolders& readable) {
    const collect::InputKind* const kind = collect::find_input_kind(record.kind);
    if (kind == nullptr) return base::fail(base::ErrorCode::not_found, "this program knows no inputs of kind " + record.kind);
    TRY_ASSIGN(const auto settings, open(record));
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return base::fail(base::system_error(error.value(), "make folder " + folder.string()));
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    const collect::InputPlace place{{record.listener(), InputRunner::label_of(record), record.tenant}, sink, folder, record.pack, content,
                                    record.origin == InputOrigin::people ? readable : collect::ReadableFolders::everywhere()};
    return kind->start(settings, place);
}

}  // namespace

std::string InputRunner::label_of(const InputRecord& record) {
    return record.tenant == 1 ? record.name : fmt::format("{}/{}", record.tenant, record.name);
}

// Inputs are stopped and started outside the lock: status() never waits for the other side of one.
void InputRunner::apply(std::span<const InputRecord> records, const OpenSettings& settings) {
    for (const InputRecord& record : records) {
        std::unique_ptr<collect::Input> old;
        {
            const std::scoped_lock lock(mutex_);
            Slot& slot = slots_[record.id];
            const bool changed = slot.revision != record.revision;
            if (!changed && (slot.error.empty() || base::monotonic_now() < slot.retry_at)) continue;
            slot.revision = record.revision;
            slot.error.clear();
            old = std::move(slot.input);
        }
        if (old) old->stop();
        old.reset();
        if (record.state != InputState::active) continue;
        auto made = make_input(record, settings, sink_, folder_ / std::to_string(record.id), content_, readable_);
        const std::scoped_lock lock(mutex_);
        Slot& slot = slots_[record.id];
        if (made) {
            slot.input = std::move(*made);
            base::log::info("an input runs", {{"input", label_of(record)}, {"kind", record.kind}, {"address", slot.input->status().address}});
        } else {
            slot.error = made.error().to_string();
            slot.error_at = sink_.now();
            slot.retry_at = base::monotonic_now() + kRetry;
            base::log::error("an input could not be started", {{"input", label_of(record)}, {"error", slot.error}});
        }
    }
}

InputRunner::Running InputRunner::status(int64_t id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = slots_.find(id);
    if (found == slots_.end()) return {};
    const Slot& slot = found->second;
    if (slot.input) return {true, slot.input->status()};
    return {false, {.last_error = slot.error, .last_error_at = slot.error_at, .errors = slot.error.empty() ? 0u : 1u, .working = slot.error.empty()}};
}

void InputRunner::stop() {
    std::map<int64_t, Slot> slots;
    {
        const std::scoped_lock lock(mutex_);
        slots.swap(slots_);
    }
    for (auto& [id, slot] : slots) {
        if (slot.input) slot.input->stop();
    }
}

}  // namespace shuwei::intake
