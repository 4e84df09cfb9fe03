#pragma once
// Base64 with padding (RFC 4648 section 4).

#include <optional>
#include <string>
#include <string_view>

namespace monitorai {

std::string base64(std::string_view bytes);
/// Padding may be absent, and the alphabet may be that of URLs (section 5), as protobuf's JSON allows; nullopt for anything else.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace monitorai
