// `monitorai score`: the answers of a file judged without a second model, as a report for a person or as JSON.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "app/commands.h"
#include "app/progress_bar.h"
#include "base/files.h"
#include "base/text.h"
#include "judge/quality/embed/bert_embedder.h"
#include "judge/quality/hallucination/score_model.h"
#include "judge/quality/input/text_bytes.h"
#include "serve/json_writer.h"

namespace monitorai::app {
namespace {

constexpr size_t kFileBytesMax = size_t{2} << 30;
constexpr size_t kModelBytesMax = size_t{1} << 20;
constexpr size_t kRememberedBytesMax = size_t{512} << 20;  // of sentences that were read: files repeat their facts
constexpr size_t kWorstShown = 3;
constexpr size_t kTextShown = 160;

struct ScoreArguments {
  std::string file, fit, save, weights, model;
  bool json = false, int8 = false;
};

struct Scored {
  const judge::Answer* answer = nullptr;
  judge::Examination examination;
  std::optional<double> score;
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai score: {}\n", message);
  return 2;
}

std::string shortened(std::string_view text) {
  std::string out = to_valid_utf8(text.substr(0, kTextShown));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text.size() > kTextShown ? out + "..." : out;
}

Result<std::vector<judge::Answer>> read_answers(const std::string& path) {
  if (const std::string advice = judge::advice_for(path); !advice.empty())
    return Error{Code::invalid, fmt::format("cannot read {}: {}", path, advice)};
  MAI_TRY_ASSIGN(const std::string bytes, read_file(path, kFileBytesMax));
  const std::string ending = lower(std::filesystem::path(path).extension().string());
  const auto parsed = [&]() -> Result<std::vector<judge::Answer>> {
    MAI_TRY(judge::check_text(bytes));
    return ending == ".csv" || ending == ".tsv" ? judge::parse_answers_csv(bytes) : judge::parse_answers(bytes);
  };
  auto out = parsed();
  if (!out) return wrap(out.error(), fmt::format("cannot read {}", path));
  if (out->empty()) return Error{Code::invalid, fmt::format("cannot read {}: it holds no answers", path)};
  return out;
}

/// The embedder that reads, where one is asked for.
struct Reading {
  std::unique_ptr<judge::BertEmbedder> embedder;
  std::unique_ptr<judge::MeaningReader> reader;
};

Result<Reading> reading_of(const ScoreArguments& arguments) {
  Reading out;
  if (arguments.model.empty()) return out;
  MAI_TRY_ASSIGN(out.embedder, judge::BertEmbedder::load(arguments.model, arguments.int8 ? judge::Precision::int8 : judge::Precision::float32));
  out.reader = std::make_unique<judge::MeaningReader>(*out.embedder, kRememberedBytesMax);
  return out;
}

Result<judge::ScoreModel> fit(const std::string& path, judge::MeaningReader* reader) {
  MAI_TRY_ASSIGN(const auto answers, read_answers(path));
  std::vector<judge::Signs> signs;
  std::vector<uint8_t> labels;
  ProgressBar bar(answers.size(), ProgressBar::Unit::things);
  for (const judge::Answer& answer : answers) {
    bar.show(static_cast<size_t>(&answer - answers.data()), "answers read");
    if (!answer.hallucinated) continue;
    signs.push_back(judge::examine(answer, reader).signs);
    labels.push_back(*answer.hallucinated);
  }
  return judge::fit_score_model(signs, labels, fmt::format("{} labelled answers of {}", labels.size(), std::string(basename(path))));
}

Result<judge::ScoreModel> model_of(const ScoreArguments& arguments, judge::MeaningReader* reader) {
  if (!arguments.fit.empty()) return fit(arguments.fit, reader);
  if (arguments.weights.empty()) return judge::default_score_model(reader != nullptr && judge::is_shipped_reader(reader->embedder()));
  MAI_TRY_ASSIGN(const std::string bytes, read_file(arguments.weights, kModelBytesMax));
  auto out = judge::parse_score_model(bytes);
  if (!out) return wrap(out.error(), fmt::format("cannot read {}", arguments.weights));
  return out;
}

/// In the order of judge::kSigns.
constexpr std::array<std::string_view, judge::kSigns.size()> kSignNames{
    "words the facts lack",      "pairs of words the facts lack",  "said in another order",         "the weakest sentence",
    "numbers the facts lack",    "names the facts lack",           "denied sentences",              "the least likely token",
    "how unlikely tokens are",   "how undecided the model was",    "other samples disagree",        "sentences unlike the facts in meaning",
    "the sentence least like the facts in meaning", "words unlike the facts in meaning", "into how many meanings samples fall"};

void print_model(const judge::ScoreModel& model) {
  constexpr size_t kBar = 20;
  const auto& proof = model.proof;
  fmt::print("\nWhat tells a hallucinated answer, and how much it counts:\n");
  std::vector<size_t> order;
  for (size_t k = 0; k < judge::kSigns.size(); ++k)
    if (model.weights[k].weight > 0) order.push_back(k);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return model.weights[a].weight > model.weights[b].weight; });
  const double most = order.empty() ? 1 : model.weights[order[0]].weight;
  for (const size_t k : order) {
    std::string bar;
    const auto filled = static_cast<size_t>(std::lround(model.weights[k].weight / most * kBar));
    for (size_t i = 0; i < kBar; ++i) bar += i < filled ? "█" : "░";
    fmt::print("  {} {:>5.2f}  {} ({})\n", bar, model.weights[k].weight, kSignNames[k], judge::kSigns[k]);
  }
  fmt::print("Fitted to {}.\n", model.origin);
  fmt::print("On {} answers that it was not fitted to, {} of them hallucinated: AUC {:.3f} (0.5 guesses, 1 never errs); from a score of {:.2f} on an "
             "answer is flagged, which are {:.0f} % of the hallucinated ones and {:.0f} % of the sound ones.\n",
             proof.answers, proof.hallucinated, proof.auc, model.threshold, 100 * proof.sensitivity, 100 * (1 - proof.specificity));
}

/// "" where the weights belong to the embedder that reads.
std::string note_of(const ScoreArguments& arguments, const judge::MeaningReader* reader) {
  if (reader == nullptr || !arguments.weights.empty() || !arguments.fit.empty() || judge::is_shipped_reader(reader->embedder())) return {};
  return fmt::format("The shipped weights for meaning were fitted with {}, and {} puts meaning on another scale: its signs are told, and the weights "
                     "without meaning are used. --fit makes weights of your own labels with it.",
                     judge::kShippedReader, reader->embedder().name());
}

std::string complaint(const judge::SentenceSupport& sentence) {
  std::vector<std::string> out;
  if (!sentence.numbers.empty()) out.push_back(fmt::format("the facts lack the number {}", join(sentence.numbers, ", ")));
  if (!sentence.names.empty()) out.push_back(fmt::format("the facts lack the name {}", join(sentence.names, ", ")));
  if (sentence.flipped) out.emplace_back("it denies what the facts say, or says what they deny");
  if (sentence.order < 0.5) out.push_back(fmt::format("{:.0f} % of it stands so in the facts", 100 * sentence.order));
  return join(out, "; ");
}

void print_answer(const Scored& scored) {
  fmt::print("\n{}: score {:.3f}\n  \"{}\"\n", scored.answer->id, *scored.score, shortened(scored.answer->text));
  if (scored.examination.support) {
    for (const judge::SentenceSupport& sentence : scored.examination.support->sentences)
      if (const std::string why = complaint(sentence); !why.empty()) fmt::print("  - \"{}\": {}\n", shortened(sentence.text), why);
  }
  if (const auto& confidence = scored.examination.confidence)
    fmt::print("  least likely token: -log p {:.2f}; perplexity {:.2f} over {} tokens\n", confidence->surprise_max, confidence->perplexity, confidence->tokens);
}

struct Summary {
  size_t judged = 0, flagged = 0, without_signs = 0;
};

Summary summarise(const std::vector<Scored>& all, const judge::ScoreModel& model) {
  Summary out;
  for (const Scored& one : all) {
    out.judged += one.score.has_value();
    out.without_signs += !one.score.has_value();
    out.flagged += one.score && *one.score >= model.threshold;
  }
  return out;
}

void print_report(const std::vector<Scored>& all, const judge::ScoreModel& model) {
  const Summary summary = summarise(all, model);
  const auto rate = judge::prevalence(summary.flagged, summary.judged, model.proof.sensitivity, model.proof.specificity);
  fmt::print("{} answers judged, {} flagged as likely hallucinated ({:.1f} %, 95 % interval {:.1f} to {:.1f} %).\n", summary.judged, summary.flagged, 100 * rate.rate,
             100 * rate.low, 100 * rate.high);
  if (rate.corrected)
    fmt::print("Corrected for what the detector misses and flags wrongly: {:.1f} % ({:.1f} to {:.1f} %).\n", 100 * *rate.corrected,
               100 * *rate.corrected_low, 100 * *rate.corrected_high);
  if (summary.without_signs > 0) fmt::print("{} answers have neither facts, logprobs nor samples that the weights use: not judged.\n", summary.without_signs);
  std::vector<const Scored*> worst;
  for (const Scored& one : all)
    if (one.score && *one.score >= model.threshold) worst.push_back(&one);
  std::stable_sort(worst.begin(), worst.end(), [](const Scored* a, const Scored* b) { return *a->score > *b->score; });
  if (!worst.empty()) fmt::print("\nThe worst {}:\n", std::min(worst.size(), kWorstShown));
  for (size_t i = 0; i < std::min(worst.size(), kWorstShown); ++i) print_answer(*worst[i]);
  print_model(model);
}

void write_answer(serve::JsonWriter& out, const Scored& scored, double threshold) {
  out.begin_object().field("id", scored.answer->id).field("score", scored.score);
  out.field("flagged", scored.score ? std::optional(*scored.score >= threshold) : std::nullopt).key("signs").begin_object();
  for (size_t k = 0; k < judge::kSigns.size(); ++k)
    if (scored.examination.signs[k]) out.field(judge::kSigns[k], *scored.examination.signs[k]);
  out.end_object();
  if (scored.examination.support) {
    out.key("sentences").begin_list();
    for (const judge::SentenceSupport& sentence : scored.examination.support->sentences) {
      out.begin_object().field("text", sentence.text).field("words", sentence.words).field("order", sentence.order).field("flipped", sentence.flipped);
      out.key("unsupported").begin_list();
      for (const auto* list : {&sentence.numbers, &sentence.names})
        for (const std::string& one : *list) out.value(one);
      out.end_list().end_object();
    }
    out.end_list();
  }
  out.end_object();
}

void print_json(const std::vector<Scored>& all, const judge::ScoreModel& model, std::string_view note) {
  const Summary summary = summarise(all, model);
  const auto rate = judge::prevalence(summary.flagged, summary.judged, model.proof.sensitivity, model.proof.specificity);
  serve::JsonWriter out;
  out.begin_object().field("judged", summary.judged).field("flagged", summary.flagged).field("without_signs", summary.without_signs);
  out.field("rate", rate.rate).field("rate_low", rate.low).field("rate_high", rate.high).field("rate_corrected", rate.corrected);
  out.field("rate_corrected_low", rate.corrected_low).field("rate_corrected_high", rate.corrected_high).field("note", note);
  out.key("model").begin_object().field("origin", model.origin).field("threshold", model.threshold).field("auc", model.proof.auc);
  out.field("sensitivity", model.proof.sensitivity).field("specificity", model.proof.specificity).key("weights").begin_object();
  for (size_t k = 0; k < judge::kSigns.size(); ++k) out.field(judge::kSigns[k], model.weights[k].weight);
  out.end_object().end_object().key("answers").begin_list();
  for (const Scored& one : all) write_answer(out, one, model.threshold);
  out.end_list().end_object();
  fmt::print("{}\n", out.take());
}

int run_score(const ScoreArguments& arguments) {
  const auto reading = reading_of(arguments);
  if (!reading) return fail(reading.error().message);
  judge::MeaningReader* reader = reading->reader.get();
  const auto model = model_of(arguments, reader);
  if (!model) return fail(model.error().message);
  if (!arguments.save.empty()) {
    if (const auto saved = write_file_atomically(arguments.save, model->to_json()); !saved) return fail(saved.error().message);
  }
  if (arguments.file.empty()) {
    print_model(*model);
    return 0;
  }
  const auto answers = read_answers(arguments.file);
  if (!answers) return fail(answers.error().message);
  std::vector<Scored> all;
  const std::string note = note_of(arguments, reader);
  ProgressBar bar(answers->size(), ProgressBar::Unit::things);
  for (const judge::Answer& answer : *answers) {
    bar.show(all.size(), "answers judged");
    Scored& one = all.emplace_back(Scored{&answer, judge::examine(answer, reader), {}});
    one.score = model->score(one.examination.signs);
  }
  bar.end();
  if (arguments.json) {
    print_json(all, *model, note);
  } else {
    print_report(all, *model);
    if (!note.empty()) fmt::print("{}\n", note);
  }
  return 0;
}

}  // namespace

Command score_command() {
  auto arguments = std::make_shared<ScoreArguments>();
  return {.name = "score",
          .summary = "Judge answers: how likely they are hallucinated",
          .description =
              "Judges the answers of a file against their facts, their token probabilities and further samples, without a second model.\n"
              "Each line of FILE is a JSON object: \"answer\"; and what there is of \"facts\" (a text or a list), \"logprobs\" (as OpenAI or vLLM\n"
              "return them), \"samples\" (further answers to the same prompt), \"id\". A list of such objects (.json) or .csv with these names does, too.\n"
              "  monitorai score answers.jsonl\n"
              "  monitorai score --fit labels.jsonl --save weights.json      # \"label\": 1 where the answer is hallucinated\n"
              "  monitorai score answers.jsonl --weights weights.json\n"
              "Exit code 0: judged; 2: it cannot be.",
          .declare =
              [arguments](Options& options) {
                options.positional("FILE", arguments->file, "The answers; none prints the weights", false);
                options.value("--fit", arguments->fit, "Fit the weights to these labelled answers first", "FILE");
                options.value("--save", arguments->save, "Write the weights there", "FILE");
                options.value("--weights", arguments->weights, "Use these weights", "FILE");
                options.value("--model", arguments->model, "Folder of a sentence-transformer that reads answers and facts for their meaning, too", "DIR");
                options.flag("--int8", arguments->int8, "The model's weights in eight bits: less memory and time");
                options.flag("--json", arguments->json, "Print JSON");
              },
          .run = [arguments] { return run_score(*arguments); }};
}

}  // namespace monitorai::app
