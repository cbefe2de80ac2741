#include "shuwei/custody/inclusion_proof.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shuwei/base/text.hpp"
#include "shuwei/custody/leaf.hpp"
#include "shuwei/custody/merkle_tree.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::string_view kFormat = "shuwei inclusion proof 1";

json hex_list(const std::vector<crypto::Digest>& digests) {
    json list = json::array();
    for (const crypto::Digest& digest : digests) list.push_back(crypto::to_hex(digest));
    return list;
}

crypto::Digest digest_in(const json& value) {
    const auto digest = parse_digest(value.get<std::string>());
    if (!digest) throw std::invalid_argument("a digest is not 64 hexadecimal digits");
    return *digest;
}

std::string bytes_in(const json& value) {
    auto bytes = base::base64_decode(value.get<std::string>());
    if (!bytes) throw std::invalid_argument("broken base64");
    return *bytes;
}

InclusionProof read(const json& from) {
    if (from.at("format").get<std::string>() != kFormat) throw std::invalid_argument("not a proof of this format");
    InclusionProof proof;
    const json& event = from.at("event");
    proof.seq = event.at("seq").get<uint64_t>();
    proof.received = event.at("received_us").get<int64_t>() * base::kMicrosecond;
    proof.peer = event.at("peer").get<std::string>();
    proof.raw = bytes_in(event.at("raw_base64"));
    proof.index = from.at("index").get<uint64_t>();
    for (const json& sibling : from.at("path")) proof.path.push_back(digest_in(sibling));
    const json& seal = from.at("seal");
    proof.seal.chain.tenant = seal.at("tenant").get<uint32_t>();
    proof.seal.chain.retention_class = seal.at("class").get<uint8_t>();
    proof.seal.number = seal.at("number").get<int64_t>();
    proof.seal.first_seq = seal.at("first_seq").get<uint64_t>();
    proof.seal.last_seq = seal.at("last_seq").get<uint64_t>();
    proof.seal.events = seal.at("events").get<uint64_t>();
    proof.seal.first_received = seal.at("first_received_us").get<int64_t>() * base::kMicrosecond;
    proof.seal.last_received = seal.at("last_received_us").get<int64_t>() * base::kMicrosecond;
    proof.seal.root = digest_in(seal.at("root"));
    proof.seal.tags = digest_in(seal.at("tags"));
    proof.seal.previous = digest_in(seal.at("previous"));
    proof.seal.link = digest_in(seal.at("link"));
    for (const json& content : from.at("later")) proof.later.push_back(digest_in(content));
    const json& head = from.at("head");
    proof.head_number = head.at("number").get<int64_t>();
    proof.head = digest_in(head.at("link"));
    if (from.contains("time_stamp")) {
        const json& stamp = from.at("time_stamp");
        proof.stamped_number = stamp.at("number").get<int64_t>();
        proof.time_stamp = bytes_in(stamp.at("token_base64"));
    }
    return proof;
}

}  // namespace

std::string InclusionProof::to_json() const {
    json document = {
        {"format", kFormat},
        {"event",
         {{"seq", seq}, {"received_us", received / base::kMicrosecond}, {"peer", peer}, {"raw_base64", base::base64_encode(raw)}}},
        {"index", index},
        {"path", hex_list(path)},
        {"seal",
         {{"tenant", seal.chain.tenant},
          {"class", seal.chain.retention_class},
          {"number", seal.number},
          {"first_seq", seal.first_seq},
          {"last_seq", seal.last_seq},
          {"events", seal.events},
          {"first_received_us", seal.first_received / base::kMicrosecond},
          {"last_received_us", seal.last_received / base::kMicrosecond},
          {"root", crypto::to_hex(seal.root)},
          {"tags", crypto::to_hex(seal.tags)},
          {"previous", crypto::to_hex(seal.previous)},
          {"link", crypto::to_hex(seal.link)}}},
        {"later", hex_list(later)},
        {"head", {{"number", head_number}, {"link", crypto::to_hex(head)}}}};
    if (!time_stamp.empty()) document["time_stamp"] = {{"number", stamped_number}, {"token_base64", base::base64_encode(time_stamp)}};
    return document.dump(2);
}

Result<InclusionProof> InclusionProof::parse(std::string_view text) {
    try {
        return read(json::parse(text));
    } catch (const std::exception& exception) {
        return fail(ErrorCode::invalid_argument, std::string("not an inclusion proof: ") + exception.what());
    }
}

Result<std::optional<crypto::TimeStamp>> InclusionProof::check(const std::string& authorities) const {
    const auto wrong = [](std::string what) { return fail(ErrorCode::invalid_argument, std::move(what)); };
    const auto address = base::IpAddress::parse(peer);
    if (!address) return wrong("'" + peer + "' is no address");
    if (seq < seal.first_seq || seq > seal.last_seq) return wrong("the event is not within the seal's range");
    TRY_ASSIGN(const crypto::Digest root, root_of_path(leaf_digest({seq, received, *address, raw}), index, seal.events, path));
    if (root != seal.root) return wrong(fmt::format("the event does not lead to the root of seal {}: line, time or path were changed", seal.number));
    if (link_digest(seal.previous, content_digest(seal)) != seal.link) return wrong(fmt::format("seal {} was changed", seal.number));
    crypto::Digest link = seal.link;
    std::optional<crypto::Digest> stamped;
    int64_t number = seal.number;
    if (number == stamped_number) stamped = link;
    for (const crypto::Digest& content : later) {
        link = link_digest(link, content);
        if (++number == stamped_number) stamped = link;
    }
    if (link != head || number != head_number) return wrong(fmt::format("the chain does not lead from seal {} to the head", seal.number));
    if (time_stamp.empty()) return std::optional<crypto::TimeStamp>{};
    if (!stamped) return wrong("the time stamp belongs to no seal of the proof");
    const std::string_view bytes(reinterpret_cast<const char*>(stamped->data()), stamped->size());
    auto stamp = authorities.empty() ? crypto::read_time_stamp(time_stamp, bytes) : crypto::check_time_stamp(time_stamp, bytes, authorities);
    if (stamp) return *stamp;
    if (stamp.error().code() == ErrorCode::not_found) return fail(stamp.error());
    return wrong(stamp.error().message());
}

}  // namespace shuwei::custody
