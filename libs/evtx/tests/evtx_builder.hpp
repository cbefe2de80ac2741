// Test helper: writes small event log files byte by byte, right or wrong on purpose.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shuwei::evtx::test {

// Little-endian bytes of a number, UTF-16 of ASCII (and of any BMP character given as u"").
template <typename Number>
std::string bytes_of(Number number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}
inline std::string utf16(std::string_view text) {
    std::string out;
    for (const char c : text) (out += c) += '\0';
    return out;
}
inline std::string utf16(std::u16string_view text) { return {reinterpret_cast<const char*>(text.data()), text.size() * 2}; }

struct TypedValue {
    uint8_t type;
    std::string bytes;
};

// The records of one chunk. Offsets in BinXML are those of the chunk, so it knows where it stands.
class ChunkBuilder {
public:
    static constexpr size_t kHeader = 512;

    uint32_t at() const { return static_cast<uint32_t>(kHeader + bytes_.size()); }
    const std::string& bytes() const { return bytes_; }
    std::string& bytes() { return bytes_; }

    ChunkBuilder& raw(std::string_view bytes) { bytes_ += bytes; return *this; }
    template <typename Number>
    ChunkBuilder& number(Number value) { return raw(bytes_of(value)); }
    void patch(uint32_t place, uint32_t value) { std::memcpy(bytes_.data() + place - kHeader, &value, 4); }

    ChunkBuilder& begin_record(uint64_t id, uint64_t file_time = 133'000'000'000'000'000) {
        record_ = at();
        if (records_++ == 0) first_id_ = id;
        last_id_ = id;
        return raw(std::string_view("**\0\0", 4)).number(uint32_t{0}).number(id).number(file_time).raw(std::string_view("\x0F\x01\x01\x00", 4));
    }
    ChunkBuilder& end_record() {
        number(uint8_t{0});
        number(uint32_t{0});
        patch(record_ + 4, at() - record_);
        patch(at() - 4, at() - record_);
        return *this;
    }

    // A name, behind its offset at first use and by its offset alone later.
    ChunkBuilder& name(const std::string& text) {
        if (const auto known = names_.find(text); known != names_.end()) return number(known->second);
        names_[text] = at() + 4;
        return number(at() + 4).number(uint32_t{0}).number(uint16_t{0}).number(static_cast<uint16_t>(text.size())).raw(utf16(text)).number(uint16_t{0});
    }
    ChunkBuilder& open(const std::string& element) { return number(uint8_t{0x01}).number(uint16_t{0xFFFF}).number(uint32_t{0}).name(element); }
    ChunkBuilder& open_with_attributes(const std::string& element) {
        return number(uint8_t{0x41}).number(uint16_t{0xFFFF}).number(uint32_t{0}).name(element).number(uint32_t{0});
    }
    ChunkBuilder& attribute(const std::string& text) { return number(uint8_t{0x06}).name(text); }
    ChunkBuilder& text(std::string_view utf8) { return number(uint8_t{0x05}).number(uint8_t{0x01}).number(static_cast<uint16_t>(utf8.size())).raw(utf16(utf8)); }
    ChunkBuilder& value(uint16_t index, uint8_t type = 0x01) { return number(uint8_t{0x0E}).number(index).number(type); }
    ChunkBuilder& close_start() { return number(uint8_t{0x02}); }
    ChunkBuilder& close_empty() { return number(uint8_t{0x03}); }
    ChunkBuilder& end() { return number(uint8_t{0x04}); }
    ChunkBuilder& element(const std::string& name, uint16_t index) { return open(name).close_start().value(index).end(); }
    ChunkBuilder& data(const std::string& name, uint16_t index) {
        return open_with_attributes("Data").attribute("Name").text(name).close_start().value(index).end();
    }

    // A template instance: its definition is written at first use by `define`.
    template <typename Define>
    ChunkBuilder& instance(uint32_t identifier, Define define, const std::vector<TypedValue>& values) {
        number(uint8_t{0x0C}).number(uint8_t{1}).number(identifier);
        if (const auto known = templates_.find(identifier); known != templates_.end()) {
            number(known->second);
        } else {
            templates_[identifier] = at() + 4;
            number(at() + 4).number(uint32_t{0}).raw(std::string(16, 'g')).number(uint32_t{0});
            const uint32_t begin = at();
            raw(std::string_view("\x0F\x01\x01\x00", 4));
            define(*this);
            number(uint8_t{0});
            patch(begin - 4, at() - begin);
        }
        number(static_cast<uint32_t>(values.size()));
        for (const TypedValue& one : values) number(static_cast<uint16_t>(one.bytes.size())).number(one.type).number(uint8_t{0});
        for (const TypedValue& one : values) raw(one.bytes);
        return *this;
    }

    // <Event><System><EventID>, <EventRecordID>, <Computer></System><EventData><Data Name="CommandLine"></EventData>
    ChunkBuilder& event(uint64_t id, std::string_view command) {
        begin_record(id);
        instance(1,
                 [](ChunkBuilder& to) {
                     to.open_with_attributes("Event").attribute("xmlns").text("urn:test").close_start();
                     to.open("System").close_start().element("EventID", 0).element("EventRecordID", 1).element("Computer", 2).end();
                     to.open("EventData").close_start().data("CommandLine", 3).end().end();
                 },
                 {{0x06, bytes_of(uint16_t{4688})}, {0x0A, bytes_of(id)}, {0x01, utf16("ws-1")}, {0x01, utf16(command)}});
        return end_record();
    }

    // The chunk as it stands in a file.
    std::string chunk(size_t size = 65'536) const {
        std::string out("ElfChnk\0", 8);
        const auto put = [&](auto value) { out += bytes_of(value); };
        put(first_id_); put(last_id_); put(first_id_); put(last_id_);
        put(uint32_t{128}); put(record_); put(at());
        put(static_cast<uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(bytes_.data()), static_cast<uInt>(bytes_.size()))));
        out.resize(kHeader);
        const auto* const header = reinterpret_cast<const Bytef*>(out.data());
        const auto sum = static_cast<uint32_t>(::crc32(::crc32(0, header, 120), header + 128, 384));
        std::memcpy(out.data() + 124, &sum, 4);
        out += bytes_;
        if (out.size() < size) out.resize(size);
        return out;
    }

private:
    std::string bytes_;
    uint32_t record_ = kHeader;
    uint64_t records_ = 0;
    uint64_t first_id_ = 0;
    uint64_t last_id_ = 0;
    std::map<std::string, uint32_t> names_;
    std::map<uint32_t, uint32_t> templates_;
};

inline std::string file_of(const std::vector<std::string>& chunks, uint32_t flags = 0) {
    std::string out("ElfFile\0", 8);
    const auto put = [&](auto value) { out += bytes_of(value); };
    put(uint64_t{0}); put(static_cast<uint64_t>(chunks.size() - 1)); put(uint64_t{1});
    put(uint32_t{128}); put(uint16_t{1}); put(uint16_t{3}); put(uint16_t{4096}); put(static_cast<uint16_t>(chunks.size()));
    out.resize(120);
    const auto sum = static_cast<uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(out.data()), 120));
    put(flags);
    put(sum);
    out.resize(4096);
    for (const std::string& chunk : chunks) out += chunk;
    return out;
}

}  // namespace shuwei::evtx::test
