#include "net/target.h"

#include <fmt/format.h>

#include "base/text.h"

namespace monitorai::net {
namespace {

Error refused(std::string_view why) { return {Code::invalid, fmt::format("cannot read the request target: {}", why)}; }

bool control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// One part between slashes, decoded and free of bytes that a path must not smuggle in.
Result<std::string> decode_part(std::string_view part) {
  auto decoded = percent_decode(part, false);
  if (!decoded) return refused("a '%' is not followed by two hex digits");
  for (const char c : *decoded) {
    if (control(c)) return refused("it holds a control byte");
    if (c == '/') return refused("it holds an encoded '/'");
    if (c == '\\') return refused("it holds a backslash");
  }
  return std::move(*decoded);
}

Result<std::string> normalise(std::string_view path) {
  const auto parts = split(path.substr(1), '/');
  std::vector<std::string> kept;
  bool ends_with_slash = false;
  for (const std::string_view part : parts) {
    MAI_TRY_ASSIGN(std::string decoded, decode_part(part));
    ends_with_slash = decoded.empty() || decoded == "." || decoded == "..";
    if (decoded == "..") {
      if (kept.empty()) return refused("\"..\" leads above the root");
      kept.pop_back();
    } else if (!decoded.empty() && decoded != ".") {
      kept.push_back(std::move(decoded));
    }
  }
  std::string out = "/" + join(kept, "/");
  if (ends_with_slash && !kept.empty()) out += '/';
  if (!valid_utf8(out)) return refused("its path is not UTF-8");
  return out;
}

/// The rest after "http://authority", or nullopt when the target does not start like that.
std::optional<std::string_view> after_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with_ignoring_case(target, scheme)) continue;
    const size_t end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view{} : target.substr(end);
  }
  return std::nullopt;
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
  std::string absolute;
  if (const auto rest = after_authority(target)) {
    absolute = rest->starts_with('/') ? std::string(*rest) : "/" + std::string(*rest);
    target = absolute;
  }
  if (!target.starts_with('/')) return refused("it does not start with '/'");
  if (target.find('#') != std::string_view::npos) return refused("it holds a '#'");
  if (std::any_of(target.begin(), target.end(), control)) return refused("it holds a control byte");
  const size_t question = target.find('?');
  MAI_TRY_ASSIGN(std::string path, normalise(target.substr(0, question)));
  const std::string_view query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  return Target{std::move(path), parse_query(query)};
}

}  // namespace monitorai::net
