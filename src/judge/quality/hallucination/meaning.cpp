#include "judge/quality/hallucination/meaning.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "base/text.h"
#include "judge/quality/hallucination/sentence_marks.h"
#include "judge/quality/text/rouge.h"

namespace monitorai::judge {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Rows>;

constexpr double kSameMeaningCosine = 0.85, kSameMeaningRouge = 0.7;
constexpr size_t kSamplesMax = 20;
constexpr size_t kSentenceBytesMax = 2000;  // more than any model reads at once

std::vector<std::string> sentences_of(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view sentence : sentences(text)) out.emplace_back(sentence.substr(0, kSentenceBytesMax));
  return out;
}

/// At most kSentencesMax of the facts, those that have most words in common with the answer, in their order.
std::vector<std::string> nearest_facts(std::string_view answer, std::span<const std::string> facts) {
  std::vector<std::string> all;
  for (const std::string& fact : facts)
    for (std::string& sentence : sentences_of(fact)) all.push_back(std::move(sentence));
  if (all.size() <= MeaningReader::kSentencesMax) return all;
  const auto answer_words = folded_words(answer);
  const std::set<std::string_view> said(answer_words.begin(), answer_words.end());
  std::vector<size_t> shared(all.size(), 0), order(all.size());
  for (size_t i = 0; i < all.size(); ++i)
    for (const std::string& word : folded_words(all[i])) shared[i] += said.contains(word);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return shared[a] > shared[b]; });
  order.resize(MeaningReader::kSentencesMax);
  std::sort(order.begin(), order.end());
  std::vector<std::string> out;
  for (const size_t i : order) out.push_back(std::move(all[i]));
  return out;
}

Rows stacked(const std::vector<std::shared_ptr<const ReadText>>& texts, std::vector<float> ReadText::* rows, size_t width) {
  size_t values = 0;
  for (const auto& text : texts) values += ((*text).*rows).size();
  Rows out(static_cast<Eigen::Index>(values / width), static_cast<Eigen::Index>(width));
  float* to = out.data();
  for (const auto& text : texts) to = std::copy(((*text).*rows).begin(), ((*text).*rows).end(), to);
  return out;
}

bool same_meaning(const std::string& a, const std::string& b, const ReadText* read_a, const ReadText* read_b) {
  if (negates(a) != negates(b)) return false;
  auto numbers_a = numbers_in(a), numbers_b = numbers_in(b);
  std::sort(numbers_a.begin(), numbers_a.end());
  std::sort(numbers_b.begin(), numbers_b.end());
  if (numbers_a != numbers_b) return false;
  if (read_a == nullptr || read_b == nullptr) return rouge(a, b, WordCut::unicode, true).rougeL.f >= kSameMeaningRouge;
  return std::inner_product(read_a->sentence.begin(), read_a->sentence.end(), read_b->sentence.begin(), 0.0) >= kSameMeaningCosine;
}

}  // namespace

std::vector<std::shared_ptr<const ReadText>> MeaningReader::read(const std::vector<std::string>& texts) {
  std::vector<std::shared_ptr<const ReadText>> out(texts.size());
  std::vector<std::string> unknown;
  std::vector<size_t> places;
  {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < texts.size(); ++i) {
      if (const auto found = places_.find(texts[i]); found != places_.end()) {
        remembered_.splice(remembered_.begin(), remembered_, found->second);
        out[i] = found->second->second;
      } else {
        unknown.push_back(texts[i]);
        places.push_back(i);
      }
    }
  }
  if (unknown.empty()) return out;
  auto read = embedder_.read(unknown);  // outside of the lock: it takes its time
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < unknown.size(); ++i) {
    auto text = std::make_shared<const ReadText>(std::move(read[i]));
    out[places[i]] = text;
    if (places_.contains(unknown[i])) continue;
    remembered_bytes_ += (text->tokens.size() + text->sentence.size()) * sizeof(float) + unknown[i].size();
    remembered_.emplace_front(std::move(unknown[i]), std::move(text));
    places_.emplace(remembered_.front().first, remembered_.begin());
  }
  while (remembered_bytes_ > remembered_bytes_max_ && !remembered_.empty()) {
    const auto& [text, oldest] = remembered_.back();
    remembered_bytes_ -= (oldest->tokens.size() + oldest->sentence.size()) * sizeof(float) + text.size();
    places_.erase(text);
    remembered_.pop_back();
  }
  return out;
}

std::optional<Meaning> MeaningReader::compare(std::string_view answer, std::span<const std::string> facts) {
  if (!embedder_.sees_meaning()) return std::nullopt;
  auto said = sentences_of(answer);
  if (said.size() > kSentencesMax) said.resize(kSentencesMax);
  const auto known = nearest_facts(answer, facts);
  if (said.empty() || known.empty()) return std::nullopt;
  const auto said_read = read(said), known_read = read(known);
  const size_t width = embedder_.dimension();
  Meaning out;
  const Rows sentence_cosines =
      stacked(said_read, &ReadText::sentence, width) * stacked(known_read, &ReadText::sentence, width).transpose();
  const Eigen::VectorXf nearest = sentence_cosines.rowwise().maxCoeff();
  out.unlike_sentences = 1 - static_cast<double>(nearest.mean());
  out.unlike_sentence_max = 1 - static_cast<double>(nearest.minCoeff());
  const Rows said_tokens = stacked(said_read, &ReadText::tokens, width), known_tokens = stacked(known_read, &ReadText::tokens, width);
  if (said_tokens.rows() > 0 && known_tokens.rows() > 0) {
    const Rows token_cosines = said_tokens * known_tokens.transpose();
    out.unaligned_words = 1 - static_cast<double>(token_cosines.rowwise().maxCoeff().mean());
  }
  return out;
}

std::optional<double> semantic_entropy(std::string_view answer, std::span<const std::string> samples, MeaningReader* reader) {
  std::vector<std::string> all;
  if (!trim(answer).empty()) all.emplace_back(answer.substr(0, kSentenceBytesMax));
  for (const std::string& sample : samples.first(std::min(samples.size(), kSamplesMax)))
    if (!trim(sample).empty()) all.push_back(sample.substr(0, kSentenceBytesMax));
  if (trim(answer).empty() || all.size() < 2) return std::nullopt;
  std::vector<std::shared_ptr<const ReadText>> read(all.size());
  if (reader != nullptr && reader->embedder().sees_meaning()) read = reader->read(all);
  std::vector<std::vector<size_t>> clusters;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto home = std::find_if(clusters.begin(), clusters.end(), [&](const std::vector<size_t>& cluster) {
      return same_meaning(all[cluster[0]], all[i], read[cluster[0]].get(), read[i].get());
    });
    if (home == clusters.end()) {
      clusters.push_back({i});
    } else {
      home->push_back(i);
    }
  }
  double out = 0;
  for (const auto& cluster : clusters) {
    const double share = static_cast<double>(cluster.size()) / static_cast<double>(all.size());
    out -= share * std::log(share);
  }
  return out;
}

bool is_shipped_reader(const Embedder& embedder) {
  if (!embedder.sees_meaning()) return false;
  // What all-MiniLM-L6-v2 gives these pairs of neighbours; eight bits a weight move a cosine by 0.005.
  static const std::vector<std::string> kProbe{"The warranty of the laptop lasts two years.", "A notebook computer is covered for 24 months.",
                                               "Bread rises because yeast makes gas.", "Paris is the capital of France.",
                                               "Berlin is not the capital of France."};
  constexpr std::array<double, 4> kCosines{0.5657, -0.0701, 0.0361, 0.6251};
  constexpr double kTolerance = 0.03;
  const Matrix rows = embedder.embed(kProbe);
  for (size_t i = 0; i < kCosines.size(); ++i) {
    const auto a = rows.row(i), b = rows.row(i + 1);
    const double cosine = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    if (!(std::fabs(cosine - kCosines[i]) < kTolerance)) return false;
  }
  return true;
}

}  // namespace monitorai::judge
