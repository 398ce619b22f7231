#pragma once

#include <cstdint>
#include <string_view>

#include "src/config/config.h"
#include "src/config/message_list.h"

namespace pidigree {

// Each reads the text of one option's element, which starts at `line`, into `config`; what is wrong
// with it goes to `errors`. Texts are not trimmed.

// "*" or "all" or, without blanks, a comma list of SHA1, MD5, SHA256 and IMPHASH (each also with a
// hyphen) in any letter case. IMPHASH is accepted and sets nothing: ELF files have none.
void ReadHashAlgorithms(std::string_view text, uint32_t line, Config& config, MessageList& errors);

// "Field:N,Field:N". As in Sysmon, an item without ':' says nothing; `warnings` get one.
void ReadFieldSizes(std::string_view text, uint32_t line, Config& config, MessageList& errors,
                    MessageList& warnings);

// "True" or "False" in any letter case.
void ReadDnsLookup(std::string_view text, uint32_t line, Config& config, MessageList& errors);

}  // namespace pidigree
