#include "remote_kinds.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "remote_pull.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr auto kTrialSeconds = std::chrono::seconds(13);
constexpr size_t kNamesTold = 5;

constexpr std::string_view kAfter[] = {"leave", "remove", "rename"};
constexpr std::string_view kTls[] = {"explicit", "implicit", "none"};

constexpr InputField kFtpFields[] = {
    {.name = "host", .need = InputFieldNeed::required},
    {.name = "port", .type = InputFieldType::integer, .least = 1, .most = 65535},  // 21; 990 where TLS is implicit
    {.name = "tls", .type = InputFieldType::choice, .fallback = "explicit", .choices = kTls},
    {.name = "authorities", .type = InputFieldType::block},
    {.name = "user", .fallback = "anonymous"},
    {.name = "password", .type = InputFieldType::secret},
    {.name = "folder", .need = InputFieldNeed::required},
    {.name = "pattern", .fallback = "*"},
    {.name = "interval", .type = InputFieldType::integer, .fallback = "60", .least = 1, .most = 86'400},
    {.name = "after", .type = InputFieldType::choice, .fallback = "leave", .choices = kAfter},
    {.name = "renamed_suffix", .fallback = ".done"},
};

constexpr InputField kSftpFields[] = {
    {.name = "host", .need = InputFieldNeed::required},
    {.name = "port", .type = InputFieldType::integer, .fallback = "22", .least = 1, .most = 65535},
    {.name = "host_key", .type = InputFieldType::list},  // start() wants one; without, test() tells which one it met
    {.name = "user", .need = InputFieldNeed::required},
    {.name = "password", .type = InputFieldType::secret},
    {.name = "private_key", .type = InputFieldType::secret},
    {.name = "folder", .need = InputFieldNeed::required},
    {.name = "pattern", .fallback = "*"},
    {.name = "interval", .type = InputFieldType::integer, .fallback = "60", .least = 1, .most = 86'400},
    {.name = "after", .type = InputFieldType::choice, .fallback = "leave", .choices = kAfter},
    {.name = "renamed_suffix", .fallback = ".done"},
};

Result<> wrong(std::string_view field, std::string what) {
    return base::fail(base::Error(ErrorCode::invalid_argument, std::move(what)).at(std::string(field)));
}

bool host_is_plain(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == ':';
    });
}

Result<RemotePullOptions> common_options(const InputSettings& settings) {
    RemotePullOptions options;
    RemoteSite& site = options.site;
    site.host = settings.text("host");
    if (!host_is_plain(site.host)) return base::fail(wrong("host", "is a name or an address").error());
    site.port = static_cast<int>(settings.integer("port"));
    site.user = settings.text("user");
    site.password = settings.text("password");
    site.folder = settings.text("folder");
    options.pattern = settings.text("pattern");
    if (options.pattern.find('/') != std::string::npos) return base::fail(wrong("pattern", "is for names within the folder").error());
    options.interval = settings.integer("interval") * base::kSecond;
    const std::string& after = settings.text("after");
    options.after = after == "remove" ? AfterReading::remove : after == "rename" ? AfterReading::rename : AfterReading::leave;
    options.renamed_suffix = settings.text("renamed_suffix");
    if (options.renamed_suffix.find('/') != std::string::npos) return base::fail(wrong("renamed_suffix", "is a part of a name").error());
    return options;
}

Result<RemotePullOptions> ftp_options(const InputSettings& settings) {
    TRY_ASSIGN(auto options, common_options(settings));
    RemoteSite& site = options.site;
    const std::string& tls = settings.text("tls");
    site.protocol = tls == "none" ? RemoteProtocol::ftp : tls == "implicit" ? RemoteProtocol::ftps_implicit : RemoteProtocol::ftps_explicit;
    if (site.port == 0) site.port = tls == "implicit" ? 990 : 21;
    site.authorities = settings.text("authorities");
    return options;
}

Result<RemotePullOptions> sftp_options(const InputSettings& settings) {
    TRY_ASSIGN(auto options, common_options(settings));
    RemoteSite& site = options.site;
    site.protocol = RemoteProtocol::sftp;
    site.private_key = settings.text("private_key");
    for (const std::string& line : settings.list("host_key")) {
        auto key = host_key_fingerprint(line);
        if (!key) return base::fail(std::move(key).error().at("host_key"));
        site.host_keys.push_back(std::move(*key));
    }
    return options;
}

Result<InputTrial> look(const RemotePullOptions& options, const StopSignal& stop) {
    TRY_ASSIGN(const auto folder, RemoteFolder::open(options.site, stop));
    TRY_ASSIGN(const RemoteFolder::Listing listing, folder->list());
    InputTrial trial;
    if (!folder->met_host_key().empty()) trial.found.push_back(folder->met_host_key());
    std::vector<std::string> names;
    for (const RemoteFile& file : listing.files) {
        if (::fnmatch(options.pattern.c_str(), file.name.c_str(), FNM_PERIOD) == 0) names.push_back(base::replace_invalid_utf8(file.name));
    }
    trial.found.push_back(fmt::format("{}: {}", options.pattern, names.size()));
    names.resize(std::min(names.size(), kNamesTold));
    trial.found.insert(trial.found.end(), names.begin(), names.end());
    return trial;
}

// Stops itself in time, whatever the server does.
Result<InputTrial> tried(Result<RemotePullOptions> options) {
    if (!options) return base::fail(std::move(options).error());
    StopSignal stop;
    auto answer = std::async(std::launch::async, [&] { return look(*options, stop); });
    const bool late = answer.wait_for(kTrialSeconds) != std::future_status::ready;
    stop.request();
    auto trial = answer.get();
    if (late && !trial) return base::fail(base::Error(ErrorCode::deadline_exceeded, "no answer in time").at(options->site.url()));
    return trial;
}

Result<std::unique_ptr<Input>> start_ftp(const InputSettings& settings, const InputPlace& place) {
    TRY_ASSIGN(auto options, ftp_options(settings));
    return RemotePull::start(std::move(options), place);
}

Result<std::unique_ptr<Input>> start_sftp(const InputSettings& settings, const InputPlace& place) {
    TRY_ASSIGN(auto options, sftp_options(settings));
    if (options.site.host_keys.empty()) return base::fail(wrong("host_key", "is missing: a test shows the key that the server has").error());
    return RemotePull::start(std::move(options), place);
}

Result<InputTrial> test_ftp(const InputSettings& settings) { return tried(ftp_options(settings)); }
Result<InputTrial> test_sftp(const InputSettings& settings) { return tried(sftp_options(settings)); }

}  // namespace

const InputKind kFtpKind{"ftp", kFtpFields, start_ftp, test_ftp};
const InputKind kSftpKind{"sftp", kSftpFields, start_sftp, test_sftp};

}  // namespace shuwei::collect
