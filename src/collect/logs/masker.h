#pragma once
// Masks secrets and personal data in log text before it is stored. Immutable once made: any thread.
//
// Built in: PEM private keys, bearer tokens and authorization headers, keys by their shape (OpenAI, Anthropic, Hugging Face, AWS, GitHub,
// GitLab, Google, Slack, NVIDIA, Stripe, JWT), passwords and keys behind their names (api_key=...), passwords in URLs, e-mail addresses,
// card numbers (with the check digit of Luhn, ISO/IEC 7812), phone numbers (E.164 with '+', and North American ones).

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/regex.h"
#include "base/result.h"
#include "collect/logs/follow_settings.h"

namespace monitorai::collect {

inline constexpr size_t kMaskRulesMax = 200;

class Masker {
 public:
  /// Code::invalid names the rule that does not compile or matches the empty text.
  static Result<std::shared_ptr<const Masker>> make(const MaskSettings& settings);

  /// Masks the text in place and returns the number of places. Where any is masked, `original` gets the text as it was.
  size_t mask(std::string& text, std::string* original = nullptr) const;
  /// How often each rule masked something, by name; "content" for prompts and answers.
  std::vector<std::pair<std::string, uint64_t>> counts() const;

 private:
  struct Rule {
    std::string name;
    Regex regex;
    std::string replacement;
    bool (*accept)(std::string_view match);  ///< null: every match
    mutable std::atomic<uint64_t> masked{0};
    Rule(std::string n, Regex r, std::string s, bool (*a)(std::string_view)) : name(std::move(n)), regex(std::move(r)), replacement(std::move(s)), accept(a) {}
  };
  Masker(ContentPolicy content, std::vector<std::unique_ptr<Rule>> rules, RegexSet any)
      : content_(content), rules_(std::move(rules)), any_(std::move(any)) {}
  size_t mask_rules(std::string& text, std::string* original) const;
  size_t apply(const Rule& rule, std::string& text, std::string* original) const;
  size_t mask_content(std::string& text, std::string* original) const;

  ContentPolicy content_;
  std::vector<std::unique_ptr<Rule>> rules_;
  RegexSet any_;
  mutable std::atomic<uint64_t> content_masked_{0};
};

/// True when the digits of a text have a valid check digit.
bool luhn_valid(std::string_view text);

}  // namespace monitorai::collect
