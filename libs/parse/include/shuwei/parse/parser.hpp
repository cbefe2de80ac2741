// Parser: one received line becomes ECS fields. A parser is a worker's own (scratch memory inside, no locks); it
// allocates nothing per line once warm. Values are views into the batch's arena.
#pragma once

#include <cstdint>
#include <memory>

#include "shuwei/event/batch.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/parse/pack_set.hpp"

namespace shuwei::parse {

enum class LineFormat : uint8_t {
    automatic,  // a syslog header where there is one
    raw,        // the whole line is the message: files, HTTP push
};

enum class Charset : uint8_t {
    automatic,  // UTF-8; a line that is not is read as GB18030
    utf8,
    gb18030,
};

class Extractor;  // src/

// What is known of the sender before its line is read. Nothing is owned.
struct SourceHint {
    uint16_t pack = 0;                       // bound pack, tried before recognition; 0 = none
    const event::TimeZone* zone = nullptr;   // of times without one; null = Asia/Shanghai
    LineFormat format = LineFormat::automatic;
    Charset charset = Charset::automatic;
};

enum class Outcome : uint8_t {
    parsed,    // a pack understood the line; event.pack names it
    partial,   // a pack recognised the line but could not extract it; only header fields and message
    unparsed,  // no pack recognised it; only header fields and message
};

class Parser {
public:
    explicit Parser(std::shared_ptr<const PackSet> packs);
    ~Parser();
    Parser(Parser&&) noexcept;
    Parser& operator=(Parser&&) noexcept;

    // Goes on with another set; call it between batches, since event.pack counts within one set.
    void use(std::shared_ptr<const PackSet> packs);
    const std::shared_ptr<const PackSet>& packs() const;

    // `event` is the last of `batch`; its raw (in the batch's arena), peer and received are set. Sets event.time (equal to
    // received when the line says nothing usable) and event.pack, and adds fields. Never fails: what cannot be
    // understood stays as `message`.
    // Lines of a tenant (event.tenant) see its overlay of the set.
    Outcome parse(event::EventBatch& batch, event::Event& event, const SourceHint& hint = {});

    Extractor& extractor();  // for try_pack

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::parse
