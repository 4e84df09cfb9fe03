#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>

#include "base/files.h"
#include "base/text.h"
#include "judge/quality/embed/bert_embedder.h"
#include "judge/quality/embed/safetensors.h"

namespace monitorai::judge {
namespace {

const std::filesystem::path kTinyBert = std::filesystem::path(MAI_SOURCE_DIR) / "tests/quality/reference/tiny_bert";

std::string file(const std::filesystem::path& path) { return read_file(path, size_t{16} << 20).value(); }

struct Reference {
  std::vector<std::string> texts;
  std::vector<std::vector<PieceId>> pieces;
  Matrix vectors;
};

Reference reference() {
  Reference out;
  const std::string bytes = file(kTinyBert / "vectors.jsonl");
  simdjson::dom::parser parser;
  for (const std::string_view line : split(trim(bytes), '\n')) {
    const simdjson::dom::element row = parser.parse(line);
    out.texts.emplace_back(row["text"].get_string().value());
    auto& pieces = out.pieces.emplace_back();
    for (const auto id : row["pieces"].get_array()) pieces.push_back(static_cast<PieceId>(id.get_uint64().value()));
    std::vector<double> vector;
    for (const auto value : row["vector"].get_array()) vector.push_back(value.get_double());
    out.vectors.append(vector);
  }
  return out;
}

TEST(WordPiece, equals_transformers) {
  const Reference want = reference();
  const auto from_text = WordPiece::from_vocabulary(file(kTinyBert / "vocab.txt"), true);
  const auto from_json = WordPiece::from_tokenizer_json(file(kTinyBert / "tokenizer.json"));
  ASSERT_TRUE(from_text.has_value());
  ASSERT_TRUE(from_json.has_value()) << from_json.error().message;
  for (size_t i = 0; i < want.texts.size(); ++i) {
    EXPECT_EQ(from_text->encode(want.texts[i], 24), want.pieces[i]) << want.texts[i];
    EXPECT_EQ(from_json->encode(want.texts[i], 24), want.pieces[i]) << want.texts[i];
  }
}

TEST(WordPiece, refuses_foreign_vocabularies) {
  EXPECT_FALSE(WordPiece::from_vocabulary("", true).has_value());
  EXPECT_NE(WordPiece::from_vocabulary("a\nb\n", true).error().message.find("[CLS]"), std::string::npos);
  EXPECT_FALSE(WordPiece::from_tokenizer_json("{}").has_value());
  EXPECT_FALSE(WordPiece::from_tokenizer_json(R"({"model": {"type": "BPE", "vocab": {"a": 1}}})").has_value());
  EXPECT_FALSE(WordPiece::from_tokenizer_json(R"({"model": {"type": "WordPiece", "vocab": {"[CLS]": -1}}})").has_value());
}

TEST(BertEmbedder, equals_pytorch_on_every_kernel) {
  const auto embedder = BertEmbedder::load(kTinyBert);
  ASSERT_TRUE(embedder.has_value()) << embedder.error().message;
  const Reference want = reference();
  const Matrix got = (*embedder)->embed(want.texts);
  for (size_t i = 0; i < got.values.size(); ++i) EXPECT_NEAR(got.values[i], want.vectors.values[i], 2e-5) << want.texts[i / got.columns];
  const Matrix alone = (*embedder)->embed(std::span(want.texts).subspan(2, 1));
  for (size_t k = 0; k < alone.columns; ++k) EXPECT_NEAR(alone.values[k], got.row(2)[k], 1e-5) << "texts packed together do not see each other";
  EXPECT_EQ((*embedder)->embed({}).rows, 0);
}

TEST(EncoderKernel, all_that_this_cpu_has_agree) {
  EncoderWeights weights{.hidden = 16, .heads = 2, .intermediate = 24, .epsilon = 1e-12F, .norm = std::vector<float>(16, 1), .norm_bias = std::vector<float>(16, 0), .layers = {}};
  auto numbers = [state = 1U](size_t count) mutable {
    std::vector<float> out;
    for (size_t i = 0; i < count; ++i) out.push_back(static_cast<float>((state = state * 1664525U + 1013904223U) >> 8) / 0x1p24F - 0.5F);
    return out;
  };
  const std::vector<float> ones(16, 1), zeros(16, 0);
  weights.layers.push_back({numbers(48 * 16), numbers(48), numbers(256), numbers(16), ones, zeros, numbers(24 * 16), numbers(24), numbers(24 * 16), numbers(16), ones, zeros});
  const std::vector<float> input = numbers(10 * 16);
  const size_t ends[] = {3, 10};
  auto baseline = input, best = input;
  kernel_baseline::run(weights, baseline.data(), ends, 2);
  encoder_kernel()(weights, best.data(), ends, 2);
  for (size_t i = 0; i < input.size(); ++i) EXPECT_NEAR(best[i], baseline[i], 1e-4) << encoder_kernel_name();
}

TEST(ByteMatrix, every_product_of_this_cpu_gives_the_same_and_is_near_the_floats) {
  const auto f = [](size_t rows, size_t inputs, size_t outputs) {
    auto number = [state = uint32_t{7}]() mutable { return static_cast<float>((state = state * 1664525U + 1013904223U) >> 8) / 0x1p24F - 0.3F; };
    std::vector<float> weights(outputs * inputs), numbers(rows * inputs), bias(outputs);
    for (std::vector<float>* all : {&weights, &numbers, &bias})
      for (float& one : *all) one = number();
    const ByteMatrix matrix(weights, outputs, inputs);
    ByteRows bytes;
    bytes.assign(numbers.data(), rows, inputs);
    std::vector<float> plain(rows * outputs, -1), best(rows * outputs, -2);
    byte_product_baseline(matrix, bytes, bias.data(), plain.data());
    byte_product()(matrix, bytes, bias.data(), best.data());
    for (size_t row = 0; row < rows; ++row) {
      for (size_t output = 0; output < outputs; ++output) {
        double exact = static_cast<double>(bias[output]);
        for (size_t i = 0; i < inputs; ++i) exact += static_cast<double>(numbers[row * inputs + i]) * static_cast<double>(weights[output * inputs + i]);
        const float got = best[row * outputs + output];
        EXPECT_NEAR(got, plain[row * outputs + output], 1e-4) << byte_product_name() << " " << rows << "x" << inputs << "x" << outputs;
        // A row's values are off by up to half a step of 1/255, a weight by half of 0.7/127.
        EXPECT_NEAR(static_cast<double>(got), exact, 0.0045 * static_cast<double>(inputs));
      }
    }
  };
  f(1, 1, 1);
  f(7, 5, 17);
  f(6, 64, 64);
  f(13, 30, 100);
  f(2, 384, 16);
}

TEST(ByteMatrix, constant_rows_and_weights_of_zero_are_exact) {
  const ByteMatrix zeros(std::vector<float>(32, 0), 4, 8), ones(std::vector<float>(32, 1), 4, 8);
  ByteRows rows;
  const std::vector<float> numbers(16, -2.5F), bias{1, 2, 3, 4};
  rows.assign(numbers.data(), 2, 8);
  std::vector<float> out(8);
  byte_product()(zeros, rows, bias.data(), out.data());
  EXPECT_EQ(out, (std::vector<float>{1, 2, 3, 4, 1, 2, 3, 4}));
  byte_product()(ones, rows, bias.data(), out.data());
  for (size_t i = 0; i < 8; ++i) EXPECT_NEAR(out[i], -20 + bias[i % 4], 1e-4);
}

TEST(BertEmbedder, eight_bits_are_near_the_floats) {
  const auto exact = BertEmbedder::load(kTinyBert), bytes = BertEmbedder::load(kTinyBert, Precision::int8);
  ASSERT_TRUE(bytes.has_value());
  const Reference want = reference();
  const Matrix a = (*exact)->embed(want.texts), b = (*bytes)->embed(want.texts);
  for (size_t row = 0; row < a.rows; ++row) {
    double cosine = 0;
    for (size_t k = 0; k < a.columns; ++k) cosine += a.row(row)[k] * b.row(row)[k];
    EXPECT_GT(cosine, 0.995) << want.texts[row];
  }
  EXPECT_NE((*bytes)->name().find("int8"), std::string_view::npos);
  EXPECT_NE((*bytes)->kernel().find("int8"), std::string::npos);
}

TEST(BertEmbedder, foreign_and_broken_models_are_refused_by_name) {
  const auto f = [](std::string_view name, const std::function<std::string(std::string)>& damage, std::string_view want) {
    const TemporaryDirectory folder;
    for (const char* one : {"config.json", "vocab.txt", "model.safetensors", "sentence_bert_config.json"}) {
      std::string bytes = file(kTinyBert / one);
      if (name == one) bytes = damage(std::move(bytes));
      ASSERT_TRUE(write_file_atomically(folder.path() / one, bytes).has_value());
    }
    const auto got = BertEmbedder::load(folder.path());
    ASSERT_FALSE(got.has_value()) << want;
    EXPECT_NE(got.error().message.find(want), std::string::npos) << got.error().message;
  };
  const auto replaced = [](std::string_view from, std::string_view to) {
    return [=](std::string text) {
      const size_t at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      return text.replace(at, from.size(), to);
    };
  };
  f("config.json", [](auto) { return "{"; }, "config.json");
  f("config.json", replaced("\"bert\"", "\"gpt2\""), "gpt2");
  f("config.json", replaced("\"gelu\"", "\"silu\""), "silu");
  f("config.json", replaced("\"num_attention_heads\": 4", "\"num_attention_heads\": 5"), "size");
  f("config.json", replaced("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"), "no tensor encoder.layer.2");
  f("config.json", replaced("\"intermediate_size\": 48", "\"intermediate_size\": 50"), "shape");
  f("vocab.txt", [](auto) { return "only\nthese\n"; }, "[CLS]");
  f("model.safetensors", [](auto) { return "GGUF"; }, "safetensors");
  f("model.safetensors", [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); }, "bytes");
  EXPECT_FALSE(BertEmbedder::load("/nowhere").has_value());
}

TEST(Safetensors, every_lie_is_found) {
  const auto f = [](std::string_view header, std::string_view data, std::string_view want) {
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    const auto got = parse_safetensors(bytes + std::string(header) + std::string(data));
    ASSERT_FALSE(got.has_value()) << header;
    EXPECT_NE(got.error().message.find(want), std::string::npos) << got.error().message;
  };
  f("[]", "", "no JSON object");
  f(R"({"a":1})", "", "no object");
  f(R"({"a":{"dtype":"F32","shape":[1]}})", "", "lacks");
  f(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abc", "0 to 4 of 3");
  f(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "abcd", "4 to 0");
  f(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd", "4 bytes for 2");
  f(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "abcd", "shape");
  f(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})", "abcd", "shape");
  EXPECT_FALSE(parse_safetensors("").has_value());
  EXPECT_FALSE(parse_safetensors("\xff\xff\xff\xff\xff\xff\xff\xff{}").has_value());
}

TEST(LexicalEmbedder, similar_spelling_is_near) {
  const LexicalEmbedder embedder;
  const std::vector<std::string> texts{"reset my password", "Reset my pässword!", "a recipe for pancakes", "", "\xff\xfe", std::string(1 << 20, 'x')};
  const Matrix rows = embedder.embed(texts);
  const auto cosine = [&](size_t a, size_t b) {
    double sum = 0;
    for (size_t k = 0; k < rows.columns; ++k) sum += rows.row(a)[k] * rows.row(b)[k];
    return sum;
  };
  EXPECT_NEAR(cosine(0, 0), 1, 1e-12);
  EXPECT_NEAR(cosine(0, 1), 1, 1e-9);
  EXPECT_LT(cosine(0, 2), 0.3);
  EXPECT_EQ(cosine(3, 3), 0);
}

}  // namespace
}  // namespace monitorai::judge
