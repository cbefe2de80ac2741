// UTF-16 and single characters to JSON text: escaped UTF-8 without the quotes around it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shuwei::evtx {

// `units` UTF-16 little-endian units from `from`; a lone surrogate becomes U+FFFD.
void append_utf16(std::string& out, const uint8_t* from, size_t units);

void append_code_point(std::string& out, uint32_t code);

// Bytes in an unknown code page: UTF-8 where they are valid UTF-8, else each byte its Latin-1 character.
void append_bytes(std::string& out, std::string_view bytes);

}  // namespace shuwei::evtx
