#include "forward/notify/silence.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace monitorai::forward {

std::string silence_problem(const Silence& silence, TimeMs now) {
  if (silence.matchers.empty()) return "at least one matcher required";
  const auto matches_nothing = [](const signals::Matcher& matcher) { return matcher.matches(""); };
  if (std::all_of(silence.matchers.begin(), silence.matchers.end(), matches_nothing)) return "at least one matcher must not match the empty string";
  if (silence.starts_at >= silence.ends_at) return "end time must not be before the start time";
  if (silence.ends_at <= now) return "end time can't be in the past";
  size_t bytes = silence.comment.size() + silence.created_by.size();
  for (const signals::Matcher& matcher : silence.matchers) bytes += matcher.name().size() + matcher.value().size();
  if (bytes > kSilenceBytesMax) return fmt::format("it is too large ({} bytes, the limit is {})", bytes, kSilenceBytesMax);
  return {};
}

bool may_replace(const Silence& known, const Silence& changed, TimeMs now) {
  if (matchers_text(known.matchers) != matchers_text(changed.matchers)) return false;
  if (known.active(now)) return changed.starts_at == known.starts_at && changed.ends_at >= now;
  if (now < known.starts_at) return changed.starts_at >= now;
  return false;
}

std::string new_silence_id() {
  std::array<unsigned char, 16> bytes;
  MAI_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fu) | 0x40u);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fu) | 0x80u);
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) out += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
  return out;
}

}  // namespace monitorai::forward
