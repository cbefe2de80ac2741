// The tokens of BinXML (MS-EVEN6, 2.2.12).
#pragma once

#include <cstdint>

namespace shuwei::evtx {

enum class Token : uint8_t {
    end_of_stream = 0x00,
    open_start_element = 0x01,
    close_start_element = 0x02,
    close_empty_element = 0x03,
    end_element = 0x04,
    value = 0x05,
    attribute = 0x06,
    cdata = 0x07,
    character_reference = 0x08,
    entity_reference = 0x09,
    instruction_target = 0x0A,
    instruction_data = 0x0B,
    template_instance = 0x0C,
    normal_substitution = 0x0D,
    optional_substitution = 0x0E,
    fragment_header = 0x0F,
};

constexpr uint8_t kMore = 0x40;  // a flag over a token: attributes, or more of the same, follow
constexpr uint32_t kFirstName = 512;  // behind the chunk's header

constexpr Token token_of(uint8_t byte) { return static_cast<Token>(byte & ~kMore); }

}  // namespace shuwei::evtx
