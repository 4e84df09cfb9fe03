// What content costs on the way of log lines into their store: judge::LogContent (looks for prompts and answers, masks them) before a
// writer that drops them, and LogTexts (what the judge reads of stored lines). bench/logs.py runs it. Every answer is one line of JSON.
//   log_content_bench BYTES [STREAMS=200]      of each kind of lines, three times: the least CPU time counts

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "collect/logs/masker.h"
#include "judge/quality/watch/log_content.h"
#include "logs_corpus.h"

namespace monitorai::bench {
namespace {

using signals::LabelView;
using signals::LogLineView;

constexpr size_t kLinesPerWrite = 200;
constexpr int64_t kBeginNs = 1'764'000'000'000'000'000;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

class DroppingWriter final : public signals::LogWriter {
 public:
  Result<signals::LogWriteOutcome> write(std::span<const signals::StreamWrite> streams) override {
    for (const signals::StreamWrite& stream : streams) lines_ += stream.lines.size();
    return signals::LogWriteOutcome{};
  }

 private:
  size_t lines_ = 0;
};

/// Writes of one stream each, in memory, so that making them costs the measurement nothing.
struct Lines {
  struct Write {
    std::vector<std::string> texts;
    std::vector<LogLineView> lines;
  };
  std::vector<Write> writes;
  double bytes = 0;
};

/// The corpus; with `said`, every tenth line is a prompt or an answer, as the demo's programs and gateways log them.
Lines lines_of(double bytes_wanted, int streams, bool said) {
  constexpr std::string_view kPrompt = "How do I send the parcel back that came yesterday? Write to jane.doe@example.org, please.";
  constexpr std::string_view kAnswer =
      "You can send it back within 30 days of delivery. Print the label that we sent to you, put it on the box, and bring it to any of our "
      "shops or parcel stations; the money is back on your card within five working days of its arrival with us.";
  LogCorpus corpus(streams, 42);
  std::mt19937_64 random(7);
  Lines out;
  int64_t now = kBeginNs;
  size_t number = 0;
  while (out.bytes < bytes_wanted) {
    Lines::Write& write = out.writes.emplace_back();
    const int stream = static_cast<int>(random() % static_cast<uint64_t>(streams));
    write.texts.resize(kLinesPerWrite);
    for (std::string& text : write.texts) {
      now += 1'000'000;
      corpus.line(stream, now, text);
      if (said && ++number % 10 == 0) {
        if (number % 30 == 0)
          text = fmt::format("2026-11-23 10:30:26,123 - INFO - [USER] Request #{}: {}", number, kPrompt);
        else if (number % 30 == 10)
          text = fmt::format("2026-11-23 10:30:27,123 - INFO - [MODEL] Response #{}: {}", number - 10, kAnswer);
        else
          text = fmt::format(R"({{"level":"info","id":{},"prompt":"{}","answer":"{}","status":200}})", number, kPrompt, kAnswer);
      }
      write.lines.push_back({{now}, text});
      out.bytes += static_cast<double>(text.size() + 1);
    }
  }
  return out;
}

template <class Take>
void measure(std::string_view step, std::string_view content, std::string_view name, const Lines& lines, Take take) {
  double least = 1e9;
  for (int round = 0; round < 3; ++round) {
    const double began = cpu_seconds();
    for (const Lines::Write& write : lines.writes) take(write);
    least = std::min(least, cpu_seconds() - began);
  }
  std::printf("{\"step\": \"%s\", \"content\": \"%s\", \"lines\": \"%s\", \"raw_bytes\": %.0f, \"cpu_s\": %.4f, \"mb_per_s\": %.1f}\n",
              std::string(step).c_str(), std::string(content).c_str(), std::string(name).c_str(), lines.bytes, least,
              lines.bytes / least / 1e6);
}

int run(double bytes, int streams) {
  const auto masker = collect::Masker::make({.content = collect::ContentPolicy::redacted});
  if (!masker) return 1;
  const LabelView labels[] = {{"filename", "/var/log/llm/1.log"}, {"job", "llm-model"}};
  for (const auto& [said, name] : {std::pair{false, "corpus"}, {true, "a tenth said"}}) {
    const Lines lines = lines_of(bytes, streams, said);
    for (const judge::TextContent content : {judge::TextContent::full, judge::TextContent::redacted, judge::TextContent::off}) {
      DroppingWriter dropped;
      const auto step =
          judge::LogContent::make({.content = content, .redact = [&](std::string& text) { (*masker)->mask(text); }}, {}, dropped);
      if (!step) return 1;
      measure("store", judge::content_name(content), name, lines, [&](const Lines::Write& write) {
        const signals::StreamWrite one{labels, write.lines};
        if (!(*step)->write({&one, 1})) std::abort();
      });
    }
    const auto texts = judge::LogTexts::make({});
    if (!texts) return 1;
    const signals::Labels stream{{"filename", "/var/log/llm/1.log"}, {"job", "llm-model"}};
    measure("judge", "", name, lines, [&](const Lines::Write& write) { (void)(*texts)->read(stream, write.lines); });
  }
  return 0;
}

}  // namespace
}  // namespace monitorai::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: log_content_bench BYTES [STREAMS]\n");
    return 2;
  }
  return monitorai::bench::run(std::atof(argv[1]), argc > 2 ? std::atoi(argv[2]) : 200);
}
