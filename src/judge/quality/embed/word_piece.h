#pragma once
// BERT's tokeniser: text is cleaned, folded (uncased models), cut at spaces and punctuation, and each word into the longest pieces that the
// vocabulary has. Equal to Hugging Face's BertTokenizer, but for text that spells a special token ("[SEP]"): here it stays text.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai::judge {

using PieceId = uint32_t;

/// Immutable: any number of threads.
class WordPiece {
 public:
  /// vocab.txt: a piece a line, its number is that of the line. It has [CLS], [SEP] and [UNK], or it is Code::invalid.
  static Result<WordPiece> from_vocabulary(std::string_view vocab_txt, bool lower_case);
  /// tokenizer.json of a WordPiece model.
  static Result<WordPiece> from_tokenizer_json(std::string_view json);

  /// [CLS] pieces [SEP]; at most pieces_max (>= 2) in all, the rest of the text is left out.
  std::vector<PieceId> encode(std::string_view text, size_t pieces_max) const;
  size_t size() const { return pieces_.size(); }

 private:
  Result<void> find_special_pieces();
  /// The pieces of one word; [UNK] where they do not cover it.
  void append_pieces(const std::string& word, std::vector<PieceId>& out) const;

  boost::unordered_flat_map<std::string, PieceId> pieces_;
  bool lower_case_ = true;
  PieceId cls_ = 0, sep_ = 0, unknown_ = 0;
};

}  // namespace monitorai::judge
