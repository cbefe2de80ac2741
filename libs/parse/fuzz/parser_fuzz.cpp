// Any bytes as a line, with all shipped packs; also bound to a pack that the first byte chooses.
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "shuwei/event/ndjson.hpp"
#include "shuwei/parse/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    using namespace shuwei::parse;
    static const std::shared_ptr<const PackSet> packs = [] {
        const char* source = std::getenv("SHUWEI_SOURCE_DIR");
        auto loaded = source != nullptr ? PackSet::load(std::filesystem::path(source) / "content" / "packs") : PackSet::Loaded{PackSet::empty(), {}};
        return loaded ? loaded->set : PackSet::empty();
    }();
    static Parser parser(packs);
    static event::JsonReader reader;
    static event::EventBatch batch;
    for (const bool bound : {false, true}) {
        batch.clear();
        event::Event& event = batch.add_event();
        event.raw = batch.store({reinterpret_cast<const char*>(data), size});
        event.received = 1'795'221'060 * base::kSecond;
        SourceHint hint;
        if (bound && size > 0 && packs->size() > 0) hint.pack = static_cast<uint16_t>(1 + data[0] % packs->size());
        parser.parse(batch, event, hint);
        if (event.raw.size() != size) std::abort();
        // Whatever the packs made of it must print as JSON.
        std::string out;
        event::append_json(out, batch, event, packs->name(event.pack));
        event::EventBatch second;
        event::Event& again = second.add_event();
        again.raw = second.store(out);
        if (!reader.read(again.raw, second, again)) std::abort();
    }
    return 0;
}
