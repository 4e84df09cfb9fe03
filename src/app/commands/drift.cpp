// `monitorai drift`: two files compared, as a report for a person or as JSON.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/commands.h"
#include "app/progress_bar.h"
#include "base/text.h"
#include "judge/quality/drift/report.h"
#include "judge/quality/embed/bert_embedder.h"
#include "judge/quality/input/dataset.h"
#include "serve/json_writer.h"

namespace monitorai::app {
namespace {

constexpr size_t kExampleBytes = 100;

struct DriftArguments {
  std::string baseline, current, model, scores = "score";
  std::vector<std::string> columns;
  std::string level = "0.05", score = "0.2";
  int64_t rows_min = static_cast<int64_t>(judge::kWindowRowsMin), permutations = 399, block = 0, seed = 1;
  bool evidently = false, json = false, int8 = false;
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai drift: {}\n", message);
  return 2;
}

std::string shortened(std::string_view text) {
  std::string out = to_valid_utf8(text.substr(0, kExampleBytes));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text.size() > kExampleBytes ? out + "..." : out;
}

/// Shows how far embedding has come: with a model it is nearly all of the time.
class ShownEmbedder final : public judge::Embedder {
 public:
  explicit ShownEmbedder(const judge::Embedder& inner) : inner_(inner) {}
  std::string_view name() const override { return inner_.name(); }
  size_t dimension() const override { return inner_.dimension(); }
  bool sees_meaning() const override { return inner_.sees_meaning(); }
  judge::Matrix embed(std::span<const std::string> texts) const override {
    constexpr size_t kAtOnce = 64;
    ProgressBar bar(texts.size(), ProgressBar::Unit::things);
    judge::Matrix out;
    for (size_t at = 0; at < texts.size(); at += kAtOnce) {
      const judge::Matrix some = inner_.embed(texts.subspan(at, std::min(kAtOnce, texts.size() - at)));
      for (size_t i = 0; i < some.rows; ++i) out.append(some.row(i));
      bar.show(at + some.rows, "texts read");
    }
    return out;
  }

 private:
  const judge::Embedder& inner_;
};

bool any_judged(const judge::DriftReport& report) {
  return std::any_of(report.columns.begin(), report.columns.end(),
                     [](const judge::ColumnDrift& column) { return column.verdict != judge::DriftVerdict::too_few; });
}

std::string_view headline(const judge::ColumnDrift& column) {
  switch (column.verdict) {
    case judge::DriftVerdict::same:
      return "no change that chance does not explain";
    case judge::DriftVerdict::slight:
      return "a small change, not by chance";
    case judge::DriftVerdict::drift:
      return "DRIFT: it has changed much, and not by chance";
    case judge::DriftVerdict::too_few:
      return "too few rows for a verdict";
  }
  return "";
}

void print_column(const judge::ColumnDrift& column, int64_t rows_min) {
  fmt::print("\n{} ({}): {}\n", column.name, column.kind, headline(column));
  fmt::print("  rows: {} before, {} now", column.baseline_rows, column.window_rows);
  if (column.missing_baseline + column.missing_window > 0)
    fmt::print("; empty: {} before, {} now", column.missing_baseline, column.missing_window);
  if (column.odd > 0) fmt::print("; {} cells of another kind are left out", column.odd);
  fmt::print("\n");
  if (column.verdict == judge::DriftVerdict::too_few) {
    fmt::print("  a verdict needs {} rows on each side\n", rows_min);
    return;
  }
  fmt::print("  score {:.3f} (0 the same, 1 wholly different), p {:.4f} ({:.4f} over all columns)\n", column.result.score, column.result.p,
             column.p_adjusted);
  if (column.result.block > 1)
    fmt::print("  neighbouring rows resemble each other: chance was simulated in blocks of {} rows\n", column.result.block);
  for (const std::string& sentence : column.what_changed) fmt::print("  {}\n", sentence);
  if (!column.examples.empty() && column.verdict != judge::DriftVerdict::same) {
    fmt::print("  least like the baseline:\n");
    for (const std::string& example : column.examples) fmt::print("    \"{}\"\n", shortened(example));
  }
  if (column.evidently.empty()) return;
  fmt::print("  Evidently's tests (its default is marked *; false alarms on small windows, see docs/quality.md):\n");
  for (const judge::NamedTest& test : column.evidently)
    fmt::print("    {:<24}{} {:<12.6g} threshold {:<9.6g} {}\n", test.name, test.by_default ? "*" : " ", test.value,
               test.threshold, test.drifted ? "drift" : "-");
}

/// All columns at a glance: a bar each, as long as its score.
void print_overview(const judge::DriftReport& report) {
  constexpr size_t kBar = 20;
  size_t widest = 0;
  for (const judge::ColumnDrift& column : report.columns) widest = std::max(widest, column.name.size());
  fmt::print("\n");
  for (const judge::ColumnDrift& column : report.columns) {
    if (column.verdict == judge::DriftVerdict::too_few) {
      fmt::print("  {:<{}}  too few rows\n", column.name, widest);
      continue;
    }
    const auto filled = static_cast<size_t>(std::lround(std::clamp(column.result.score, 0.0, 1.0) * kBar));
    std::string bar;
    for (size_t i = 0; i < kBar; ++i) bar += i < filled ? "█" : "░";
    fmt::print("  {:<{}}  {} {:.2f}  p {:.4f}  {}\n", column.name, widest, bar, column.result.score, column.p_adjusted,
               column.verdict == judge::DriftVerdict::same ? "no change" : verdict_name(column.verdict));
  }
}

void print_report(const judge::DriftReport& report, const DriftArguments& arguments) {
  size_t drifted = 0, slight = 0, too_few = 0;
  for (const judge::ColumnDrift& column : report.columns) {
    drifted += column.verdict == judge::DriftVerdict::drift;
    slight += column.verdict == judge::DriftVerdict::slight;
    too_few += column.verdict == judge::DriftVerdict::too_few;
  }
  if (!any_judged(report)) {
    fmt::print("It cannot be told: a verdict needs {} rows on each side, and no column has them.\n", arguments.rows_min);
    for (const judge::ColumnDrift& column : report.columns)
      fmt::print("  {}: {} rows before, {} now\n", column.name, column.baseline_rows, column.window_rows);
    for (const std::string& skipped : report.skipped) fmt::print("\nleft out: {}\n", skipped);
    return;
  }
  fmt::print("{}: {} of {} columns drifted, {} changed a little.\n", report.drifted ? "DRIFT" : "No drift", drifted,
             report.columns.size() - too_few, slight);
  if (too_few > 0) fmt::print("{} more have too few rows for a verdict.\n", too_few);
  fmt::print("Drift score {:.3f}, p {:.4f}. At most {} of 100 comparisons without a change end in a false alarm.\n", report.score, report.p,
             format_number(100 * parse_number(arguments.level).value_or(0)));
  if (!report.embedder.empty()) fmt::print("Texts are compared by: {}.\n", report.embedder);
  print_overview(report);
  for (const judge::ColumnDrift& column : report.columns) print_column(column, arguments.rows_min);
  for (const std::string& skipped : report.skipped) fmt::print("\nleft out: {}\n", skipped);
}

void write_column(serve::JsonWriter& out, const judge::ColumnDrift& column) {
  out.begin_object().field("name", column.name).field("kind", column.kind).field("verdict", judge::verdict_name(column.verdict));
  const bool judged = column.verdict != judge::DriftVerdict::too_few;
  out.field("score", judged ? std::optional(column.result.score) : std::nullopt)
      .field("p", judged ? std::optional(column.result.p) : std::nullopt);
  out.field("p_adjusted", judged ? std::optional(column.p_adjusted) : std::nullopt).field("moved_components", column.moved_components);
  out.field("block", column.result.block).field("baseline_rows", column.baseline_rows).field("current_rows", column.window_rows);
  out.field("baseline_missing", column.missing_baseline).field("current_missing", column.missing_window).field("odd_cells", column.odd);
  out.key("what_changed").begin_list();
  for (const std::string& sentence : column.what_changed) out.value(sentence);
  out.end_list().key("examples").begin_list();
  for (const std::string& example : column.examples) out.value(example);
  out.end_list();
  if (!column.evidently.empty()) {
    out.key("evidently").begin_list();
    for (const judge::NamedTest& test : column.evidently) {
      out.begin_object().field("name", test.name).field("value", test.value).field("threshold", test.threshold);
      out.field("drifted", test.drifted).field("default", test.by_default).end_object();
    }
    out.end_list();
  }
  out.end_object();
}

void print_json(const judge::DriftReport& report) {
  serve::JsonWriter out;
  const bool judged = any_judged(report);
  out.begin_object().field("drifted", judged ? std::optional(report.drifted) : std::nullopt);
  out.field("score", judged ? std::optional(report.score) : std::nullopt).field("p", judged ? std::optional(report.p) : std::nullopt);
  out.field("embedder", report.embedder);
  out.key("columns").begin_list();
  for (const judge::ColumnDrift& column : report.columns) write_column(out, column);
  out.end_list().key("skipped").begin_list();
  for (const std::string& skipped : report.skipped) out.value(skipped);
  out.end_list().end_object();
  fmt::print("{}\n", out.take());
}

Result<judge::DriftOptions> options_of(const DriftArguments& arguments) {
  const auto level = parse_number(arguments.level), score = parse_number(arguments.score);
  if (!level || !(*level > 0 && *level < 1)) return Error{Code::invalid, "--level is a share between 0 and 1"};
  if (!score || !(*score >= 0 && *score <= 1)) return Error{Code::invalid, "--score is between 0 and 1"};
  if (arguments.rows_min < 1 || arguments.block < 0) return Error{Code::invalid, "--min-rows is at least 1, --block at least 0"};
  if (arguments.permutations < 19 || arguments.permutations > 100'000)
    return Error{Code::invalid, "--permutations is between 19 and 100000"};
  return judge::DriftOptions{.level = *level,
                             .score_min = *score,
                             .rows_min = static_cast<size_t>(arguments.rows_min),
                             .evidently = arguments.evidently,
                             .columns = arguments.columns,
                             .scores = arguments.scores,
                             .null = {.permutations = static_cast<size_t>(arguments.permutations),
                                      .block = static_cast<size_t>(arguments.block),
                                      .seed = static_cast<uint64_t>(arguments.seed)}};
}

/// The model asked for, or spelling where none is; never one for the other.
Result<std::unique_ptr<judge::Embedder>> embedder_of(const std::string& folder, bool int8) {
  if (folder.empty()) return std::unique_ptr<judge::Embedder>(std::make_unique<judge::LexicalEmbedder>());
  MAI_TRY_ASSIGN(auto model, judge::BertEmbedder::load(folder, int8 ? judge::Precision::int8 : judge::Precision::float32));
  return std::unique_ptr<judge::Embedder>(std::move(model));
}

int run_drift(const DriftArguments& arguments) {
  const auto options = options_of(arguments);
  if (!options) return fail(options.error().message);
  const auto baseline = judge::read_dataset(arguments.baseline), current = judge::read_dataset(arguments.current);
  if (!baseline) return fail(baseline.error().message);
  if (!current) return fail(current.error().message);
  const auto embedder = embedder_of(arguments.model, arguments.int8);
  if (!embedder) return fail(embedder.error().message);
  const auto report = judge::compare(*baseline, *current, ShownEmbedder(**embedder), *options);
  if (!report) return fail(report.error().message);
  arguments.json ? print_json(*report) : print_report(*report, arguments);
  if (!any_judged(*report)) return 2;
  return report->drifted ? 1 : 0;
}

}  // namespace

Command drift_command() {
  auto arguments = std::make_shared<DriftArguments>();
  return {
      .name = "drift",
      .summary = "Compare recent prompts (or any columns) with a baseline",
      .description =
          "Compares two files column by column and says what changed, how much, and whether chance explains it: prompts and other texts,\n"
          "numbers, categories, embeddings. JSON (.jsonl, or .json with a list), .csv or .tsv with a header, .txt with a text a line, or .npy.\n"
          "Rows are in order of time.\n"
          "  monitorai drift --baseline prompts-may.jsonl --current prompts-today.jsonl\n"
          "Exit code 0: no drift; 1: drift; 2: it cannot be told.",
      .declare =
          [arguments](Options& options) {
            options.value("--baseline", arguments->baseline, "What it was like", "FILE");
            options.value("--current", arguments->current, "What it is like now", "FILE");
            options.values("--column", arguments->columns, "Compare only this column (repeatable)", "NAME");
            options.value("--scores", arguments->scores, "Column of numbers that is compared at like inputs, too (default score)", "NAME");
            options.value("--level", arguments->level, "False alarms accepted (default 0.05: 5 of 100)", "SHARE");
            options.value("--score", arguments->score, "Smallest score that is drift (default 0.2)", "SCORE");
            options.value("--min-rows", arguments->rows_min, "Rows that a verdict needs on each side (default 30)", "N");
            options.value("--permutations", arguments->permutations, "Times that chance is simulated (default 399)", "N");
            options.value("--block", arguments->block, "Rows that belong together (default 0: found from the rows)", "N");
            options.value("--seed", arguments->seed, "Of the simulation (default 1)", "N");
            options.value("--model", arguments->model, "Folder of a sentence-transformer that texts are compared by; without one, by spelling", "DIR");
            options.flag("--int8", arguments->int8, "The model's weights in eight bits: less memory and time");
            options.flag("--evidently", arguments->evidently, "Show Evidently's tests beside it");
            options.flag("--json", arguments->json, "Print JSON");
          },
      .run =
          [arguments] {
            if (arguments->baseline.empty() || arguments->current.empty()) return fail("--baseline FILE and --current FILE are needed");
            return run_drift(*arguments);
          }};
}

}  // namespace monitorai::app
