// What drift tests say where nothing drifts and where something does, and what judging costs. Prints JSON; bench/quality.py makes tables.
//
//   quality_bench [--seed N] PART ...     the seed of all that is drawn (kSeed of quality_traffic.h), printed with what was drawn from it
//
//   false-alarms ROWS WINDOWS VECTORS BURST   rates of alarms in windows without drift, which follow their baseline in one stream: ours, and
//                              Evidently's defaults; VECTORS windows of embeddings (each costs 199 classifiers); BURST: correlation of neighbours, 0 ... 1
//   power ROWS WINDOWS SHIFT BURST            the rate at which ours finds numbers that moved by SHIFT standard deviations
//   concept ROWS WINDOWS SHIFT none|level|turned BURST   the rate of alarms of scores against inputs, where two of 16 inputs have moved
//                              by SHIFT deviations and the scores of like inputs have not changed, have, or depend otherwise on one
//   words FILE ROWS,... WINDOWS BURST         the rate of alarms of the test of words where nothing drifts: FILE has lines of a topic, a tab and a
//                              text; the topic of a text is that of the one before with probability BURST
//   mix OLD NEW ROWS,... WINDOWS SHARE,... [MODEL]   the rates at which the tests of embeddings and of words find windows of which SHARE are
//                              lines of NEW, the others and the baseline lines of OLD
//   detect FILE [MODEL]        labelled answers (bench/quality_labels.py): what each would be ranked by, ours and single measures, high where it
//                              is likely hallucinated
//   fit FILE MODEL ORIGIN      the weights that labelled answers teach with signs of meaning: what default_score_model.cpp holds
//   ks ROWS COLUMNS WINDOW     CPU seconds of Kolmogorov-Smirnov per column, baseline sorted once
//   rouge FILE                 CPU seconds of ROUGE-L over lines of target and prediction in turn, and its F values
//   embed|embed-int8 MODEL FILE   CPU seconds of embedding the lines of FILE by the model of a folder, and the vectors
//   compare FILE               CPU milliseconds of one comparison as the service makes it: a window of 500 lines of FILE against a baseline of
//                              1,000 others, every column tested, with the texts and without
//   examine                    CPU milliseconds of all judge-free signs of a 200-word answer with 1,000 words of facts

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

#include "base/text.h"
#include "judge/quality/embed/bert_embedder.h"
#include "quality_parts.h"
#include "quality_traffic.h"

namespace monitorai::bench {

int complain(std::string_view message) { return fmt::print(stderr, "quality_bench: {}\n", message), 1; }

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<std::string> lines_of(const char* path) {
  std::ifstream in(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

Result<std::unique_ptr<judge::Embedder>> embedder_of(const char* model) {
  if (model == nullptr) return std::unique_ptr<judge::Embedder>(std::make_unique<judge::LexicalEmbedder>());
  MAI_TRY_ASSIGN(auto loaded, judge::BertEmbedder::load(model));
  return std::unique_ptr<judge::Embedder>(std::move(loaded));
}

namespace {

constexpr int kUsage = 2;

size_t count(const char* text) { return static_cast<size_t>(std::strtoull(text, nullptr, 10)); }
double real(const char* text) { return parse_number(text).value_or(0); }

/// a: the part and its arguments, and a null.
int run(const std::vector<const char*>& a, uint64_t seed) {
  const size_t given = a.size() - 1;
  const std::string_view part = given > 0 ? a[0] : "";
  if (part == "false-alarms" && given == 5) return false_alarms(count(a[1]), count(a[2]), count(a[3]), real(a[4]), seed), 0;
  if (part == "power" && given == 5) return power(count(a[1]), count(a[2]), real(a[3]), real(a[4]), seed), 0;
  if (part == "concept" && given == 6) return concept_alarms(count(a[1]), count(a[2]), real(a[3]), a[4], real(a[5]), seed), 0;
  if (part == "words" && given == 5) return words(a[1], a[2], count(a[3]), real(a[4]), seed);
  if (part == "mix" && (given == 6 || given == 7)) return mix(a[1], a[2], a[3], count(a[4]), a[5], a[6], seed);
  if (part == "detect" && (given == 2 || given == 3)) return detect(a[1], a[2]);
  if (part == "fit" && given == 4) return fit(a[1], a[2], a[3]);
  if (part == "ks" && given == 4) return ks(count(a[1]), count(a[2]), count(a[3]), seed), 0;
  if (part == "rouge" && given == 2) return rouge_file(a[1]);
  if (part == "embed" && given == 3) return embed_lines(a[1], a[2], false);
  if (part == "embed-int8" && given == 3) return embed_lines(a[1], a[2], true);
  if (part == "compare" && given == 2) return compare_windows(a[1]);
  if (part == "examine" && given == 1) return examine_answers(seed), 0;
  fmt::print(stderr, "usage: quality_bench [--seed N] false-alarms|power|concept|words|mix|detect|fit|ks|rouge|embed|embed-int8|compare|examine ... (see the head of the source)\n");
  return kUsage;
}

}  // namespace
}  // namespace monitorai::bench

int main(int argc, char** argv) {
  std::vector<const char*> arguments(argv + 1, argv + argc);
  uint64_t seed = monitorai::bench::kSeed;
  if (arguments.size() > 1 && std::string_view(arguments[0]) == "--seed") {
    const auto wanted = monitorai::parse_integer<uint64_t>(arguments[1]);
    if (!wanted) return monitorai::bench::complain(fmt::format("--seed wants a whole number, not {}", arguments[1]));
    seed = *wanted;
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  arguments.push_back(nullptr);
  return monitorai::bench::run(arguments, seed);
}
