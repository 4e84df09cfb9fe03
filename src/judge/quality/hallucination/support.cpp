#include "judge/quality/hallucination/support.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>

#include "judge/quality/hallucination/sentence_marks.h"
#include "judge/quality/text/common_subsequence.h"
#include "judge/quality/text/rouge.h"

namespace monitorai::judge {
namespace {

constexpr double kSameStatement = 0.6;      // order shared with a sentence from which on a negation is a contradiction
constexpr size_t kFactSentencesMax = 2000;  // beyond it the rest of the facts is one piece
constexpr size_t kWordsOfStatementMin = 3;

struct FactSentence {
  std::vector<WordId> words;
  bool negated = false;
};

/// The facts as they are looked up.
struct Facts {
  std::vector<FactSentence> sentences;
  std::vector<WordId> words;
  boost::unordered_flat_set<WordId> known;
  boost::unordered_flat_set<std::string> numbers, folded;
};

Facts read(std::span<const std::string> texts, Vocabulary& vocabulary) {
  Facts out;
  for (const std::string& text : texts) {
    for (const std::string_view sentence : sentences(text)) {
      FactSentence one;
      vocabulary.append_words(sentence, one.words);
      one.negated = negates(sentence);
      out.words.insert(out.words.end(), one.words.begin(), one.words.end());
      if (out.sentences.size() < kFactSentencesMax) {
        out.sentences.push_back(std::move(one));
      } else {
        auto& last = out.sentences.back().words;
        last.insert(last.end(), one.words.begin(), one.words.end());
      }
    }
    for (std::string& number : numbers_in(text)) out.numbers.insert(std::move(number));
    for (std::string& word : folded_words(text)) out.folded.insert(std::move(word));
  }
  out.known.insert(out.words.begin(), out.words.end());
  return out;
}

struct Nearest {
  double order = 0;                        ///< shared with the best two neighbouring sentences
  const FactSentence* statement = nullptr;  ///< the one sentence that says the same, if any
};

Nearest nearest_to(const std::vector<WordId>& words, const Facts& facts) {
  size_t best = 0, best_alone = 0;
  Nearest out;
  CommonSubsequence shared(words);
  for (size_t i = 0; i < facts.sentences.size() && best_alone < words.size(); ++i) {
    const FactSentence& here = facts.sentences[i];
    const size_t alone = shared.with(here.words);
    if (alone > best_alone) {
      best_alone = alone;
      out.statement = &here;
    }
    best = std::max(best, alone);
    if (i + 1 == facts.sentences.size() || best == words.size()) continue;
    best = std::max(best, shared.with(here.words, facts.sentences[i + 1].words));
  }
  const double count = static_cast<double>(words.size());
  if (static_cast<double>(best_alone) < kSameStatement * count) out.statement = nullptr;
  out.order = static_cast<double>(best) / count;
  return out;
}

SentenceSupport support_of(std::string_view text, const std::vector<WordId>& words, const Facts& facts) {
  SentenceSupport out;
  out.text = text;
  out.word_count = words.size();
  for (std::string& number : numbers_in(text))
    if (!facts.numbers.contains(number)) out.numbers.push_back(std::move(number));
  for (std::string& name : names_in(text))
    if (!facts.folded.contains(name)) out.names.push_back(std::move(name));
  if (words.empty()) return out;
  const auto known = std::count_if(words.begin(), words.end(), [&](WordId word) { return facts.known.contains(word); });
  out.words = static_cast<double>(known) / static_cast<double>(words.size());
  const Nearest nearest = nearest_to(words, facts);
  out.order = nearest.order;
  out.flipped = nearest.statement != nullptr && words.size() >= kWordsOfStatementMin && nearest.statement->negated != negates(text);
  return out;
}

double share(size_t part, size_t all) { return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all); }

}  // namespace

Support support(std::string_view answer, std::span<const std::string> texts) {
  Vocabulary vocabulary(WordCut::unicode, true);
  const Facts facts = read(texts, vocabulary);
  Support out;
  std::vector<WordId> words;
  size_t numbers = 0, names = 0, missing_numbers = 0, missing_names = 0, flipped = 0, statements = 0;
  double in_order = 0;
  for (const std::string_view sentence : sentences(answer)) {
    std::vector<WordId> own;
    vocabulary.append_words(sentence, own);
    words.insert(words.end(), own.begin(), own.end());
    const SentenceSupport& one = out.sentences.emplace_back(support_of(sentence, own, facts));
    numbers += numbers_in(sentence).size();
    names += names_in(sentence).size();
    missing_numbers += one.numbers.size();
    missing_names += one.names.size();
    flipped += one.flipped;
    statements += !own.empty();
    in_order += one.order * static_cast<double>(own.size());
    if (own.size() >= kWordsOfStatementMin) out.weakest_sentence = std::max(out.weakest_sentence, 1 - one.order);
  }
  out.unsupported_numbers = share(missing_numbers, numbers);
  out.unsupported_names = share(missing_names, names);
  out.flipped_sentences = share(flipped, statements);
  if (words.empty()) return out;
  out.unsupported_words = 1 - rouge_n(1, facts.words, words).precision;
  out.unsupported_pairs = words.size() < 2 ? out.unsupported_words : 1 - rouge_n(2, facts.words, words).precision;
  out.broken_order = 1 - in_order / static_cast<double>(words.size());
  return out;
}

}  // namespace monitorai::judge
