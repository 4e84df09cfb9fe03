// Real short texts: a mix of them that changes, and streams of them in which nothing does.

#include <map>
#include <numeric>

#include "base/text.h"
#include "judge/quality/drift/distinguish.h"
#include "judge/quality/drift/distinguish_words.h"
#include "quality_parts.h"
#include "quality_traffic.h"

namespace monitorai::bench {
namespace {

using namespace judge;

std::vector<double> numbers_of(std::string_view list) {
  std::vector<double> out;
  for (const std::string_view one : split(list, ',')) out.push_back(parse_number(one).value_or(0));
  return out;
}

/// Draws texts one after the other: a topic stays with probability `burst`, else it is drawn anew, each as often as it has texts.
class Stream {
 public:
  Stream(const std::vector<std::vector<std::string>>& topics, double burst, uint64_t seed) : topics_(topics), burst_(burst), random_(seed) {
    std::vector<double> sizes;
    for (const auto& texts : topics) sizes.push_back(static_cast<double>(texts.size()));
    any_ = std::discrete_distribution<size_t>(sizes.begin(), sizes.end());
    topic_ = any_(random_);
  }
  std::vector<std::string> texts(size_t rows) {
    std::vector<std::string> out;
    for (size_t i = 0; i < rows; ++i) {
      if (std::uniform_real_distribution<double>()(random_) >= burst_) topic_ = any_(random_);
      out.push_back(topics_[topic_][random_() % topics_[topic_].size()]);
    }
    return out;
  }

 private:
  const std::vector<std::vector<std::string>>& topics_;
  double burst_;
  std::mt19937_64 random_;
  std::discrete_distribution<size_t> any_;
  size_t topic_ = 0;
};

}  // namespace

int mix(const char* old_file, const char* new_file, std::string_view all_rows, size_t windows, std::string_view shares, const char* model, uint64_t seed) {
  const auto old_texts = lines_of(old_file), new_texts = lines_of(new_file);
  const auto embedder = embedder_of(model);
  if (!embedder) return complain(embedder.error().message);
  constexpr size_t kMixBaseline = 1000;
  const auto rows_wanted = numbers_of(all_rows);
  const auto most = static_cast<size_t>(*std::max_element(rows_wanted.begin(), rows_wanted.end()));
  if (old_texts.size() < kMixBaseline + most || new_texts.empty())
    return complain(fmt::format("{} holds {} lines and {} are needed", old_file, old_texts.size(), kMixBaseline + most));
  const Matrix old_rows = (*embedder)->embed(old_texts), new_rows = (*embedder)->embed(new_texts);
  for (const double wanted : rows_wanted) {
    for (const double share : numbers_of(shares)) {
      const auto rows = static_cast<size_t>(wanted);
      Rates by_embedding, by_words;
      for (size_t i = 0; i < windows; ++i) {
        std::mt19937_64 random(seed + i);
        std::vector<size_t> order(old_texts.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::shuffle(order.begin(), order.end(), random);
        Matrix before, now;
        std::vector<std::string> texts_before, texts_now;
        for (size_t k = 0; k < kMixBaseline; ++k) {
          before.append(old_rows.row(order[k]));
          texts_before.push_back(old_texts[order[k]]);
        }
        for (size_t k = 0; k < rows; ++k) {
          const bool is_new = std::uniform_real_distribution<double>()(random) < share;
          const size_t at = is_new ? random() % new_texts.size() : order[kMixBaseline + k];
          now.append((is_new ? new_rows : old_rows).row(at));
          texts_now.push_back((is_new ? new_texts : old_texts)[at]);
        }
        const NullOptions null{.permutations = kFewPermutations, .seed = kNullSeed + i};
        by_embedding.add(distinguish_embeddings(before, now, null).p <= kLevel);
        const auto told = distinguish_words(texts_before, texts_now, null);
        by_words.add(told && told->p <= kLevel);
      }
      const std::string mixed = fmt::format(R"("rows":{},"share":{},)", rows, share);
      print_rates((*embedder)->name(), by_embedding, seed, mixed);
      print_rates("words", by_words, seed, mixed);
    }
  }
  return 0;
}

int words(const char* file, std::string_view all_rows, size_t windows, double burst, uint64_t seed) {
  std::map<std::string, std::vector<std::string>> by_topic;
  for (const std::string& line : lines_of(file)) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) return complain(fmt::format("{} holds a line without a tab: {}", file, line));
    by_topic[line.substr(0, tab)].push_back(line.substr(tab + 1));
  }
  if (by_topic.empty()) return complain(fmt::format("{} holds no lines", file));
  std::vector<std::vector<std::string>> topics;
  for (auto& [topic, texts] : by_topic) topics.push_back(std::move(texts));
  for (const double wanted : numbers_of(all_rows)) {
    const auto rows = static_cast<size_t>(wanted);
    Rates found;
    double blocks = 0;
    const double before = cpu_seconds();
    for (size_t i = 0; i < windows; ++i) {
      Stream stream(topics, burst, seed + i);
      const auto baseline = stream.texts(kBaselineRows), window = stream.texts(rows);
      const auto result = distinguish_words(baseline, window, {.permutations = kFewPermutations, .seed = kNullSeed + i});
      found.add(result && result->p <= kLevel);
      blocks += result ? static_cast<double>(result->block) / static_cast<double>(windows) : 0;
    }
    print_rates("ours, words", found, seed, fmt::format(R"("rows":{},"mean_block":{:.1f},"cpu_s":{:.2f},)", rows, blocks, cpu_seconds() - before));
  }
  return 0;
}

}  // namespace monitorai::bench
