// Folders of embedding models of strangers: config.json, vocab.txt and model.safetensors, each up to a byte 0x1e but the last. Where there
// is no third part, the tensors are those of the tiny model of the tests. What loads can embed.

#include <unistd.h>

#include <cmath>
#include <fstream>

#include "base/check.h"
#include "base/files.h"
#include "judge/quality/embed/bert_embedder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  namespace fs = std::filesystem;
  static const fs::path tiny = fs::path(MAI_SOURCE_DIR) / "tests/quality/reference/tiny_bert";
  static const TemporaryDirectory temporary;
  static const fs::path folder = temporary.path();
  static const std::string weights = read_file(tiny / "model.safetensors", size_t{1} << 20).value();
  std::string_view rest(reinterpret_cast<const char*>(bytes), size);
  const auto next = [&] {
    const std::string_view part = rest.substr(0, rest.find('\x1e'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
  };
  const auto write = [&](const char* name, std::string_view text) { std::ofstream(folder / name, std::ios::binary) << text; };
  write("config.json", next());
  write("vocab.txt", next());
  write("model.safetensors", rest.empty() ? std::string_view(weights) : rest);
  for (const judge::Precision precision : {judge::Precision::float32, judge::Precision::int8}) {
    const auto embedder = judge::BertEmbedder::load(folder, precision);
    if (!embedder) return 0;
    const std::string texts[] = {"hello world", ""};
    const judge::Matrix matrix = (*embedder)->embed(texts);
    MAI_CHECK(matrix.rows == 2 && matrix.columns == (*embedder)->dimension());
    for (const double value : matrix.values) MAI_CHECK(!std::isnan(value));
  }
  return 0;
}
