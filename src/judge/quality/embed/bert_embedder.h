#pragma once
// Sentence embeddings by a BERT-shaped sentence-transformer (all-MiniLM-L6-v2 and its like), from the model's own files: config.json,
// vocab.txt or tokenizer.json, model.safetensors, and where they are there 1_Pooling/config.json, sentence_bert_config.json. Encoder, mean
// over the tokens, length 1. In this process, on this CPU; nothing is downloaded.

#include <filesystem>
#include <memory>

#include "judge/quality/embed/embedder.h"
#include "judge/quality/embed/encoder_kernel.h"
#include "judge/quality/embed/word_piece.h"

namespace monitorai::judge {

enum class Precision {
  float32,
  int8,  ///< weights in a byte each (byte_matrix.h): less memory and time; vectors of cosine 0.995 and more to those of float32
};

/// Immutable once loaded: any number of threads.
class BertEmbedder : public Embedder {
 public:
  /// Errors name the file and what is wrong with it: another kind of model, a missing tensor, a shape that does not fit.
  static Result<std::unique_ptr<BertEmbedder>> load(const std::filesystem::path& folder, Precision precision = Precision::float32);

  std::string_view name() const override { return name_; }
  size_t dimension() const override { return weights_.hidden; }
  /// What computes: "AVX-512", "AVX2, int8 by AVX-512 VNNI".
  std::string kernel() const;
  Matrix embed(std::span<const std::string> texts) const override;
  bool sees_meaning() const override { return true; }
  std::vector<ReadText> read(std::span<const std::string> texts) const override;

 private:
  struct Packed;
  BertEmbedder(WordPiece pieces, size_t pieces_max) : pieces_(std::move(pieces)), pieces_max_(pieces_max) {}
  /// The last layer's states of packs of texts: use(packed, states).
  template <class Use>
  void encode(std::span<const std::string> texts, Use use) const;
  std::vector<float> states_of(const Packed& packed) const;

  std::string name_;
  WordPiece pieces_;
  size_t pieces_max_;
  EncoderWeights weights_;
  std::vector<float> word_embeddings_, position_embeddings_;  ///< the latter with that of token type 0 added
};

}  // namespace monitorai::judge
