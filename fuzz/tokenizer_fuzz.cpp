// Texts, vocabularies and tokenizer files of strangers. Up to the first zero byte the input is a vocabulary, the rest is text.

#include "base/check.h"
#include "judge/quality/embed/word_piece.h"
#include "judge/quality/text/rouge.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const size_t cut = std::min(input.find('\0'), input.size());
  const std::string_view text = input.substr(std::min(cut + 1, input.size()));
  for (const auto& pieces : {judge::WordPiece::from_vocabulary("[CLS]\n[SEP]\n[UNK]\n" + std::string(input.substr(0, cut)), true),
                             judge::WordPiece::from_tokenizer_json(input.substr(0, cut))}) {
    if (!pieces) continue;
    for (const size_t limit : {size_t{2}, size_t{16}}) {
      const auto ids = pieces->encode(text, limit);
      MAI_CHECK(ids.size() >= 2 && ids.size() <= limit);
    }
  }
  for (const auto cut_words : {judge::WordCut::google, judge::WordCut::unicode}) {
    const auto scores = judge::rouge(text, text, cut_words, true);
    MAI_CHECK(scores.rougeL.f == 0 || scores.rougeL.f == 1);
    MAI_CHECK(judge::rouge(input, text, cut_words, true).rouge1.precision <= 1);
  }
  return 0;
}
