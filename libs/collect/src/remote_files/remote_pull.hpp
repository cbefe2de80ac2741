// Reads the files of a remote folder in turns: what is new in each, lines in order, every line once. Positions are
// remembered after the lines before them are on disk: after a crash those of the last moments may come twice.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "../polling_input.hpp"
#include "remote_folder.hpp"
#include "remote_positions.hpp"
#include "remote_text.hpp"

namespace shuwei::collect {

enum class AfterReading : uint8_t { leave, remove, rename };

struct RemotePullOptions {
    RemoteSite site;
    std::string pattern = "*";  // glob on names
    base::Duration interval = base::kMinute;
    AfterReading after = AfterReading::leave;
    std::string renamed_suffix = ".done";  // files that bear it are not read
};

class RemotePull : public PollingInput {
public:
    // Reads the positions; those that are damaged are reported and taken for none.
    static base::Result<std::unique_ptr<Input>> start(RemotePullOptions options, const InputPlace& place);
    ~RemotePull() override;

private:
    using Before = std::map<std::string, RemotePosition>;  // positions when the turn began

    RemotePull(RemotePullOptions options, const InputPlace& place);

    base::Result<base::Duration> turn() override;
    bool wanted(const RemoteFile& file) const;
    base::Result<> pull(const RemoteFile& file, const Before& before);
    base::Result<> pull_text(const RemoteFile& file, const Before& before, RemoteText::Rest rest);
    base::Result<> read_text(const RemoteFile& file, RemoteText& text, uint64_t begin);
    base::Result<> pull_whole(const RemoteFile& file, const Before& before);
    base::Result<> import_gzip(int fd, const RemoteFile& file, const Before& before);
    base::Result<> import_event_log(int fd, const RemoteFile& file, const Before& before);
    base::Result<> put_away(const RemoteFile& file);
    std::optional<RemotePosition> recognise(const RemoteFile& file, const Before& before, std::string_view beginning) const;
    bool spool(std::vector<spool::FrameView>& frames);
    void displace(const std::string& name);
    void forget_gone();
    base::Result<> remember();

    RemotePullOptions options_;
    InputPlace place_;
    std::string source_;
    ListenerCounters& counters_;
    std::unique_ptr<RemoteFolder> folder_;
    RemotePositions positions_;
    std::map<std::string, uint64_t> listed_;                // sizes in the turn's listing
    std::map<std::string, base::Timestamp> waiting_since_;  // files with an unfinished last line, unchanged since
    bool changed_ = false;      // positions differ from those on disk
    bool more_ = false;         // this turn left something to read at once
    uint64_t unsaved_bytes_ = 0;
    uint64_t last_seq_ = 0;
};

}  // namespace shuwei::collect
