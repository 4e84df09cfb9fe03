#include "judge/quality/embed/word_piece.h"

#include <simdjson.h>

#include "base/text.h"
#include "judge/quality/text/unicode.h"

namespace monitorai::judge {
namespace {

constexpr size_t kWordCharactersMax = 100;
constexpr std::string_view kContinued = "##";
constexpr size_t kPiecesMax = size_t{1} << 24;

/// BERT counts every ASCII symbol as punctuation.
bool is_punctuation(char32_t c) {
  if (c < 0x80) return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  return kind_of(c) == CharKind::punctuation;
}

size_t characters(std::string_view word) {
  size_t out = 0;
  for (const char c : word) out += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return out;
}

}  // namespace

Result<WordPiece> WordPiece::from_vocabulary(std::string_view vocab_txt, bool lower_case) {
  WordPiece out;
  out.lower_case_ = lower_case;
  PieceId id = 0;
  for (size_t at = 0; at < vocab_txt.size() && id < kPiecesMax; ++id) {
    const size_t end = std::min(vocab_txt.find('\n', at), vocab_txt.size());
    std::string_view piece = vocab_txt.substr(at, end - at);
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    out.pieces_.try_emplace(std::string(piece), id);
    at = end + 1;
  }
  MAI_TRY(out.find_special_pieces());
  return out;
}

Result<WordPiece> WordPiece::from_tokenizer_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(json).get(root); error != simdjson::SUCCESS)
    return Error{Code::invalid, fmt::format("cannot read the tokenizer: {}", simdjson::error_message(error))};
  std::string_view type;
  simdjson::dom::object vocabulary;
  if (root["model"]["vocab"].get_object().get(vocabulary) != simdjson::SUCCESS ||
      (root["model"]["type"].get_string().get(type) == simdjson::SUCCESS && type != "WordPiece"))
    return Error{Code::invalid, "cannot read the tokenizer: it is no WordPiece model"};
  WordPiece out;
  for (const auto& [piece, id] : vocabulary) {
    uint64_t number = 0;
    if (id.get_uint64().get(number) != simdjson::SUCCESS || number >= kPiecesMax)
      return Error{Code::invalid, fmt::format("cannot read the tokenizer: piece {} has no sound number", json_string(piece))};
    out.pieces_.try_emplace(std::string(piece), static_cast<PieceId>(number));
  }
  bool lower_case = true;
  if (root["normalizer"]["lowercase"].get_bool().get(lower_case) == simdjson::SUCCESS) out.lower_case_ = lower_case;
  MAI_TRY(out.find_special_pieces());
  return out;
}

Result<void> WordPiece::find_special_pieces() {
  for (const auto& [name, id] : {std::pair("[CLS]", &cls_), std::pair("[SEP]", &sep_), std::pair("[UNK]", &unknown_)}) {
    const auto found = pieces_.find(name);
    if (found == pieces_.end()) return Error{Code::invalid, fmt::format("cannot read the vocabulary: it lacks {}", name)};
    *id = found->second;
  }
  return {};
}

void WordPiece::append_pieces(const std::string& word, std::vector<PieceId>& out) const {
  if (characters(word) > kWordCharactersMax) return out.push_back(unknown_);
  const size_t begun = out.size();
  std::string piece;
  for (size_t at = 0; at < word.size();) {
    size_t end = word.size();
    for (; end > at; --end) {
      if (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) continue;
      piece.assign(at == 0 ? "" : kContinued);
      piece.append(word, at, end - at);
      if (const auto found = pieces_.find(piece); found != pieces_.end()) {
        out.push_back(found->second);
        break;
      }
    }
    if (end == at) {
      out.resize(begun);
      return out.push_back(unknown_);
    }
    at = end;
  }
}

std::vector<PieceId> WordPiece::encode(std::string_view text, size_t pieces_max) const {
  std::vector<PieceId> out{cls_};
  std::string word;
  std::u32string folded;
  const auto finish = [&] {
    if (!word.empty()) append_pieces(word, out);
    word.clear();
  };
  const auto alone = [&](char32_t c) {
    finish();
    append_utf8(word, c);
    finish();
  };
  for (size_t at = 0; at < text.size() && out.size() < pieces_max;) {
    const char32_t c = next_character(text, at);
    if (c == 0 || c == 0xFFFD || c == kNoCharacter) continue;
    const CharKind kind = kind_of(c);
    if (kind == CharKind::space) {
      finish();
    } else if (kind == CharKind::control) {
      continue;
    } else if (is_cjk_ideograph(c) || is_punctuation(c)) {
      alone(c);
    } else if (!lower_case_) {
      append_utf8(word, c);
    } else {
      folded.clear();
      append_folded(folded, c);
      for (const char32_t letter : folded) {
        if (is_punctuation(letter) || is_cjk_ideograph(letter)) {
          alone(letter);
        } else {
          append_utf8(word, letter);
        }
      }
    }
  }
  if (out.size() < pieces_max) finish();
  if (out.size() > pieces_max - 1) out.resize(pieces_max - 1);
  out.push_back(sep_);
  return out;
}

}  // namespace monitorai::judge
