#pragma once
// Texts to vectors: similar texts lie near each other. Two kinds: a model's (meaning) and hashed letters (spelling only).

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

/// A text as its words are read in their sentence.
struct ReadText {
  std::vector<float> sentence;  ///< as embed() gives it
  std::vector<float> tokens;    ///< a row a piece of a word, each of length 1; without those that begin and end the text
};

class Embedder {
 public:
  virtual ~Embedder() = default;
  /// What is shown beside every number made with it.
  virtual std::string_view name() const = 0;
  virtual size_t dimension() const = 0;
  /// A row a text, of length 1 (0 for a text without content). Any bytes are accepted.
  virtual Matrix embed(std::span<const std::string> texts) const = 0;
  /// Whether vectors stand for meaning, and read() can be asked.
  virtual bool sees_meaning() const { return false; }
  /// One a text; empty where sees_meaning() is not.
  virtual std::vector<ReadText> read(std::span<const std::string> texts) const { return std::vector<ReadText>(texts.size()); }
};

/// Without a model: counts of hashed runs of 3 to 5 characters, in 256 numbers. It sees spelling, not meaning: texts that say the same in
/// other words are as far apart as any, and it is named lexical wherever it is used. Any number of threads.
class LexicalEmbedder : public Embedder {
 public:
  std::string_view name() const override { return "lexical (hashed letters, no model)"; }
  size_t dimension() const override;
  Matrix embed(std::span<const std::string> texts) const override;
};

}  // namespace monitorai::judge
