#pragma once
// What a sentence-transformer adds to the signs: whether the facts mean what the answer says, sentence by sentence and word by word, and
// into how many meanings further samples fall. Still no second model is asked: the embedder only reads.

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "judge/quality/embed/embedder.h"
#include "judge/quality/hallucination/answer.h"

namespace monitorai::judge {

/// All in 0 ... 2 (1 - cosine), mostly in 0 ... 1.
struct Meaning {
  double unlike_sentences =
      0;  ///< 1 - cosine of a sentence to the nearest of the facts (Evidently's and langkit's measure); the mean over the answer
  double unlike_sentence_max = 0;  ///< the sentence that is farthest from all
  double unaligned_words =
      0;  ///< 1 - BERTScore precision (Zhang et al., 2020): each piece of a word to the likest one of the facts, greedily
};

/// Reads texts by an embedder, and remembers those it has read lately: retrieved passages come again and again. Any number of threads; the
/// embedder outlives it.
class MeaningReader {
 public:
  static constexpr size_t kSentencesMax =
      64;  ///< of an answer, and of its facts those with most words in common: reading one takes milliseconds
  explicit MeaningReader(const Embedder& embedder, size_t remembered_bytes_max = size_t{32} << 20)
      : embedder_(embedder), remembered_bytes_max_(remembered_bytes_max) {}

  /// nullopt where the embedder sees no meaning, or one side has no sentence.
  std::optional<Meaning> compare(std::string_view answer, std::span<const std::string> facts);
  std::vector<std::shared_ptr<const ReadText>> read(const std::vector<std::string>& texts);
  const Embedder& embedder() const { return embedder_; }

 private:
  using Remembered = std::list<std::pair<std::string, std::shared_ptr<const ReadText>>>;
  const Embedder& embedder_;
  const size_t remembered_bytes_max_;
  std::mutex mutex_;
  size_t remembered_bytes_ = 0;
  Remembered remembered_;  ///< the newest first
  std::unordered_map<std::string_view, Remembered::iterator> places_;
};

/// The model that the shipped weights for signs of meaning were made with.
constexpr std::string_view kShippedReader = "all-MiniLM-L6-v2";
/// Whether this embedder is that model, whatever its folder is called and in whatever precision: by the cosines it gives a few sentences.
bool is_shipped_reader(const Embedder& embedder);

/// Semantic entropy (Farquhar et al., 2024) of the answer and its samples, in nats, over clusters of one meaning: the same numbers, both or
/// neither negated, and cosine at least 0.85 by the reader, or without one ROUGE-L at least 0.7. nullopt without samples or an answer.
std::optional<double> semantic_entropy(std::string_view answer, std::span<const std::string> samples, MeaningReader* reader);

}  // namespace monitorai::judge
