#include "base/regex.h"

#include <re2/re2.h>
#include <re2/set.h>

namespace monitorai {
namespace {

constexpr int64_t kRegexMemoryBytesMax = 16 << 20;
constexpr int64_t kRegexSetMemoryBytesMax = 64 << 20;
constexpr size_t kLiteralAlternativesMax = 1024;

RE2::Options quiet_options(int64_t memory_bytes_max = kRegexMemoryBytesMax) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes_max);
  return options;
}

Result<std::unique_ptr<re2::RE2>> compile(const std::string& source, std::string_view shown) {
  const RE2::Options options = quiet_options();
  auto compiled = std::make_unique<re2::RE2>(source, options);
  if (!compiled->ok()) return Error{Code::invalid, fmt::format("cannot compile regular expression \"{}\": {}", shown, compiled->error())};
  return compiled;
}

constexpr bool meta(char c) { return std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos; }
constexpr bool word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

Regex::Regex(std::string pattern, std::unique_ptr<re2::RE2> compiled) : pattern_(std::move(pattern)), compiled_(std::move(compiled)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::anchored(std::string_view pattern) {
  // Compiled alone first, so that "a)(b" is refused and an error shows the pattern its author wrote.
  MAI_TRY_ASSIGN(const auto alone, compile(std::string(pattern), pattern));
  MAI_TRY_ASSIGN(auto compiled, compile(fmt::format("^(?s:{})$", pattern), pattern));
  return Regex(std::string(pattern), std::move(compiled));
}

Result<Regex> Regex::searching(std::string_view pattern) {
  MAI_TRY_ASSIGN(auto compiled, compile(std::string(pattern), pattern));
  return Regex(std::string(pattern), std::move(compiled));
}

bool Regex::matches(std::string_view text) const { return RE2::PartialMatch({text.data(), text.size()}, *compiled_); }

std::optional<std::vector<std::string_view>> Regex::captures(std::string_view text) const { return captures_from(text, 0); }

std::optional<std::vector<std::string_view>> Regex::captures_from(std::string_view text, size_t from) const {
  const int groups = compiled_->NumberOfCapturingGroups() + 1;
  std::vector<re2::StringPiece> pieces(static_cast<size_t>(groups));
  if (!compiled_->Match({text.data(), text.size()}, from, text.size(), RE2::UNANCHORED, pieces.data(), groups)) return std::nullopt;
  std::vector<std::string_view> out;
  out.reserve(pieces.size());
  for (const re2::StringPiece& piece : pieces) out.emplace_back(piece.data() == nullptr ? std::string_view{} : std::string_view{piece.data(), piece.size()});
  return out;
}

std::vector<std::string> Regex::capture_names() const {
  std::vector<std::string> names(static_cast<size_t>(compiled_->NumberOfCapturingGroups()) + 1);
  for (const auto& [index, name] : compiled_->CapturingGroupNames()) names[static_cast<size_t>(index)] = name;
  return names;
}

std::string Regex::expand(std::string_view replacement, std::span<const std::string_view> captured) const {
  const auto group = [&](std::string_view name) -> std::string_view {
    size_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc{} && end == name.data() + name.size()) return index < captured.size() ? captured[index] : std::string_view{};
    const auto& named = compiled_->NamedCapturingGroups();
    const auto found = named.find(std::string(name));
    return found == named.end() || static_cast<size_t>(found->second) >= captured.size() ? std::string_view{} : captured[static_cast<size_t>(found->second)];
  };
  std::string out;
  for (size_t i = 0; i < replacement.size();) {
    if (replacement[i] != '$' || i + 1 == replacement.size()) {
      out += replacement[i++];
      continue;
    }
    if (replacement[i + 1] == '$') {
      out += '$';
      i += 2;
      continue;
    }
    const bool braced = replacement[i + 1] == '{';
    const size_t start = i + (braced ? 2 : 1);
    size_t end = start;
    while (end < replacement.size() && word(replacement[end])) ++end;
    if (end == start || (braced && (end == replacement.size() || replacement[end] != '}'))) {
      out += replacement[i++];
      continue;
    }
    out += group(replacement.substr(start, end - start));
    i = end + (braced ? 1 : 0);
  }
  return out;
}

std::optional<std::vector<std::string>> Regex::literal_alternatives() const {
  std::string_view body = pattern_;
  if (body.size() >= 2 && body.front() == '(' && body.back() == ')' && body.substr(1).find('(') == std::string_view::npos && body[1] != '?')
    body = body.substr(1, body.size() - 2);
  std::vector<std::string> out(1);
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '|') {
      if (out.size() == kLiteralAlternativesMax) return std::nullopt;
      out.emplace_back();
    } else if (body[i] == '\\' && i + 1 < body.size() && !word(body[i + 1])) {
      out.back() += body[++i];
    } else if (meta(body[i])) {
      return std::nullopt;
    } else {
      out.back() += body[i];
    }
  }
  return out;
}

std::string Regex::literal_prefix() const {
  size_t end = 0;
  while (end < pattern_.size() && !meta(pattern_[end])) ++end;
  if (pattern_.find('|') != std::string::npos) return {};
  // A quantifier takes the last character back: "abc*" begins with "ab".
  if (end < pattern_.size() && end > 0 && std::string_view("*?{").find(pattern_[end]) != std::string_view::npos) --end;
  while (end > 0 && end < pattern_.size() && (static_cast<unsigned char>(pattern_[end]) & 0xC0u) == 0x80u) --end;
  return pattern_.substr(0, end);
}

struct RegexSet::Compiled {
  RE2::Set set;
  int size;
};

RegexSet::RegexSet(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
RegexSet::RegexSet(RegexSet&&) noexcept = default;
RegexSet& RegexSet::operator=(RegexSet&&) noexcept = default;
RegexSet::~RegexSet() = default;

Result<RegexSet> RegexSet::make(std::span<const std::string> patterns) {
  auto compiled = std::make_unique<Compiled>(Compiled{RE2::Set(quiet_options(kRegexSetMemoryBytesMax), RE2::UNANCHORED), 0});
  for (const std::string& pattern : patterns) {
    std::string problem;
    if (compiled->set.Add(pattern, &problem) < 0)
      return Error{Code::invalid, fmt::format("cannot compile regular expression \"{}\": {}", pattern, problem)};
    ++compiled->size;
  }
  if (!compiled->set.Compile()) return Error{Code::exhausted, fmt::format("cannot compile {} regular expressions together: they are too large", patterns.size())};
  return RegexSet(std::move(compiled));
}

std::vector<int> RegexSet::matching(std::string_view text) const {
  std::vector<int> out;
  if (compiled_->size == 0) return out;
  RE2::Set::ErrorInfo problem{};
  if (!compiled_->set.Match({text.data(), text.size()}, &out, &problem) && problem.kind != RE2::Set::kNoError) {
    // The automaton grew too large for this text: whoever asks looks for each pattern alone.
    out.resize(static_cast<size_t>(compiled_->size));
    for (int i = 0; i < compiled_->size; ++i) out[static_cast<size_t>(i)] = i;
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace monitorai
