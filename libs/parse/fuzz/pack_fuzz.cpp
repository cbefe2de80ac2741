// Any bytes as pack.yaml: compiled or refused with a reason, never a crash; what compiles then parses a few lines.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "extractor.hpp"
#include "pack_compiler.hpp"
#include "recogniser.hpp"
#include "required_literals.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    using namespace shuwei::parse;
    if (size > 16 * 1024) return 0;
    const auto definition = compile_pack_text(std::string(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
    if (!definition) {
        if (definition.error().reason.empty()) std::abort();
        return 0;
    }
    for (const Recognition& recognition : definition->recognitions) {
        Recogniser::check(recognition);
        for (const std::string& regex : recognition.regexes) {
            const auto required = required_literals(regex);
            if (required && required->any_of.empty()) std::abort();
        }
    }
    static const event::TimeZone zone = event::TimeZone::china();
    Extractor extractor;
    for (const std::string_view line : {"a=1 b=\"2\" c=", "{\"a\":{\"b\":[1,null]},\"c\":\"x\"}", "one two three 10.0.0.1 port 22", "a,b,\"c\",d", ""}) {
        event::EventBatch batch;
        event::Event& event = batch.add_event();
        event.raw = batch.store(line);
        event.received = 1'795'221'060 * base::kSecond;
        SyslogHeader header;
        header.message = event.raw;
        extractor.extract(*definition->compiled, header, zone, batch, event);
    }
    return 0;
}
