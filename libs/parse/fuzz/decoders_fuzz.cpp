// Any bytes through every decoder. Sanitizers watch reads and writes; each decoder must end and stay within its limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "decoders.hpp"
#include "dissect.hpp"
#include "regex.hpp"
#include "syslog_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    using namespace shuwei::parse;
    static NameTable names;
    static const auto name_register = [](std::string_view name) { return names.add(name); };
    static const Dissect dissects[] = {
        *Dissect::compile("%{a} from %{b:ip} port %{c:int}%{}", name_register),
        *Dissect::compile("%{a+} %{b->}  %{c:word}: %{d}", name_register),
        *Dissect::compile("[%{a}] %{b+}=%{c+},%{d}", name_register),
    };
    static const Regex regex = *Regex::compile("^(?<a>\\S+) (?:(?<b>[^=]+)=)?(?<c>.*)$", name_register);
    static RegexScratch scratch;
    static const event::TimeZone zone = event::TimeZone::china();

    event::EventBatch batch;
    event::Event& event = batch.add_event();
    const std::string_view text = batch.store({reinterpret_cast<const char*>(data), size});
    const SyslogHeader header = parse_syslog_header(text, zone, 1'795'221'060 * base::kSecond);
    if (header.message.size() > text.size()) std::abort();
    add_structured_data(header.structured_data, batch, event);

    KeyValueOptions spaces;
    spaces.hex = {"a*"};
    KeyValueOptions lists;
    lists.pair_separator = ", ";
    lists.key_end = "(";
    lists.quotes = "\"'";
    lists.spaces_in_values = true;
    DelimitedOptions columns;
    columns.columns.assign(12, 8);
    for (int decoder = 0; decoder < 12; ++decoder) {
        Registers registers;
        registers.start(names.size());
        DecodeContext context{batch, names, registers};
        switch (decoder) {
            case 0: decode_key_value(text, spaces, context); break;
            case 1: decode_key_value(text, lists, context); break;
            case 2: decode_delimited(text, columns, context); break;
            case 3: decode_cef(text, context); break;
            case 4: decode_leef(text, context); break;
            case 5: decode_structured_data(text, context); break;
            case 6:
            case 7:
            case 8: dissects[decoder - 6].match(text, registers); break;
            case 9: regex.match(text, registers, scratch); break;
            case 10: decode_hex(text, batch); break;
            case 11:
                if (unescape(text, "\\\"n", batch).size() > text.size()) std::abort();
                break;
        }
        if (registers.others().size() > kMaxPairs + 16) std::abort();
        registers.rewind({0, 0, 0});
        if (!registers.entries().empty()) std::abort();
    }
    return 0;
}
