// What judging costs, in CPU time of this process.

#include "judge/quality/drift/kolmogorov_columns.h"
#include "judge/quality/embed/bert_embedder.h"
#include "judge/quality/hallucination/score_model.h"
#include "judge/quality/text/rouge.h"
#include "judge/quality/watch/drift_window.h"
#include "quality_parts.h"
#include "quality_traffic.h"

namespace monitorai::bench {

using namespace judge;

void ks(size_t rows, size_t columns, size_t window_rows, uint64_t seed) {
  Rows stream(seed, 0);
  const auto values = stream.numbers(rows * columns), window = stream.numbers(window_rows * columns);
  const double start = cpu_seconds();
  const KsColumns baseline(values, rows);
  const double sorted = cpu_seconds();
  const auto results = baseline.compare(window, window_rows);
  const double compared = cpu_seconds();
  const auto once = ks_by_columns(values, rows, window, window_rows);
  const double done = cpu_seconds();
  double least = 1, apart = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    least = std::min(least, results[i].p);
    apart = std::max(apart, std::abs(results[i].p - once[i].p));
  }
  fmt::print(R"({{"sort_s":{:.6f},"compare_s":{:.6f},"once_s":{:.6f},"least_p":{:.17g},"apart":{:.3g},"seed":{}}})"
             "\n",
             sorted - start, compared - sorted, done - compared, least, apart, seed);
}

int rouge_file(const char* path) {
  const auto lines = lines_of(path);
  if (lines.size() < 2) return complain(fmt::format("{} holds no pairs of lines", path));
  std::vector<double> f;
  const double before = cpu_seconds();
  for (size_t i = 0; i + 1 < lines.size(); i += 2) f.push_back(rouge(lines[i], lines[i + 1], WordCut::google, true).rougeL.f);
  const double spent = cpu_seconds() - before;
  fmt::print(R"({{"cpu_s":{:.6f},"f":[)", spent);
  for (size_t i = 0; i < f.size(); ++i) fmt::print("{}{:.17g}", i == 0 ? "" : ",", f[i]);
  fmt::print("]}}\n");
  return 0;
}

int embed_lines(const char* model, const char* path, bool eight_bits) {
  const auto embedder = BertEmbedder::load(model, eight_bits ? Precision::int8 : Precision::float32);
  if (!embedder) return complain(embedder.error().message);
  const auto texts = lines_of(path);
  (*embedder)->embed(std::span(texts).first(std::min<size_t>(texts.size(), 64)));  // pages and caches
  const double before = cpu_seconds();
  const Matrix rows = (*embedder)->embed(texts);
  const double spent = cpu_seconds() - before;
  fmt::print(R"({{"cpu_s":{:.6f},"kernel":"{}","vectors":[)", spent, (*embedder)->kernel());
  for (size_t i = 0; i < rows.rows; ++i) {
    fmt::print("{}[", i == 0 ? "" : ",");
    for (size_t k = 0; k < rows.columns; ++k) fmt::print("{}{:.8g}", k == 0 ? "" : ",", rows.row(i)[k]);
    fmt::print("]");
  }
  fmt::print("]}}\n");
  return 0;
}

int compare_windows(const char* path) {
  const auto lines = lines_of(path);
  const DriftSettings settings;
  constexpr size_t kTimes = 5;
  if (lines.size() < settings.baseline_rows + settings.window_rows)
    return complain(fmt::format("{} holds {} lines and {} are needed", path, lines.size(), settings.baseline_rows + settings.window_rows));
  const Matrix vectors = LexicalEmbedder().embed(lines);
  const auto rows_of = [&](size_t first, size_t count, bool with_text) {
    std::vector<PromptRow> out(count);
    for (size_t i = 0; i < count; ++i) {
      const auto vector = vectors.row(first + i);
      const std::string& line = lines[first + i];
      const double scored = static_cast<double>(line.size() % 100) / 100;
      out[i] = {.vector = {vector.begin(), vector.end()}, .length = static_cast<double>(line.size()), .language = "en", .score = scored, .prompt = with_text ? line : ""};
    }
    return out;
  };
  const auto spent_by = [&](bool with_text) {
    const auto baseline = rows_of(0, settings.baseline_rows, with_text), window = rows_of(settings.baseline_rows, settings.window_rows, with_text);
    const double before = cpu_seconds();
    for (size_t i = 0; i < kTimes; ++i) compare_prompts(baseline, window, settings);
    return 1000 * (cpu_seconds() - before) / kTimes;
  };
  fmt::print(R"({{"ms":{:.1f},"ms_without_texts":{:.1f},"baseline":{},"window":{},"permutations":{}}})"
             "\n",
             spent_by(true), spent_by(false), settings.baseline_rows, settings.window_rows, settings.permutations);
  return 0;
}

void examine_answers(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto words = [&](size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) {
      out += i % 12 == 0 ? "The " : "";
      for (size_t letters = 2 + random() % 8; letters > 0; --letters) out += static_cast<char>('a' + random() % 26);
      out += random() % 40 == 0 ? fmt::format(" {}", random() % 2000) : "";
      out += i % 12 == 11 ? ". " : " ";
    }
    return out;
  };
  constexpr size_t kAnswers = 200;
  std::vector<Answer> answers(kAnswers);
  for (Answer& answer : answers) {
    answer.text = words(200);
    answer.facts = {words(500), words(500)};
    answer.tokens.resize(260);
    for (TokenChance& token : answer.tokens) token = {.log_p = -0.1 * static_cast<double>(random() % 30), .alternatives = {-0.1, -2.5, -3, -4, -6}};
  }
  const double before = cpu_seconds();
  double sum = 0;
  for (const Answer& answer : answers) sum += default_score_model().score(examine(answer).signs).value_or(0);
  fmt::print(R"({{"ms":{:.4f},"mean_score":{:.4f},"seed":{}}})"
             "\n",
             1000 * (cpu_seconds() - before) / kAnswers, sum / kAnswers, seed);
}

}  // namespace monitorai::bench
