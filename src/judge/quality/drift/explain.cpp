#include "judge/quality/drift/explain.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "judge/quality/drift/two_samples.h"
#include "judge/quality/text/word_tokens.h"

namespace monitorai::judge {
namespace {

constexpr size_t kTold = 6;
constexpr double kSurprise = 3;  // standard errors

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5)];
}

struct Shift {
  std::string what;
  double before, after, surprise;
};

/// z of two shares, each smoothed by half a case.
double surprise(double before, double n, double after, double m) {
  const double p = (before + 0.5) / (n + 1), q = (after + 0.5) / (m + 1), both = (before + after + 1) / (n + m + 2);
  return (q - p) / std::sqrt(both * (1 - both) * (1 / n + 1 / m));
}

std::vector<std::string> tell(std::vector<Shift> shifts, std::string_view of) {
  std::erase_if(shifts, [](const Shift& shift) { return std::fabs(shift.surprise) < kSurprise; });
  std::sort(shifts.begin(), shifts.end(), [](const Shift& a, const Shift& b) { return std::fabs(a.surprise) > std::fabs(b.surprise); });
  std::vector<std::string> out;
  for (const Shift& shift : shifts) {
    if (out.size() == kTold) break;
    out.push_back(fmt::format("{} {}: {:.1f} % of the rows before, {:.1f} % now", of, json_string(shift.what.substr(0, 60)),
                              100 * shift.before, 100 * shift.after));
  }
  return out;
}

}  // namespace

std::vector<std::string> explain_numbers(std::span<const double> baseline, std::span<const double> window) {
  std::vector<double> a(baseline.begin(), baseline.end()), b(window.begin(), window.end());
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return {fmt::format(
      "median {:.4g} before, {:.4g} now (middle 80 %: {:.4g} to {:.4g} before, {:.4g} to {:.4g} now); moved by {:.2f} standard deviations",
      quantile(a, 0.5), quantile(b, 0.5), quantile(a, 0.1), quantile(a, 0.9), quantile(b, 0.1), quantile(b, 0.9),
      wasserstein_normed(a, b))};
}

std::vector<std::string> explain_categories(std::span<const std::string> baseline, std::span<const std::string> window) {
  std::map<std::string_view, std::pair<double, double>> counts;
  for (const std::string& value : baseline) ++counts[value].first;
  for (const std::string& value : window) ++counts[value].second;
  const double n = static_cast<double>(baseline.size()), m = static_cast<double>(window.size());
  std::vector<Shift> shifts;
  for (const auto& [value, count] : counts)
    shifts.push_back({std::string(value), count.first / n, count.second / m, surprise(count.first, n, count.second, m)});
  return tell(std::move(shifts), "category");
}

std::vector<std::string> explain_words(std::span<const std::string> baseline, std::span<const std::string> window) {
  Vocabulary vocabulary(WordCut::unicode);
  std::vector<double> counts[2];
  std::vector<WordId> words;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    for (const std::string& text : side == 0 ? baseline : window) {
      words.clear();
      vocabulary.append_words(text, words);
      std::sort(words.begin(), words.end());
      words.erase(std::unique(words.begin(), words.end()), words.end());
      counts[side].resize(vocabulary.size(), 0);
      for (const WordId word : words) counts[side][word] += 1;
    }
  }
  counts[0].resize(vocabulary.size(), 0);
  counts[1].resize(vocabulary.size(), 0);
  const double n = static_cast<double>(baseline.size()), m = static_cast<double>(window.size());
  std::vector<Shift> shifts;
  for (WordId word = 0; word < vocabulary.size(); ++word)
    shifts.push_back(
        {std::string(vocabulary.word(word)), counts[0][word] / n, counts[1][word] / m, surprise(counts[0][word], n, counts[1][word], m)});
  return tell(std::move(shifts), "word");
}

}  // namespace monitorai::judge
