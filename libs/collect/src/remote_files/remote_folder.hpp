// A folder on an FTP, FTPS or SFTP server, over libcurl. The server is not trusted: its answers are bounded in size and
// time, its certificate or host key is checked before a password leaves the house. One owner, one thread; a call blocks
// until the server has answered, a limit is met, or stopping was requested.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../stop_signal.hpp"
#include "remote_listing.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::collect {

enum class RemoteProtocol : uint8_t { ftp, ftps_explicit, ftps_implicit, sftp };

struct RemoteSite {
    RemoteProtocol protocol = RemoteProtocol::sftp;
    std::string host;
    int port = 0;
    std::string user;
    std::string password;
    std::string private_key;             // sftp: the text of the key file; `password` then unlocks it
    std::vector<std::string> host_keys;  // sftp: "SHA256:…" each; one of them must be met
    std::string authorities;             // ftps: certificates in PEM, of the server or who signed it; empty: the system's
    std::string folder;                  // "/var/log", or relative to the user's home

    std::string url() const;             // without user; ends with '/'
};

// "SHA256:…" of a host key given as that, or as a line of known_hosts or of a public key file. invalid_argument.
base::Result<std::string> host_key_fingerprint(std::string_view text);

class RemoteFolder {
public:
    static base::Result<std::unique_ptr<RemoteFolder>> open(RemoteSite site, const StopSignal& stop);
    ~RemoteFolder();
    RemoteFolder(const RemoteFolder&) = delete;
    RemoteFolder& operator=(const RemoteFolder&) = delete;

    struct Listing {
        std::vector<RemoteFile> files;
        bool cut = false;  // there was more than 8 MiB of it
    };
    base::Result<Listing> list();

    // Gives the file's bytes from `offset` on to `take`, until the end or until it returns false (no error either way).
    // not_found: the file is gone or may not be read. too_large: the file ends before `offset`.
    using Take = std::function<bool(std::string_view bytes)>;
    base::Result<> read(const std::string& name, uint64_t offset, const Take& take);

    base::Result<> remove(const std::string& name);
    base::Result<> rename(const std::string& name, const std::string& to);

    // The key the SFTP server has shown, "SHA256:…"; empty before the first call.
    const std::string& met_host_key() const;

private:
    struct State;
    explicit RemoteFolder(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::collect
