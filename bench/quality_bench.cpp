// What drift tests say where nothing drifts and where something does, and what judging costs. Prints JSON; bench/quality.py makes tables.
//
//   quality_bench false-alarms ROWS WINDOWS VECTORS BURST   rates of alarms in windows without drift: ours, and Evidently's defaults; VECTORS
//                                               windows of embeddings (each costs 199 classifiers); BURST: correlation of neighbours, 0 ... 1
//   quality_bench power ROWS WINDOWS SHIFT BURST            the rate at which ours finds numbers that moved by SHIFT standard deviations
//   quality_bench concept ROWS WINDOWS SHIFT none|level|turned BURST   the rate of alarms of scores against inputs, where two of 16 inputs have moved
//                                               by SHIFT deviations and the scores of like inputs have not changed, have, or depend otherwise on one
//   quality_bench ks ROWS COLUMNS WINDOW        CPU seconds of Kolmogorov-Smirnov per column, baseline sorted once
//   quality_bench rouge FILE                    CPU seconds of ROUGE-L over {"target", "prediction"} lines, and its F values
//   quality_bench embed MODEL FILE              CPU seconds of embedding the lines of FILE by the model of a folder, and the vectors
//   quality_bench detect FILE [MODEL]           labelled answers (bench/quality_labels.py): what each would be ranked by, ours and single measures
//   quality_bench fit FILE MODEL ORIGIN         the weights that labelled answers teach with signs of meaning: what default_score_model.cpp holds
//   quality_bench mix OLD NEW ROWS,... WINDOWS SHARE,... [MODEL]   the rate at which ours finds windows of which SHARE are lines of NEW, the
//                                               others and the baseline lines of OLD
//   quality_bench examine                       CPU milliseconds of all judge-free signs of a 200-word answer with 1,000 words of facts

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "base/text.h"
#include "judge/quality/drift/concept_drift.h"
#include "judge/quality/drift/distinguish.h"
#include "judge/quality/drift/evidently.h"
#include "judge/quality/drift/kolmogorov.h"
#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/embed/bert_embedder.h"
#include "judge/quality/hallucination/score_model.h"
#include "judge/quality/input/dataset.h"
#include "judge/quality/text/rouge.h"

namespace {

using namespace monitorai;
using namespace monitorai::judge;

constexpr double kLevel = 0.05;
constexpr size_t kBaselineRows = 2000;
constexpr size_t kCategories = 10;
constexpr size_t kDimension = 16;
constexpr size_t kRememberedBytesMax = size_t{512} << 20;
constexpr size_t kVectorPermutations = 199;  // a test at 5 % is as exact with them as with 399, and costs half
constexpr double kBurst = 0.7;  // AR(1): each row keeps this much of the one before
constexpr uint64_t kSeed = 20'261'123;
constexpr uint64_t kNullSeed = uint64_t{1} << 40;  // the permutations have nothing to do with the rows

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Standard normal rows in order of time, each correlated with the one before by `burst`.
class Rows {
 public:
  Rows(uint64_t seed, double burst) : random_(seed), burst_(burst), last_(normal_(random_)) {}
  double next() { return last_ = burst_ * last_ + std::sqrt(1 - burst_ * burst_) * normal_(random_); }
  std::vector<double> numbers(size_t rows, double shift = 0) {
    std::vector<double> out(rows);
    for (double& value : out) value = next() + shift;
    return out;
  }
  std::vector<std::string> categories(size_t rows) {
    std::vector<std::string> out(rows);
    for (std::string& value : out) {
      const double share = 0.5 * std::erfc(-next() / std::sqrt(2.0));  // uniform
      value = std::to_string(std::min(kCategories - 1, static_cast<size_t>(share * kCategories)));
    }
    return out;
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  double burst_, last_;
};

Matrix embeddings(uint64_t seed, double burst, size_t rows) {
  Matrix out(rows, kDimension);
  for (size_t k = 0; k < kDimension; ++k) {
    Rows column(seed * kDimension + k, burst);
    for (size_t i = 0; i < rows; ++i) out.row(i)[k] = column.next();
  }
  return out;
}

struct Rates {
  size_t windows = 0, alarms = 0;
  void add(bool alarm) { ++windows, alarms += alarm; }
};

void print_rates(std::string_view test, const Rates& rates) {
  fmt::print(R"({{"test":"{}","windows":{},"alarms":{}}})"
             "\n",
             test, rates.windows, rates.alarms);
}

/// Baseline and window follow each other in one stream: nothing drifts.
void false_alarms(size_t rows, size_t windows, size_t vector_windows, double burst) {
  Rates numbers, categories, vectors;
  std::map<std::string, Rates> evidently;
  for (size_t i = 0; i < windows; ++i) {
    const uint64_t seed = kSeed + i;
    NullOptions null;
    null.seed = kNullSeed + seed;
    Rows stream(seed, burst);
    const auto baseline = stream.numbers(kBaselineRows), window = stream.numbers(rows);
    numbers.add(distinguish_numbers(baseline, window, null).p <= kLevel);
    for (const NamedTest& test : evidently_of_numbers(baseline, window))
      if (test.by_default || test.name == "psi") evidently[fmt::format("numbers: {}", test.name)].add(test.drifted);
    Rows labels(seed + windows, burst);
    const auto before = labels.categories(kBaselineRows), now = labels.categories(rows);
    categories.add(distinguish_categories(before, now, null).p <= kLevel);
    for (const NamedTest& test : evidently_of_categories(before, now))
      if (test.by_default || test.name == "chisquare") evidently[fmt::format("categories: {}", test.name)].add(test.drifted);
  }
  for (size_t i = 0; i < vector_windows; ++i) {
    const Matrix all = embeddings(kSeed + i, burst, kBaselineRows + rows);
    Matrix before, now;
    for (size_t row = 0; row < all.rows; ++row) (row < kBaselineRows ? before : now).append(all.row(row));
    NullOptions null{.permutations = kVectorPermutations};
    null.seed = kNullSeed + i;
    vectors.add(distinguish_embeddings(before, now, null).p <= kLevel);
  }
  print_rates("ours, numbers", numbers);
  print_rates("ours, categories", categories);
  if (vector_windows > 0) print_rates("ours, embeddings", vectors);
  for (const auto& [name, rates] : evidently) print_rates("Evidently, " + name, rates);
}

void power(size_t rows, size_t windows, double shift, double burst) {
  Rates numbers;
  for (size_t i = 0; i < windows; ++i) {
    NullOptions null;
    null.seed = kNullSeed + i;
    Rows stream(kSeed + i, burst);
    const auto baseline = stream.numbers(kBaselineRows), window = stream.numbers(rows, shift);
    numbers.add(distinguish_numbers(baseline, window, null).p <= kLevel);
  }
  print_rates("ours, numbers", numbers);
}

/// Scores that depend on 16 inputs, not linearly, and scatter more for some inputs than for others.
struct Scored {
  Matrix inputs;
  std::vector<double> scores;
};

enum class Change { none, level, turned };

Scored scored(std::vector<Rows>& streams, Rows& noise, size_t rows, double shift, Change change) {
  Scored out{.inputs = Matrix(rows, kDimension), .scores = {}};
  for (size_t i = 0; i < rows; ++i) {
    const auto x = out.inputs.row(i);
    for (size_t k = 0; k < kDimension; ++k) x[k] = streams[k].next() + (k < 2 ? shift : 0);
    const double usual = std::sin(x[0]) + 0.3 * x[1] * x[1] + 0.5 * x[2], scatter = 0.5 + 0.25 * std::fabs(x[0]);
    out.scores.push_back(usual + scatter * noise.next() + (change == Change::level ? 0.35 : change == Change::turned ? -x[2] : 0));
  }
  return out;
}

/// Inputs may move; what they are scored does not, or does.
void concept_alarms(size_t rows, size_t windows, double shift, std::string_view change, double burst) {
  Rates conditional, alone;
  const Change changed = change == "level" ? Change::level : change == "turned" ? Change::turned : Change::none;
  for (size_t i = 0; i < windows; ++i) {
    std::vector<Rows> streams;
    for (size_t k = 0; k < kDimension; ++k) streams.emplace_back((kSeed + i) * (kDimension + 1) + k, burst);
    Rows noise((kSeed + i) * (kDimension + 1) + kDimension, burst);
    const Scored baseline = scored(streams, noise, kBaselineRows, 0, Change::none), window = scored(streams, noise, rows, shift, changed);
    NullOptions null{.permutations = kVectorPermutations};
    null.seed = kNullSeed + i;
    const auto found = concept_drift(baseline.inputs, baseline.scores, window.inputs, window.scores, null);
    conditional.add(found && found->p <= kLevel);
    alone.add(distinguish_numbers(baseline.scores, window.scores, null).p <= kLevel);
  }
  print_rates("scores against inputs", conditional);
  print_rates("scores alone", alone);
}

void ks(size_t rows, size_t columns, size_t window_rows) {
  Rows stream(kSeed, 0);
  const auto values = stream.numbers(rows * columns), window = stream.numbers(window_rows * columns);
  const double before = cpu_seconds();
  const KsBaseline baseline(values, rows);
  const double sorted = cpu_seconds();
  const auto results = baseline.compare(window, window_rows);
  double least = 1;
  for (const KsResult& result : results) least = std::min(least, result.p);
  fmt::print(R"({{"sort_s":{:.6f},"compare_s":{:.6f},"least_p":{:.17g}}})"
             "\n",
             sorted - before, cpu_seconds() - sorted, least);
}

int rouge_file(const char* path) {
  std::ifstream in(path);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::string target, prediction; std::getline(in, target) && std::getline(in, prediction);) pairs.emplace_back(target, prediction);
  if (pairs.empty()) {
    fmt::print(stderr, "quality_bench: {} holds no pairs of lines\n", path);
    return 1;
  }
  std::vector<double> f;
  const double before = cpu_seconds();
  for (const auto& [target, prediction] : pairs) f.push_back(rouge(target, prediction, WordCut::google, true).rougeL.f);
  const double spent = cpu_seconds() - before;
  fmt::print(R"({{"cpu_s":{:.6f},"f":[)", spent);
  for (size_t i = 0; i < f.size(); ++i) fmt::print("{}{:.17g}", i == 0 ? "" : ",", f[i]);
  fmt::print("]}}\n");
  return 0;
}

int complain(std::string_view message) { return fmt::print(stderr, "quality_bench: {}\n", message), 1; }

std::vector<std::string> lines_of(const char* path) {
  std::ifstream in(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
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

Result<std::unique_ptr<Embedder>> embedder_of(const char* model) {
  if (model == nullptr) return std::unique_ptr<Embedder>(std::make_unique<LexicalEmbedder>());
  MAI_TRY_ASSIGN(auto loaded, BertEmbedder::load(model));
  return std::unique_ptr<Embedder>(std::move(loaded));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : "\n") + text;
  return out;
}

/// High where an answer is likely hallucinated: ours, and what a person might rank by alone.
int detect(const char* path, const char* model) {
  std::ifstream in(path);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto answers = parse_answers(text);
  if (!answers) return complain(answers.error().message);
  const auto embedder = embedder_of(model);
  if (!embedder) return complain(embedder.error().message);
  MeaningReader reader(**embedder, kRememberedBytesMax);
  std::vector<Signs> signs;
  std::vector<uint8_t> labels;
  for (const Answer& answer : *answers) {
    signs.push_back(examine(answer, &reader).signs);
    labels.push_back(answer.hallucinated.value_or(false) ? 1 : 0);
  }
  const auto without_meaning = [](Signs all) {
    std::fill(all.begin() + 11, all.begin() + 14, std::nullopt);
    return all;
  };
  // Refitted: to one half of the answers, judged on the other, both ways.
  std::vector<double> refitted(answers->size(), 0.5);
  for (const size_t judged : {size_t{0}, size_t{1}}) {
    std::vector<Signs> taught;
    std::vector<uint8_t> taught_labels;
    for (size_t i = 0; i < signs.size(); ++i) {
      if (i / 2 % 2 == judged) continue;
      taught.push_back(signs[i]);
      taught_labels.push_back(labels[i]);
    }
    const auto fitted = fit_score_model(taught, taught_labels, "half");
    if (!fitted) return complain(fitted.error().message);
    for (size_t i = 0; i < signs.size(); ++i)
      if (i / 2 % 2 == judged) refitted[i] = fitted->score(signs[i]).value_or(0.5);
  }
  for (size_t i = 0; i < answers->size(); ++i) {
    const Answer& answer = (*answers)[i];
    const std::string facts = joined(answer.facts);
    const RougeScore rouge_l = rouge(facts, answer.text, WordCut::google, true).rougeL;
    if (has_meaning(signs[i]))
      fmt::print(R"({{"label":{},"ours, with meaning":{:.6f},"sentences unlike the facts":{:.6f},"the sentence most unlike":{:.6f},"1 - BERTScore precision":{:.6f},)", labels[i],
                 default_score_model(true).score(signs[i]).value_or(0.5), *signs[i][11], *signs[i][12], *signs[i][13]);
    else
      fmt::print(R"({{"label":{},)", labels[i]);
    const std::vector<std::string> both{answer.text, facts};
    const Matrix rows = (*embedder)->embed(both);
    double cosine = 0;
    for (size_t k = 0; k < rows.columns; ++k) cosine += rows.row(0)[k] * rows.row(1)[k];
    fmt::print(R"("ours":{:.6f},"ours, refitted":{:.6f},"1 - ROUGE-L F":{:.6f},"1 - ROUGE-L precision":{:.6f},"1 - cosine":{:.6f},"length":{}}})"
               "\n",
               default_score_model().score(without_meaning(signs[i])).value_or(0.5), refitted[i], 1 - rouge_l.f, 1 - rouge_l.precision, 1 - cosine, answer.text.size());
  }
  return 0;
}

/// The weights that these labelled answers teach, as they are shipped.
int fit(const char* path, const char* model, const char* origin) {
  std::ifstream in(path);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto answers = parse_answers(text);
  if (!answers) return complain(answers.error().message);
  const auto embedder = embedder_of(model);
  if (!embedder) return complain(embedder.error().message);
  MeaningReader reader(**embedder, kRememberedBytesMax);
  std::vector<Signs> signs;
  std::vector<uint8_t> labels;
  for (const Answer& answer : *answers) {
    signs.push_back(examine(answer, &reader).signs);
    labels.push_back(answer.hallucinated.value_or(false) ? 1 : 0);
  }
  const auto fitted = fit_score_model(signs, labels, origin);
  if (!fitted) return complain(fitted.error().message);
  fmt::print("{}", fitted->to_json());
  return 0;
}

std::vector<double> numbers_of(std::string_view list) {
  std::vector<double> out;
  for (const std::string_view one : split(list, ',')) out.push_back(parse_number(one).value_or(0));
  return out;
}

int mix(const char* old_file, const char* new_file, std::string_view all_rows, size_t windows, std::string_view shares, const char* model) {
  const auto old_texts = lines_of(old_file), new_texts = lines_of(new_file);
  const auto embedder = embedder_of(model);
  if (!embedder) return complain(embedder.error().message);
  constexpr size_t kMixBaseline = 1000;
  const auto rows_wanted = numbers_of(all_rows);
  const auto most = static_cast<size_t>(*std::max_element(rows_wanted.begin(), rows_wanted.end()));
  if (old_texts.size() < kMixBaseline + most || new_texts.empty())
    return complain(fmt::format("{} holds {} lines and {} are needed", old_file, old_texts.size(), kMixBaseline + most));
  const Matrix old_rows = (*embedder)->embed(old_texts), new_rows = (*embedder)->embed(new_texts);
  for (const double wanted : rows_wanted) {
    for (const double share : numbers_of(shares)) {
      const auto rows = static_cast<size_t>(wanted);
      Rates found;
      for (size_t i = 0; i < windows; ++i) {
        std::mt19937_64 random(kSeed + i);
        std::vector<size_t> order(old_texts.size());
        for (size_t k = 0; k < order.size(); ++k) order[k] = k;
        std::shuffle(order.begin(), order.end(), random);
        Matrix before, now;
        for (size_t k = 0; k < kMixBaseline; ++k) before.append(old_rows.row(order[k]));
        for (size_t k = 0; k < rows; ++k) {
          const bool is_new = std::uniform_real_distribution<double>()(random) < share;
          now.append(is_new ? new_rows.row(random() % new_texts.size()) : old_rows.row(order[kMixBaseline + k]));
        }
        NullOptions null{.permutations = kVectorPermutations};
        null.seed = kNullSeed + i;
        found.add(distinguish_embeddings(before, now, null).p <= kLevel);
      }
      fmt::print(R"({{"test":"{}","rows":{},"share":{},"windows":{},"alarms":{}}})"
                 "\n",
                 (*embedder)->name(), rows, share, found.windows, found.alarms);
    }
  }
  return 0;
}

void examine_answers() {
  std::mt19937_64 random(kSeed);
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
  fmt::print(R"({{"ms":{:.4f},"mean_score":{:.4f}}})"
             "\n",
             1000 * (cpu_seconds() - before) / kAnswers, sum / kAnswers);
}

size_t number(const char* text) { return static_cast<size_t>(std::strtoull(text, nullptr, 10)); }

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "false-alarms" && argc == 6) false_alarms(number(argv[2]), number(argv[3]), number(argv[4]), std::strtod(argv[5], nullptr));
  else if (what == "power" && argc == 6) power(number(argv[2]), number(argv[3]), std::strtod(argv[4], nullptr), std::strtod(argv[5], nullptr));
  else if (what == "concept" && argc == 7) concept_alarms(number(argv[2]), number(argv[3]), std::strtod(argv[4], nullptr), argv[5], std::strtod(argv[6], nullptr));
  else if (what == "ks" && argc == 5) ks(number(argv[2]), number(argv[3]), number(argv[4]));
  else if (what == "rouge" && argc == 3) return rouge_file(argv[2]);
  else if (what == "embed" && argc == 4) return embed_lines(argv[2], argv[3], false);
  else if (what == "embed-int8" && argc == 4) return embed_lines(argv[2], argv[3], true);
  else if (what == "detect" && (argc == 3 || argc == 4)) return detect(argv[2], argc == 4 ? argv[3] : nullptr);
  else if (what == "fit" && argc == 5) return fit(argv[2], argv[3], argv[4]);
  else if (what == "mix" && (argc == 7 || argc == 8)) return mix(argv[2], argv[3], argv[4], number(argv[5]), argv[6], argc == 8 ? argv[7] : nullptr);
  else if (what == "examine") examine_answers();
  else return fmt::print(stderr, "usage: quality_bench false-alarms|power|concept|ks|rouge|examine ... (see the head of the source)\n"), 2;
  return 0;
}
