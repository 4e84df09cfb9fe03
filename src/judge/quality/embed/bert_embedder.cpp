#include "judge/quality/embed/bert_embedder.h"

#include <simdjson.h>

#include <cmath>

#include "base/files.h"
#include "base/text.h"
#include "judge/quality/embed/safetensors.h"

namespace monitorai::judge {
namespace {

constexpr size_t kConfigBytesMax = size_t{1} << 20, kVocabularyBytesMax = size_t{64} << 20;
constexpr size_t kPackedTokens = 512;  // as many as keep a layer's intermediate values in the second-level cache
constexpr size_t kSizeMax = 1 << 16;

struct Shape {
  size_t hidden = 0, heads = 0, layers = 0, intermediate = 0, vocabulary = 0, positions = 0, types = 0;
  double epsilon = 1e-12;
};

class Config {
 public:
  static Result<Config> read(const std::filesystem::path& path) {
    Config out;
    MAI_TRY_ASSIGN(const std::string bytes, read_file(path, kConfigBytesMax));
    if (const auto error = out.parser_->parse(bytes).get_object().get(out.root_); error != simdjson::SUCCESS)
      return Error{Code::corrupt, fmt::format("cannot read {}: {}", path.string(), simdjson::error_message(error))};
    return out;
  }
  std::string text(std::string_view name) const {
    std::string_view out;
    return root_[name].get_string().get(out) == simdjson::SUCCESS ? std::string(out) : "";
  }
  /// 0 where it is absent or out of bounds.
  size_t size(std::string_view name) const {
    uint64_t out = 0;
    return root_[name].get_uint64().get(out) == simdjson::SUCCESS && out <= size_t{1} << 24 ? out : 0;
  }
  std::optional<bool> truth(std::string_view name) const {
    bool out = false;
    if (root_[name].get_bool().get(out) != simdjson::SUCCESS) return std::nullopt;
    return out;
  }
  double number(std::string_view name, double otherwise) const {
    double out = otherwise;
    return root_[name].get_double().get(out) == simdjson::SUCCESS ? out : otherwise;
  }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::dom::object root_;
};

Result<Shape> read_shape(const std::filesystem::path& folder) {
  const auto path = folder / "config.json";
  MAI_TRY_ASSIGN(const Config config, Config::read(path));
  const auto wrong = [&](std::string_view why) { return Error{Code::invalid, fmt::format("cannot use the model of {}: {}", path.string(), why)}; };
  if (config.text("model_type") != "bert") return wrong(fmt::format("its type is {}, not bert", json_string(config.text("model_type"))));
  if (config.text("hidden_act") != "gelu") return wrong(fmt::format("its activation is {}, not gelu", json_string(config.text("hidden_act"))));
  const Shape out{config.size("hidden_size"),  config.size("num_attention_heads"),     config.size("num_hidden_layers"), config.size("intermediate_size"),
                  config.size("vocab_size"),   config.size("max_position_embeddings"), config.size("type_vocab_size"),   config.number("layer_norm_eps", 1e-12)};
  const bool sound = out.hidden > 0 && out.hidden <= kSizeMax && out.heads > 0 && out.hidden % out.heads == 0 && out.layers > 0 && out.layers <= 1000 &&
                     out.intermediate > 0 && out.intermediate <= kSizeMax && out.vocabulary > 0 && out.positions >= 2 && out.types > 0 && out.epsilon > 0;
  if (!sound) return wrong("a size is missing or out of bounds");
  return out;
}

/// Mean pooling is what is computed; a model that wants another is refused.
Result<void> check_pooling(const std::filesystem::path& folder) {
  const auto path = folder / "1_Pooling" / "config.json";
  if (!std::filesystem::exists(path)) return {};
  MAI_TRY_ASSIGN(const Config config, Config::read(path));
  if (config.truth("pooling_mode_mean_tokens") == true) return {};
  return Error{Code::invalid, fmt::format("cannot use the model of {}: it does not pool by the mean of the tokens", path.string())};
}

Result<WordPiece> read_pieces(const std::filesystem::path& folder) {
  if (const auto path = folder / "vocab.txt"; std::filesystem::exists(path)) {
    bool lower_case = true;
    if (const auto config = Config::read(folder / "tokenizer_config.json")) lower_case = config->truth("do_lower_case").value_or(true);
    MAI_TRY_ASSIGN(const std::string bytes, read_file(path, kVocabularyBytesMax));
    return WordPiece::from_vocabulary(bytes, lower_case);
  }
  MAI_TRY_ASSIGN(const std::string bytes, read_file(folder / "tokenizer.json", kVocabularyBytesMax));
  return WordPiece::from_tokenizer_json(bytes);
}

/// The tensors of a model, some of whose files put "bert." before every name.
class Reader {
 public:
  explicit Reader(const Tensors& tensors) : tensors_(tensors), prefix_(tensors.contains("bert.embeddings.LayerNorm.weight") ? "bert." : "") {}
  Result<void> read(std::vector<float>& to, const std::string& name, const std::vector<size_t>& shape) const {
    MAI_TRY_ASSIGN(to, floats_of(tensors_, prefix_ + name, shape));
    for (const float value : to)
      if (!std::isfinite(value)) return Error{Code::corrupt, fmt::format("tensor {} holds numbers that are not finite", name)};
    return {};
  }

 private:
  const Tensors& tensors_;
  std::string prefix_;
};

Result<EncoderLayer> read_layer(const Reader& reader, size_t index, const Shape& shape) {
  EncoderLayer out;
  const std::string base = fmt::format("encoder.layer.{}.", index);
  const size_t h = shape.hidden, up = shape.intermediate;
  for (const char* part : {"query", "key", "value"}) {
    std::vector<float> weight, bias;
    MAI_TRY(reader.read(weight, fmt::format("{}attention.self.{}.weight", base, part), {h, h}));
    MAI_TRY(reader.read(bias, fmt::format("{}attention.self.{}.bias", base, part), {h}));
    out.qkv_weight.insert(out.qkv_weight.end(), weight.begin(), weight.end());
    out.qkv_bias.insert(out.qkv_bias.end(), bias.begin(), bias.end());
  }
  MAI_TRY(reader.read(out.attention_weight, base + "attention.output.dense.weight", {h, h}));
  MAI_TRY(reader.read(out.attention_bias, base + "attention.output.dense.bias", {h}));
  MAI_TRY(reader.read(out.attention_norm, base + "attention.output.LayerNorm.weight", {h}));
  MAI_TRY(reader.read(out.attention_norm_bias, base + "attention.output.LayerNorm.bias", {h}));
  MAI_TRY(reader.read(out.up_weight, base + "intermediate.dense.weight", {up, h}));
  MAI_TRY(reader.read(out.up_bias, base + "intermediate.dense.bias", {up}));
  MAI_TRY(reader.read(out.down_weight, base + "output.dense.weight", {h, up}));
  MAI_TRY(reader.read(out.down_bias, base + "output.dense.bias", {h}));
  MAI_TRY(reader.read(out.output_norm, base + "output.LayerNorm.weight", {h}));
  MAI_TRY(reader.read(out.output_norm_bias, base + "output.LayerNorm.bias", {h}));
  return out;
}

void to_bytes(EncoderLayer& layer, const Shape& shape) {
  const auto convert = [](std::vector<float>& weights, ByteMatrix& bytes, size_t outputs, size_t inputs) {
    bytes = ByteMatrix(weights, outputs, inputs);
    weights = {};
  };
  convert(layer.qkv_weight, layer.qkv_bytes, 3 * shape.hidden, shape.hidden);
  convert(layer.attention_weight, layer.attention_bytes, shape.hidden, shape.hidden);
  convert(layer.up_weight, layer.up_bytes, shape.intermediate, shape.hidden);
  convert(layer.down_weight, layer.down_bytes, shape.hidden, shape.intermediate);
}

}  // namespace

/// Texts whose tokens go through the encoder together.
struct BertEmbedder::Packed {
  std::vector<PieceId> pieces;
  std::vector<size_t> ends, rows;
};

Result<std::unique_ptr<BertEmbedder>> BertEmbedder::load(const std::filesystem::path& folder, Precision precision) {
  MAI_TRY_ASSIGN(const Shape shape, read_shape(folder));
  MAI_TRY(check_pooling(folder));
  auto pieces = read_pieces(folder);
  if (!pieces) return wrap(pieces.error(), fmt::format("cannot use the model of {}", folder.string()));
  if (pieces->size() > shape.vocabulary)
    return Error{Code::invalid, fmt::format("cannot use the model of {}: its vocabulary has {} pieces, its config {}", folder.string(), pieces->size(), shape.vocabulary)};
  size_t pieces_max = shape.positions;
  if (const auto config = Config::read(folder / "sentence_bert_config.json"); config && config->size("max_seq_length") >= 2)
    pieces_max = std::min(pieces_max, config->size("max_seq_length"));
  const auto path = folder / "model.safetensors";
  const auto read_weights = [&]() -> Result<std::unique_ptr<BertEmbedder>> {
    MAI_TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    MAI_TRY_ASSIGN(const Tensors tensors, parse_safetensors(file.bytes()));
    const Reader reader(tensors);
    std::unique_ptr<BertEmbedder> out(new BertEmbedder(std::move(*pieces), pieces_max));
    EncoderWeights& weights = out->weights_;
    weights.hidden = shape.hidden;
    weights.heads = shape.heads;
    weights.intermediate = shape.intermediate;
    weights.epsilon = static_cast<float>(shape.epsilon);
    std::vector<float> types;
    MAI_TRY(reader.read(out->word_embeddings_, "embeddings.word_embeddings.weight", {shape.vocabulary, shape.hidden}));
    MAI_TRY(reader.read(out->position_embeddings_, "embeddings.position_embeddings.weight", {shape.positions, shape.hidden}));
    MAI_TRY(reader.read(types, "embeddings.token_type_embeddings.weight", {shape.types, shape.hidden}));
    MAI_TRY(reader.read(weights.norm, "embeddings.LayerNorm.weight", {shape.hidden}));
    MAI_TRY(reader.read(weights.norm_bias, "embeddings.LayerNorm.bias", {shape.hidden}));
    for (size_t i = 0; i < out->position_embeddings_.size(); ++i) out->position_embeddings_[i] += types[i % shape.hidden];
    for (size_t i = 0; i < shape.layers; ++i) {
      MAI_TRY_ASSIGN(EncoderLayer layer, read_layer(reader, i, shape));
      if (precision == Precision::int8) to_bytes(layer, shape);
      weights.layers.push_back(std::move(layer));
    }
    out->name_ = fmt::format("model {} ({} numbers{})", folder.filename().empty() ? folder.parent_path().filename().string() : folder.filename().string(), shape.hidden,
                             precision == Precision::int8 ? ", int8" : "");
    return out;
  };
  auto out = read_weights();
  if (!out) return wrap(out.error(), fmt::format("cannot use the model of {}", path.string()));
  return out;
}

std::string BertEmbedder::kernel() const {
  const bool bytes = !weights_.layers.empty() && weights_.layers[0].qkv_bytes.outputs > 0;
  return bytes ? fmt::format("{}, int8 by {}", encoder_kernel_name(), byte_product_name()) : encoder_kernel_name();
}

std::vector<float> BertEmbedder::states_of(const Packed& packed) const {
  const size_t h = weights_.hidden;
  std::vector<float> states(packed.pieces.size() * h);
  for (size_t text = 0, token = 0; text < packed.ends.size(); ++text) {
    for (size_t position = 0; token < packed.ends[text]; ++token, ++position) {
      // A vocabulary may skip numbers; those beyond the table were refused at load, except in tokenizer.json, so they are bounded here.
      const size_t piece = std::min<size_t>(packed.pieces[token], word_embeddings_.size() / h - 1);
      for (size_t k = 0; k < h; ++k) states[token * h + k] = word_embeddings_[piece * h + k] + position_embeddings_[position * h + k];
    }
  }
  encoder_kernel()(weights_, states.data(), packed.ends.data(), packed.ends.size());
  return states;
}

template <class Use>
void BertEmbedder::encode(std::span<const std::string> texts, Use use) const {
  Packed packed;
  const auto flush = [&] {
    if (!packed.ends.empty()) use(packed, states_of(packed));
    packed = {};
  };
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto pieces = pieces_.encode(texts[i], pieces_max_);
    if (packed.pieces.size() + pieces.size() > kPackedTokens) flush();
    packed.pieces.insert(packed.pieces.end(), pieces.begin(), pieces.end());
    packed.ends.push_back(packed.pieces.size());
    packed.rows.push_back(i);
  }
  flush();
}

namespace {

/// The mean of rows of states, of length 1: its divisor cancels.
template <class Out>
void mean_direction(const float* states, size_t rows, Out out) {
  for (size_t token = 0; token < rows; ++token)
    for (size_t k = 0; k < out.size(); ++k) out[k] += static_cast<double>(states[token * out.size() + k]);
  double squares = 0;
  for (const double value : out) squares += value * value;
  if (squares > 0)
    for (double& value : out) value /= std::sqrt(squares);
}

}  // namespace

Matrix BertEmbedder::embed(std::span<const std::string> texts) const {
  const size_t h = weights_.hidden;
  Matrix out(texts.size(), h);
  encode(texts, [&](const Packed& packed, const std::vector<float>& states) {
    for (size_t text = 0, begin = 0; text < packed.ends.size(); begin = packed.ends[text++])
      mean_direction(&states[begin * h], packed.ends[text] - begin, out.row(packed.rows[text]));
  });
  return out;
}

std::vector<ReadText> BertEmbedder::read(std::span<const std::string> texts) const {
  const size_t h = weights_.hidden;
  std::vector<ReadText> out(texts.size());
  std::vector<double> mean(h);
  encode(texts, [&](const Packed& packed, const std::vector<float>& states) {
    for (size_t text = 0, begin = 0; text < packed.ends.size(); begin = packed.ends[text++]) {
      ReadText& one = out[packed.rows[text]];
      std::fill(mean.begin(), mean.end(), 0);
      mean_direction(&states[begin * h], packed.ends[text] - begin, std::span(mean));
      for (const double value : mean) one.sentence.push_back(static_cast<float>(value));
      if (packed.ends[text] - begin <= 2) continue;  // the pieces that begin and end a text
      one.tokens.assign(states.begin() + static_cast<ptrdiff_t>((begin + 1) * h), states.begin() + static_cast<ptrdiff_t>((packed.ends[text] - 1) * h));
      for (size_t at = 0; at < one.tokens.size(); at += h) {
        float squares = 0;
        for (size_t k = 0; k < h; ++k) squares += one.tokens[at + k] * one.tokens[at + k];
        for (size_t k = 0; k < h && squares > 0; ++k) one.tokens[at + k] /= std::sqrt(squares);
      }
    }
  });
  return out;
}

}  // namespace monitorai::judge
