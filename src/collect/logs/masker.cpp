#include "collect/logs/masker.h"

#include <array>

#include "base/text.h"

namespace monitorai::collect {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_card(std::string_view match) {
  const auto digits = std::count_if(match.begin(), match.end(), is_digit);
  return digits >= 13 && digits <= 19 && luhn_valid(match);
}

bool is_key_material(std::string_view match) {
  bool upper = false, lower = false, digit = false;
  for (const char c : match) {
    upper |= c >= 'A' && c <= 'Z';
    lower |= c >= 'a' && c <= 'z';
    digit |= is_digit(c);
  }
  return upper && lower && digit;
}

struct Builtin {
  std::string_view name;
  std::string_view pattern;
  std::string_view replacement = {};
  bool (*accept)(std::string_view) = nullptr;
};

// In this order: what an earlier rule masked, a later one does not see.
constexpr std::array kBuiltin{
    Builtin{"private_key", R"(-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|$))"},
    Builtin{"private_key", R"((?m)^[A-Za-z0-9+/]{64}$)", {}, is_key_material},
    Builtin{"url_password", R"(\b([a-z][a-z0-9+.-]*://[^\s:/@]{0,64}):[^\s/@]{1,256}@)", "$1:[url_password]@"},
    Builtin{"bearer_token", R"((?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{12,})", "$1$2[bearer_token]"},
    Builtin{"jwt", R"(\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"},
    Builtin{"openai_key", R"(\bsk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]+-|or-v1-)?[A-Za-z0-9_-]{20,})"},
    Builtin{"huggingface_token", R"(\b(?:hf|api_org)_[A-Za-z0-9]{30,})"},
    Builtin{"aws_key", R"(\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b)"},
    Builtin{"github_token", R"(\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}))"},
    Builtin{"gitlab_token", R"(\bglpat-[A-Za-z0-9_-]{20,})"},
    Builtin{"google_key", R"(\bAIza[A-Za-z0-9_-]{35})"},
    Builtin{"slack_token", R"(\bxox[abeoprs]-[A-Za-z0-9-]{10,})"},
    Builtin{"nvidia_key", R"(\bnvapi-[A-Za-z0-9_-]{20,})"},
    Builtin{"stripe_key", R"(\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,})"},
    Builtin{"secret",
            R"((?i)\b((?:[a-z0-9]+[_-])*(?:api[_-]?key|secret[_-]?(?:access[_-]?)?key|client[_-]?secret|access[_-]?token|auth[_-]?token|refresh[_-]?token|password|passwd|hf[_-]?token)["']?\s*[=:]\s*["']?)[^\s"'&,;\[\]{}()]{4,})",
            "$1[secret]"},
    Builtin{"email", R"(\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b)"},
    Builtin{"card_number", R"(\b\d(?:[ -]?\d){12,18}\b)", {}, is_card},
    Builtin{"phone_number", R"(\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,4}\)?){2,5}\d\b)", {},
            [](std::string_view match) { const auto n = std::count_if(match.begin(), match.end(), is_digit); return n >= 8 && n <= 15; }},
    Builtin{"phone_number", R"((?:\(\d{3}\) ?|\b\d{3}-)\d{3}-\d{4}\b)"},
};

constexpr std::array<std::string_view, 2> kContentMarks{"[USER]", "[MODEL]"};

/// Where the text behind a mark begins: behind "Request #278: " and the like, so that its number stays.
size_t content_begin(std::string_view text, size_t behind_mark) {
  constexpr size_t kTitleBytesMax = 64;
  const size_t colon = text.substr(behind_mark, kTitleBytesMax).find(": ");
  if (colon != std::string_view::npos) {
    const std::string_view title = trim(text.substr(behind_mark, colon));
    if (title.starts_with("Request") || title.starts_with("Response")) return behind_mark + colon + 2;
  }
  return std::min(text.size(), behind_mark + (text.substr(behind_mark).starts_with(' ') ? 1 : 0));
}

/// The end of the content: of the line, or of the JSON string it stands in.
size_t content_end(std::string_view text, size_t begin) {
  if (!text.starts_with('{')) return text.size();
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == '"') return i;
  }
  return text.size();
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

bool luhn_valid(std::string_view text) {
  int sum = 0;
  bool twice = false;
  for (size_t i = text.size(); i-- > 0;) {
    if (!is_digit(text[i])) continue;
    int digit = text[i] - '0';
    if (twice) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}

Result<std::shared_ptr<const Masker>> Masker::make(const MaskSettings& settings) {
  if (settings.rules.size() > kMaskRulesMax)
    return Error{Code::exhausted, fmt::format("cannot take {} masks: the limit is {}", settings.rules.size(), kMaskRulesMax)};
  std::vector<std::unique_ptr<Rule>> rules;
  std::vector<std::string> patterns;
  const auto add = [&](std::string name, const std::string& pattern, std::string replacement, bool (*accept)(std::string_view)) -> Result<void> {
    auto regex = Regex::searching(pattern);
    if (!regex) return wrap(regex.error(), fmt::format("cannot mask {}", name));
    if (regex->matches("")) return Error{Code::invalid, fmt::format("cannot mask {}: its pattern matches the empty text", name)};
    if (replacement.empty()) replacement = fmt::format("[{}]", name);
    patterns.push_back(pattern);
    rules.push_back(std::make_unique<Rule>(std::move(name), std::move(*regex), std::move(replacement), accept));
    return {};
  };
  for (const MaskRule& rule : settings.rules) MAI_TRY(add(rule.name, rule.pattern, rule.replacement, nullptr));
  if (settings.builtin)
    for (const Builtin& one : kBuiltin) MAI_TRY(add(std::string(one.name), std::string(one.pattern), std::string(one.replacement), one.accept));
  MAI_TRY_ASSIGN(RegexSet any, RegexSet::make(patterns));
  return std::shared_ptr<const Masker>(new Masker(settings.content, std::move(rules), std::move(any)));
}

size_t Masker::mask(std::string& text, std::string* original) const {
  if (original != nullptr) original->clear();
  if (content_ == ContentPolicy::redacted) return mask_rules(text, original);
  bool has_content = false;
  for (const std::string_view mark : kContentMarks) has_content |= text.find(mark) != std::string::npos;
  if (!has_content) return mask_rules(text, original);
  if (content_ == ContentPolicy::full) return 0;
  const size_t masked = mask_content(text, original);
  return masked + mask_rules(text, original);
}

size_t Masker::mask_content(std::string& text, std::string* original) const {
  size_t at = std::string::npos, behind = 0;
  for (const std::string_view mark : kContentMarks)
    if (const size_t found = text.find(mark); found < at) at = found, behind = found + mark.size();
  const size_t begin = content_begin(text, behind), end = content_end(text, begin);
  if (begin >= end) return 0;
  if (original != nullptr) *original = text;
  text.replace(begin, end - begin, fmt::format("({} characters)", characters(std::string_view(text).substr(begin, end - begin))));
  ++content_masked_;
  return 1;
}

size_t Masker::mask_rules(std::string& text, std::string* original) const {
  size_t masked = 0;
  for (const int index : any_.matching(text)) masked += apply(*rules_[static_cast<size_t>(index)], text, original);
  return masked;
}

size_t Masker::apply(const Rule& rule, std::string& text, std::string* original) const {
  std::string out;
  size_t copied = 0, from = 0, masked = 0;
  while (from <= text.size()) {
    const auto found = rule.regex.captures_from(text, from);
    if (!found) break;
    const std::string_view match = (*found)[0];
    const size_t begin = static_cast<size_t>(match.data() - text.data());
    from = begin + std::max<size_t>(match.size(), 1);
    if (match.empty() || (rule.accept != nullptr && !rule.accept(match))) continue;
    out.append(text, copied, begin - copied);
    out += rule.regex.expand(rule.replacement, *found);
    copied = begin + match.size();
    ++masked;
  }
  if (masked == 0) return 0;
  out.append(text, copied, text.size() - copied);
  if (original != nullptr && original->empty()) *original = std::move(text);
  text = std::move(out);
  rule.masked += masked;
  return masked;
}

std::vector<std::pair<std::string, uint64_t>> Masker::counts() const {
  std::vector<std::pair<std::string, uint64_t>> out{{"content", content_masked_.load()}};
  for (const auto& rule : rules_) {
    const auto same = std::find_if(out.begin(), out.end(), [&](const auto& one) { return one.first == rule->name; });
    if (same == out.end()) out.emplace_back(rule->name, rule->masked.load());
    else same->second += rule->masked.load();
  }
  return out;
}

}  // namespace monitorai::collect
