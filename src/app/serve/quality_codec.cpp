#include "app/serve/quality_codec.h"

#include "store/disk/bytes.h"

namespace monitorai::app {
namespace {

using judge::JudgedSentence;
using judge::KeptAnswer;
using judge::PromptRow;
using judge::Signs;
using store::ByteReader;
using store::put_signed;
using store::put_text;
using store::put_varint;
using store::put_word;

constexpr uint8_t kVersion = 1;

void put_number(std::string& out, const std::optional<double>& value) {
  put_varint(out, value ? 1 : 0);
  if (value) put_word(out, *value);
}
std::optional<double> number(ByteReader& in) { return in.varint() == 1 ? std::optional(in.word<double>()) : std::nullopt; }

void put_texts(std::string& out, const std::vector<std::string>& texts) {
  put_varint(out, texts.size());
  for (const std::string& text : texts) put_text(out, text);
}
std::vector<std::string> texts(ByteReader& in) {
  std::vector<std::string> out;
  for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) out.emplace_back(in.text());
  return out;
}

/// A reader behind the version; not ok() where it is another.
ByteReader begin(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.byte() != kVersion) in.bytes(bytes.size() + 1);
  return in;
}

}  // namespace

std::string encode_rows(const std::vector<PromptRow>& rows) {
  std::string out(1, static_cast<char>(kVersion));
  put_varint(out, rows.size());
  for (const PromptRow& row : rows) {
    put_signed(out, row.time.ms);
    put_varint(out, row.vector.size());
    out.append(reinterpret_cast<const char*>(row.vector.data()), row.vector.size() * sizeof(float));
    put_word(out, row.length);
    put_text(out, row.language);
    put_number(out, row.score);
    put_text(out, row.prompt);
  }
  return out;
}

std::optional<std::vector<PromptRow>> decode_rows(std::string_view bytes) {
  ByteReader in = begin(bytes);
  std::vector<PromptRow> out;
  for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    PromptRow& row = out.emplace_back();
    row.time = {in.signed_varint()};
    const uint64_t width = in.varint();
    if (width > in.left() / sizeof(float)) return std::nullopt;
    row.vector.resize(width);
    const std::string_view floats = in.bytes(width * sizeof(float));
    if (!floats.empty()) std::memcpy(row.vector.data(), floats.data(), floats.size());
    row.length = in.word<double>();
    row.language = std::string(in.text());
    row.score = number(in);
    row.prompt = std::string(in.text());
    if (width != out.front().vector.size()) return std::nullopt;
  }
  return in.ok() && in.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

std::string encode_signs(const Signs& signs) {
  std::string out(1, static_cast<char>(kVersion));
  for (const auto& sign : signs) put_number(out, sign);
  return out;
}

std::optional<Signs> decode_signs(std::string_view bytes) {
  ByteReader in = begin(bytes);
  Signs out;
  for (auto& sign : out)
    if (!in.at_end()) sign = number(in);  // signs that came later are absent
  return in.ok() && in.at_end() ? std::optional(out) : std::nullopt;
}

std::string encode_kept(const KeptAnswer& kept) {
  std::string out(1, static_cast<char>(kVersion));
  put_varint(out, static_cast<uint64_t>(kept.source));
  for (const std::string* text : {&kept.answer_id, &kept.prompt, &kept.answer, &kept.trace_id, &kept.span_id}) put_text(out, *text);
  put_texts(out, kept.facts);
  put_varint(out, kept.sentences.size());
  for (const JudgedSentence& sentence : kept.sentences) {
    put_text(out, sentence.text);
    put_word(out, sentence.words);
    put_word(out, sentence.order);
    put_varint(out, sentence.flipped ? 1 : 0);
    put_texts(out, sentence.missing);
  }
  return out;
}

bool decode_kept(std::string_view bytes, KeptAnswer& into) {
  ByteReader in = begin(bytes);
  const uint64_t source = in.varint();
  if (source > static_cast<uint64_t>(judge::TextSource::log)) return false;
  into.source = static_cast<judge::TextSource>(source);
  for (std::string* text : {&into.answer_id, &into.prompt, &into.answer, &into.trace_id, &into.span_id}) *text = std::string(in.text());
  into.facts = texts(in);
  for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    JudgedSentence& sentence = into.sentences.emplace_back();
    sentence.text = std::string(in.text());
    sentence.words = in.word<double>();
    sentence.order = in.word<double>();
    sentence.flipped = in.varint() == 1;
    sentence.missing = texts(in);
  }
  return in.ok() && in.at_end();
}

}  // namespace monitorai::app
