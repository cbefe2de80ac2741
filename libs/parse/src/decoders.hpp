// Decoders of structured text: each takes `text` apart into registers (names the pack knows) and others. All are
// immutable, never throw, never read outside `text`, and cost time linear in it. They answer whether the text had
// their form. Unescaped copies go to the batch's arena.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "name_table.hpp"
#include "registers.hpp"
#include "shuwei/event/batch.hpp"

namespace shuwei::parse {

struct DecodeContext {
    event::EventBatch& batch;
    const NameTable& names;
    Registers& registers;

    void set(std::string_view name, Value value) {
        const Register reg = names.find(name);
        if (reg != kNoRegister) {
            registers.set_if_absent(reg, value);
        } else {
            registers.add_other(name, value);
        }
    }
};

constexpr size_t kMaxPairs = 1024;  // pairs read of one line; the rest stays in the raw line

// name=value name="quoted value" …
struct KeyValueOptions {
    std::string pair_separator = " ";  // any run of spaces when it is one space
    std::string value_separator = "=";
    std::string quotes = "\"";         // each character opens and closes a quoted value; backslash escapes inside
    std::string key_end;               // the key's text behind any of these characters is dropped: Name(1025)=
    std::vector<std::string> hex;      // names (a trailing * for any end) whose unquoted values may be hexadecimal text
    bool spaces_in_values = false;     // an unquoted value goes on until the next "name="
};
// True when at least one pair was found.
bool decode_key_value(std::string_view text, const KeyValueOptions& options, DecodeContext& context);

// a,b,"c,d"
struct DelimitedOptions {
    char delimiter = ',';
    char quote = '"';                  // doubled inside; 0 = none
    std::vector<Register> columns;     // kNoRegister skips one
    size_t minimum = 0;                // columns that must be there
};
bool decode_delimited(std::string_view text, const DelimitedOptions& options, DecodeContext& context);

// CEF:0|vendor|product|version|class id|name|severity|extension, anywhere in the text. Header registers cef.version,
// cef.device.vendor, cef.device.product, cef.device.version, cef.device.event_class_id, cef.name, cef.severity;
// cs1Label=X names cs1 "X" (spaces become _).
bool decode_cef(std::string_view text, DecodeContext& context);

// LEEF:1.0|vendor|product|version|event id|attributes and LEEF:2.0|…|event id|delimiter|attributes. Header registers
// leef.version, leef.vendor, leef.product, leef.product_version, leef.event_id.
bool decode_leef(std::string_view text, DecodeContext& context);

// RFC 5424 structured data: [id name="value" …][…]; names as they are, ids dropped.
bool decode_structured_data(std::string_view text, DecodeContext& context);
// The same with "log.syslog.structured_data.<id>." before each name, for lines of no pack.
void add_structured_data(std::string_view text, event::EventBatch& batch, event::Event& event);
// The length of the structured data at the start of `text`, "-" included; 0 when there is none.
size_t structured_data_size(std::string_view text);

// 2F62696E -> /bin; NUL bytes, which part arguments, become spaces. Text that is not hexadecimal stays as it is.
std::string_view decode_hex(std::string_view text, event::EventBatch& batch);

// `text` with a backslash before one of `escapable` resolved (n and r to line ends, otherwise to the character itself);
// other backslashes stay, as in C:\temp. Copied only when there are any.
std::string_view unescape(std::string_view text, std::string_view escapable, event::EventBatch& batch);

}  // namespace shuwei::parse
