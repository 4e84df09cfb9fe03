#include "judge/quality/drift/tfidf.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cmath>
#include <numeric>

#include "judge/quality/drift/english_stop_words.h"
#include "judge/quality/text/unicode.h"

namespace monitorai::judge {
namespace {

constexpr double kRowsShareMax = 0.5;  // that may hold a word which is kept
constexpr char32_t kDottedI = 0x130, kSigma = 0x3A3, kFinalSigma = 0x3C2;

bool in_word(char32_t c) {
  if (c == kNoCharacter) return false;
  const CharKind kind = kind_of(c);
  return kind == CharKind::letter || kind == CharKind::number || c == '_';
}

/// Calls `use` with each word of at least two characters.
template <class Use>
void for_each_word(std::string_view text, Use use) {
  std::string word;
  size_t characters = 0;
  bool after_letter = false;
  const auto finish = [&] {
    if (characters > 1) use(word);
    word.clear();
    characters = 0;
  };
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    if (!in_word(c)) {
      finish();
      after_letter = false;
      continue;
    }
    char32_t lower = lower_of(c);
    if (c == kSigma && after_letter) {  // its lower case differs at the end of a word
      size_t ahead = at;
      const char32_t following = ahead < text.size() ? next_character(text, ahead) : kNoCharacter;
      if (following == kNoCharacter || kind_of(following) != CharKind::letter) lower = kFinalSigma;
    }
    after_letter = kind_of(c) == CharKind::letter;
    append_utf8(word, c == kDottedI ? U'i' : lower);
    ++characters;
    if (c == kDottedI) finish();  // its lower case ends in a mark, which separates
  }
  finish();
}

}  // namespace

WordCounts count_words(std::span<const std::string> texts) {
  WordCounts out;
  boost::unordered_flat_map<std::string, uint32_t> ids;
  std::vector<std::pair<uint32_t, uint32_t>> found;  // word, where
  for (const std::string& text : texts) {
    found.clear();
    for_each_word(text, [&](const std::string& word) {
      if (!is_english_stop_word(word)) found.emplace_back(ids.emplace(word, static_cast<uint32_t>(ids.size())).first->second, static_cast<uint32_t>(found.size()));
    });
    std::sort(found.begin(), found.end());
    auto& row = out.rows.emplace_back();
    for (const auto& [word, at] : found) {
      if (row.empty() || row.back().word != word) row.push_back({word, 0, at});
      ++row.back().count;
    }
  }
  out.words.resize(ids.size());
  for (const auto& [word, id] : ids) out.words[id] = word;
  std::vector<uint32_t> order(out.words.size()), rank(out.words.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return out.words[a] < out.words[b]; });  // UTF-8 sorts by code point
  for (uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  std::sort(out.words.begin(), out.words.end());
  for (auto& row : out.rows) {
    for (auto& entry : row) entry.word = rank[entry.word];
    std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.word < b.word; });
  }
  return out;
}

TfIdf::TfIdf(const WordCounts& counts, std::span<const size_t> taught) : counts_(counts), rarity_(counts.words.size(), 0) {
  for (const size_t row : taught)
    for (const auto& entry : counts.rows[row]) rarity_[entry.word] += 1;
  const double rows = static_cast<double>(taught.size());
  for (double& holding : rarity_) {
    const bool keep = holding > 0 && holding <= kRowsShareMax * rows;
    kept_ += keep;
    holding = keep ? 1 + std::log((1 + rows) / (1 + holding)) : 0;
  }
}

std::vector<TfIdf::Entry> TfIdf::row(size_t index, std::span<const uint32_t> ranks) const {
  std::vector<Entry> out;
  for (const auto& entry : counts_.rows[index])
    if (rarity_[entry.word] > 0) out.push_back({entry.word, (1 + std::log(static_cast<double>(entry.count))) * rarity_[entry.word]});
  if (!ranks.empty()) std::sort(out.begin(), out.end(), [&](const Entry& a, const Entry& b) { return ranks[a.word] < ranks[b.word]; });
  double squares = 0;
  for (const Entry& entry : out) squares += entry.weight * entry.weight;
  const double length = std::sqrt(squares);
  for (Entry& entry : out) entry.weight /= length;
  return out;
}

}  // namespace monitorai::judge
