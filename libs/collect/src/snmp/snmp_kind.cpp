#include "snmp_kind.hpp"

#include <fmt/format.h>

#include "shuwei/base/file.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/socket.hpp"
#include "trap_receiver.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr int kReceiveBuffer = 8 << 20;
constexpr size_t kToldRemarks = 10;

constexpr InputField kFields[] = {
    {.name = "address", .need = InputFieldNeed::required},
    {.name = "communities", .type = InputFieldType::secret},  // one a line
    {.name = "users", .type = InputFieldType::secret},        // one a line, as read_snmp_user() has it
    {.name = "mib_folders", .type = InputFieldType::paths},
};

struct SnmpOptions {
    net::SocketAddress address;
    std::vector<std::string> communities;
    std::vector<SnmpUser> users;
    std::vector<std::filesystem::path> mib_folders;
};

Result<SnmpOptions> options_of(const InputSettings& settings) {
    SnmpOptions options;
    auto address = net::SocketAddress::parse(settings.text("address"));
    if (!address) return base::fail(std::move(address).error().at("address"));
    options.address = *address;
    options.communities = settings.list("communities");
    for (const auto& line : settings.list("users")) {
        auto user = read_snmp_user(line);
        if (!user) return base::fail(std::move(user).error().at("users"));
        options.users.push_back(std::move(*user));
    }
    if (options.communities.empty() && options.users.empty()) {
        return base::fail(base::Error(ErrorCode::invalid_argument, "neither a community nor a user is given: nothing would be accepted").at("communities"));
    }
    for (const auto& folder : settings.list("mib_folders")) options.mib_folders.emplace_back(folder);
    return options;
}

// Our engine: its id stays, its boots rise with every start, so that nothing from before can be repeated (RFC 3414, 2.2).
Result<Usm::Engine> own_engine(const std::filesystem::path& folder) {
    base::SystemRandom random;
    const auto file = folder / "engine";
    std::string id;
    uint64_t boots = 0;
    if (const auto text = base::read_file(file, 1024); text) {
        const size_t space = text->find(' ');
        const auto number = space == std::string::npos ? std::nullopt : base::parse_uint(base::trim(std::string_view(*text).substr(space)));
        const bool sound = number && space >= 10 && space <= 64 && space % 2 == 0 && text->find_first_not_of("0123456789abcdef") == space;
        if (!sound) return base::fail(base::Error(ErrorCode::data_corrupt, "is not an engine's id and boots").at(file.string()));
        id = text->substr(0, space);
        boots = *number;
    } else if (text.error().code() != ErrorCode::not_found) {
        return base::fail(text.error());
    }
    // RFC 3411, 5: no enterprise, octets of our own choice. A new one, too, after the last of the boots.
    if (id.empty() || boots >= INT32_MAX - 1) {
        id = "8000000005" + random.hex(12);
        boots = 0;
    }
    ++boots;
    TRY(base::write_file_durably(file, fmt::format("{} {}\n", id, boots), 0600));
    Usm::Engine engine{.id = {}, .boots = static_cast<uint32_t>(boots), .started = base::monotonic_now(), .first_salt = static_cast<uint32_t>(random.next_u64())};
    for (size_t i = 0; i + 1 < id.size(); i += 2) engine.id += static_cast<char>(std::stoi(id.substr(i, 2), nullptr, 16));
    return engine;
}

std::filesystem::path tables_in(const std::filesystem::path& content) { return content.empty() ? content : content / "mibs"; }

Result<std::unique_ptr<Input>> start(const InputSettings& settings, const InputPlace& place) {
    TRY_ASSIGN(auto options, options_of(settings));
    TRY_ASSIGN(auto socket, net::bind_udp(options.address, kReceiveBuffer));
    TRY_ASSIGN(auto engine, own_engine(place.folder));
    auto mibs = MibNames::load(tables_in(place.content), options.mib_folders);
    TrapReader reader(std::move(options.communities), Usm(std::move(options.users), std::move(engine)), std::move(mibs.names));
    std::vector<std::string> remarks = std::move(mibs.unreadable);
    remarks.insert(remarks.end(), mibs.orphans.begin(), mibs.orphans.end());
    return std::make_unique<TrapReceiver>(std::move(socket), place, std::move(reader), remarks);
}

// Binds for a moment and reads the users' MIB files.
Result<InputTrial> test(const InputSettings& settings) {
    TRY_ASSIGN(const auto options, options_of(settings));
    TRY(net::bind_udp(options.address));
    InputTrial trial{{options.address.to_string()}};
    if (!options.mib_folders.empty()) {
        auto mibs = MibNames::load({}, options.mib_folders);
        trial.found.push_back(fmt::format("MIB: {}", mibs.files));
        // Names that only the content's tables hold are missing here: of interest are files that cannot be read.
        for (const auto& remark : mibs.unreadable) {
            if (trial.found.size() < kToldRemarks) trial.found.push_back(remark);
        }
    }
    return trial;
}

}  // namespace

const InputKind kSnmpTrapKind{"snmp_trap", kFields, start, test};

}  // namespace shuwei::collect
