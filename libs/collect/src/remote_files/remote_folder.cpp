#include "remote_folder.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <mutex>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kMaxListing = 8 << 20;
constexpr long kConnectSeconds = 10;
constexpr long kAnswerSeconds = 30;       // for each answer of an FTP server
constexpr long kStallSeconds = 30;        // without a byte
constexpr long kCommandSeconds = 120;     // a listing, a removal
constexpr long kReadSeconds = 30 * 60;    // a file: what came until then is kept, the rest follows

std::string fingerprint_of_key(std::string_view blob) {
    const crypto::Digest digest = crypto::sha256(blob);
    std::string text = base::base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
    while (text.ends_with('=')) text.pop_back();
    return "SHA256:" + text;
}

bool is_sftp(const RemoteSite& site) { return site.protocol == RemoteProtocol::sftp; }

void initialise_once() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string escaped(std::string_view text, bool keep_slashes) {
    static constexpr std::string_view kPlain = "-._~";
    std::string out;
    for (const char c : text) {
        const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (alnum || kPlain.find(c) != std::string_view::npos || (keep_slashes && c == '/')) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace

std::string RemoteSite::url() const {
    const std::string_view scheme = protocol == RemoteProtocol::sftp            ? "sftp"
                                    : protocol == RemoteProtocol::ftps_implicit ? "ftps"
                                                                                : "ftp";
    const bool v6 = host.find(':') != std::string::npos;
    std::string text = fmt::format("{}://{}{}{}:{}/", scheme, v6 ? "[" : "", host, v6 ? "]" : "", port);
    std::string_view path = folder;
    const bool absolute = path.starts_with('/');
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (is_sftp(*this) && !absolute) text += "~/";
    if (!is_sftp(*this) && absolute) text += "%2F";
    text += escaped(path, true);
    if (!path.empty()) text += '/';
    return text;
}

Result<std::string> host_key_fingerprint(std::string_view text) {
    text = base::trim(text);
    if (text.starts_with("SHA256:")) {
        while (text.ends_with('=')) text.remove_suffix(1);
        const auto digest = base::base64_decode(text.substr(7));
        if (digest && digest->size() == 32) return std::string(text);
    }
    // "host type key", "type key comment", "@cert-authority …" is not taken
    std::string_view rest = text;
    while (!rest.empty() && !text.starts_with('@')) {
        const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
        const std::string_view word = rest.substr(0, end);
        if (word.starts_with("AAAA")) {
            const auto blob = base::base64_decode(word);
            if (blob && blob->size() > 16) return fingerprint_of_key(*blob);
        }
        rest = base::trim(rest.substr(end));
    }
    return base::fail(ErrorCode::invalid_argument, "neither 'SHA256:…' nor a line of known_hosts");
}

struct RemoteFolder::State {
    RemoteSite site;
    const StopSignal& stop;
    CURL* curl = nullptr;
    base::FileDescriptor key_file;  // in memory: libssh2 wants a path
    std::string met_host_key;
    char message[CURL_ERROR_SIZE] = "";

    // of the call that runs
    const Take* take = nullptr;
    bool taken_enough = false;

    State(RemoteSite given, const StopSignal& stopping) : site(std::move(given)), stop(stopping) {}
    ~State() {
        if (curl != nullptr) curl_easy_cleanup(curl);
    }

    template <typename Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(curl, option, value);
    }

    Result<> prepare();
    void begin(const std::string& url, long seconds);
    Result<> perform(const std::string& what);
    Result<> command(const std::string& name, std::vector<std::string> lines);
    Result<std::string> path_in_command(const std::string& name) const;

    static size_t on_bytes(char* data, size_t size, size_t count, void* self);
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    static int on_host_key(void* self, int type, const char* key, size_t length);
};

size_t RemoteFolder::State::on_bytes(char* data, size_t size, size_t count, void* self) {
    auto& state = *static_cast<State*>(self);
    if (state.stop.requested()) return 0;
    if (state.take == nullptr) return size * count;
    if ((*state.take)({data, size * count})) return size * count;
    state.taken_enough = true;
    return size * count == 0 ? 1 : 0;
}

int RemoteFolder::State::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<State*>(self)->stop.requested() ? 1 : 0;
}

int RemoteFolder::State::on_host_key(void* self, int, const char* key, size_t length) {
    auto& state = *static_cast<State*>(self);
    state.met_host_key = fingerprint_of_key({key, length});
    const auto& known = state.site.host_keys;
    return std::find(known.begin(), known.end(), state.met_host_key) != known.end() ? CURLKHMATCH_OK : CURLKHMATCH_MISMATCH;
}

Result<> RemoteFolder::State::prepare() {
    if (site.private_key.empty()) return {};
    key_file = base::FileDescriptor(::memfd_create("key", MFD_CLOEXEC));
    if (!key_file) return base::fail(base::system_error(errno, "hold a private key in memory"));
    std::string text = site.private_key;
    if (!text.ends_with('\n')) text += '\n';
    return base::write_all(key_file.get(), text);
}

// The connection is kept from call to call, options are not.
void RemoteFolder::State::begin(const std::string& url, long seconds) {
    curl_easy_reset(curl);
    message[0] = '\0';
    taken_enough = false;
    set(CURLOPT_ERRORBUFFER, message);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, is_sftp(site) ? "sftp" : "ftp,ftps");
    set(CURLOPT_USERNAME, site.user.c_str());
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, kAnswerSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, kStallSeconds);
    set(CURLOPT_TIMEOUT, seconds);
    set(CURLOPT_BUFFERSIZE, 256L * 1024);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_WRITEFUNCTION, on_bytes);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
    set(CURLOPT_XFERINFODATA, this);
    if (is_sftp(site)) {
        set(CURLOPT_SSH_HOSTKEYFUNCTION, on_host_key);
        set(CURLOPT_SSH_HOSTKEYDATA, this);
        if (key_file) {
            set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PUBLICKEY));
            set(CURLOPT_SSH_PRIVATE_KEYFILE, fmt::format("/proc/self/fd/{}", key_file.get()).c_str());
            if (!site.password.empty()) set(CURLOPT_KEYPASSWD, site.password.c_str());
        } else {
            set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
            set(CURLOPT_PASSWORD, site.password.c_str());
        }
        return;
    }
    set(CURLOPT_PASSWORD, site.password.c_str());
    set(CURLOPT_FTP_FILEMETHOD, static_cast<long>(CURLFTPMETHOD_NOCWD));
    set(CURLOPT_FTP_SKIP_PASV_IP, 1L);
    if (site.protocol == RemoteProtocol::ftp) return;
    set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!site.authorities.empty()) {
        curl_blob blob{site.authorities.data(), site.authorities.size(), CURL_BLOB_COPY};
        set(CURLOPT_CAINFO_BLOB, &blob);
    }
}

Result<> RemoteFolder::State::perform(const std::string& what) {
    const CURLcode outcome = curl_easy_perform(curl);
    if (outcome == CURLE_OK || (taken_enough && outcome == CURLE_WRITE_ERROR)) return {};
    const auto failed = [&](ErrorCode code) {
        const char* const text = message[0] != '\0' ? message : curl_easy_strerror(outcome);
        return base::fail(base::Error(code, base::replace_invalid_utf8(text)).at(what));
    };
    if (stop.requested()) return failed(ErrorCode::cancelled);
    if (is_sftp(site) && outcome == CURLE_PEER_FAILED_VERIFICATION && !met_host_key.empty()) {
        auto error = site.host_keys.empty()
                         ? base::Error(ErrorCode::invalid_argument, "the server shows " + met_host_key + ": set it here once you know it is the server's")
                         : base::Error(ErrorCode::permission_denied, "the server shows " + met_host_key + ", which is not the key set here");
        return base::fail(std::move(error).at("host_key"));
    }
    switch (outcome) {
        case CURLE_OPERATION_TIMEDOUT: return failed(ErrorCode::deadline_exceeded);
        case CURLE_REMOTE_FILE_NOT_FOUND:
        case CURLE_REMOTE_ACCESS_DENIED:
        case CURLE_FTP_COULDNT_RETR_FILE: return failed(ErrorCode::not_found);
        case CURLE_BAD_DOWNLOAD_RESUME:
        case CURLE_FTP_COULDNT_USE_REST: return failed(ErrorCode::too_large);
        case CURLE_LOGIN_DENIED:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_USE_SSL_FAILED:
        case CURLE_SSL_CACERT_BADFILE: return failed(ErrorCode::permission_denied);
        default: return failed(ErrorCode::unavailable);
    }
}

// Within a command a path stands as it is (FTP) or quoted (libcurl's SFTP commands).
Result<std::string> RemoteFolder::State::path_in_command(const std::string& name) const {
    std::string path = site.folder;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (!path.empty() && path != "/") path += '/';
    path += name;
    if (std::any_of(path.begin(), path.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; })) {
        return base::fail(ErrorCode::invalid_argument, "a file's name breaks the line");
    }
    if (!is_sftp(site)) return path;
    std::string quoted = "\"";
    for (const char c : path) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

Result<> RemoteFolder::State::command(const std::string& name, std::vector<std::string> lines) {
    const std::string url = site.url();
    begin(url, kCommandSeconds);
    curl_slist* list = nullptr;
    for (const std::string& line : lines) list = curl_slist_append(list, line.c_str());
    take = nullptr;
    set(CURLOPT_QUOTE, list);
    set(CURLOPT_NOBODY, 1L);
    auto done = perform(name);
    set(CURLOPT_QUOTE, static_cast<curl_slist*>(nullptr));
    curl_slist_free_all(list);
    return done;
}

RemoteFolder::RemoteFolder(std::unique_ptr<State> state) : state_(std::move(state)) {}
RemoteFolder::~RemoteFolder() = default;

const std::string& RemoteFolder::met_host_key() const { return state_->met_host_key; }

Result<std::unique_ptr<RemoteFolder>> RemoteFolder::open(RemoteSite site, const StopSignal& stop) {
    initialise_once();
    auto state = std::make_unique<State>(std::move(site), stop);
    state->curl = curl_easy_init();
    if (state->curl == nullptr) return base::fail(ErrorCode::resource_exhausted, "libcurl cannot begin");
    TRY(state->prepare());
    return std::unique_ptr<RemoteFolder>(new RemoteFolder(std::move(state)));
}

Result<RemoteFolder::Listing> RemoteFolder::list() {
    State& state = *state_;
    const std::string url = state.site.url();
    state.begin(url, kCommandSeconds);
    std::string text;
    Listing listing;
    const Take take = [&](std::string_view bytes) {
        listing.cut = text.size() + bytes.size() > kMaxListing;
        text += bytes.substr(0, kMaxListing - text.size());
        return !listing.cut;
    };
    state.take = &take;
    auto done = state.perform(url);
    state.take = nullptr;
    if (!done) return base::fail(std::move(done).error());
    std::string_view rest = text;
    while (!rest.empty()) {
        const size_t end = rest.find('\n');
        if (end == std::string_view::npos && listing.cut) break;  // half a line
        if (auto file = parse_listing_line(rest.substr(0, end))) listing.files.push_back(std::move(*file));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return listing;
}

Result<> RemoteFolder::read(const std::string& name, uint64_t offset, const Take& take) {
    State& state = *state_;
    const std::string url = state.site.url() + escaped(name, false);
    state.begin(url, kReadSeconds);
    if (offset > 0) state.set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(offset));
    state.take = &take;
    auto done = state.perform(name);
    state.take = nullptr;
    return done;
}

Result<> RemoteFolder::remove(const std::string& name) {
    TRY_ASSIGN(const std::string path, state_->path_in_command(name));
    return state_->command(name, {(is_sftp(state_->site) ? "rm " : "DELE ") + path});
}

Result<> RemoteFolder::rename(const std::string& name, const std::string& to) {
    TRY_ASSIGN(const std::string from_path, state_->path_in_command(name));
    TRY_ASSIGN(const std::string to_path, state_->path_in_command(to));
    if (is_sftp(state_->site)) return state_->command(name, {"rename " + from_path + ' ' + to_path});
    return state_->command(name, {"RNFR " + from_path, "RNTO " + to_path});
}

}  // namespace shuwei::collect
