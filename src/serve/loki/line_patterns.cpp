#include "serve/loki/line_patterns.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::serve {
namespace {

constexpr std::string_view kVariable = "<_>";
/// Of the words that neither line varies in, so many must agree.
constexpr double kAgreement = 0.6;

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::string_view word : split(line.substr(0, line.find('\n')), ' ')) {
    if (words.size() == kPatternWordsMax) break;
    const bool varies = word.find_first_of("0123456789") != std::string_view::npos;
    words.emplace_back(varies ? kVariable : word);
  }
  return words;
}

bool alike(const LinePattern& pattern, const std::vector<std::string>& words) {
  size_t fixed = 0, agreeing = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    if (pattern.words[i] == kVariable || words[i] == kVariable) continue;
    ++fixed;
    agreeing += pattern.words[i] == words[i] ? 1 : 0;
  }
  return static_cast<double>(agreeing) >= kAgreement * static_cast<double>(fixed);
}

}  // namespace

/// Variables in a row are one: `|>` reads "<_>" as any text.
std::string LinePattern::text() const {
  std::string out;
  bool after_variable = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool variable = words[i] == kVariable;
    if (variable && after_variable) continue;
    if (i > 0) out += ' ';
    out += words[i];
    after_variable = variable;
  }
  return words.size() == kPatternWordsMax && !after_variable ? out + " <_>" : out;
}

void LinePatterns::add(TimeNs time, std::string_view line) {
  std::vector<std::string> words = words_of(line);
  std::vector<LinePattern>& group = groups_[{words.size(), words.front()}];
  auto found = std::find_if(group.begin(), group.end(), [&](const LinePattern& pattern) { return alike(pattern, words); });
  if (found == group.end()) {
    if (patterns_ == kPatternsMax) return;
    ++patterns_;
    group.push_back({std::move(words), {}, 0});
    found = std::prev(group.end());
  } else {
    for (size_t i = 0; i < words.size(); ++i)
      if (found->words[i] != words[i]) found->words[i] = kVariable;
  }
  ++found->total;
  ++found->counts[TimeNs{time.ns - ((time.ns % step_.count()) + step_.count()) % step_.count()}];
}

std::vector<LinePattern> LinePatterns::take() {
  std::vector<LinePattern> out;
  for (auto& [key, group] : groups_) std::move(group.begin(), group.end(), std::back_inserter(out));
  groups_.clear();
  std::stable_sort(out.begin(), out.end(), [](const LinePattern& a, const LinePattern& b) { return a.total > b.total; });
  return out;
}

}  // namespace monitorai::serve
