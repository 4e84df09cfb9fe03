// LogQL over blocks that are decompressed already: what the engine costs on one core, without the store. Bytes are of the lines' text.

#include <benchmark/benchmark.h>

#include "logs_corpus.h"
#include "query/logql/engine.h"

namespace monitorai::bench {
namespace {

constexpr size_t kCorpusBytes = 64 << 20;
constexpr size_t kBlockBytes = 512 << 10;

/// Streams of ready blocks.
class ReadyBlocks final : public signals::LogSource, public signals::StreamSet {
 public:
  struct Block {
    std::vector<int64_t> times_ns;
    std::string text;
    std::vector<uint32_t> ends;
  };
  struct Stream {
    signals::Labels labels;
    std::vector<Block> blocks;
  };

  ReadyBlocks() {
    constexpr int kStreams = 20;
    LogCorpus corpus(kStreams, 1);
    streams_.resize(kStreams);
    for (int i = 0; i < kStreams; ++i)
      streams_[static_cast<size_t>(i)].labels = {{"job", std::string(LogCorpus::name(corpus.kind(i)))}, {"i", std::to_string(i)}};
    std::string line;
    for (int64_t time = 0; bytes_ < kCorpusBytes; ++time) {
      for (int i = 0; i < kStreams; ++i) {
        corpus.line(i, time * 1'000'000, line);
        Stream& stream = streams_[static_cast<size_t>(i)];
        if (stream.blocks.empty() || stream.blocks.back().text.size() >= kBlockBytes) stream.blocks.emplace_back();
        Block& block = stream.blocks.back();
        block.times_ns.push_back(time * 1'000'000);
        block.text += line;
        block.ends.push_back(static_cast<uint32_t>(block.text.size()));
        block.text += '\n';
        bytes_ += line.size();
      }
      end_ns_ = time * 1'000'000;
    }
  }
  uint64_t bytes_of(std::string_view job) const {
    uint64_t out = 0;
    for (const Stream& stream : streams_)
      if (job.empty() || stream.labels.value("job") == job)
        for (const Block& block : stream.blocks) out += block.text.size();
    return out;
  }
  int64_t end_ns() const { return end_ns_; }

  Result<std::unique_ptr<signals::StreamSet>> select(std::span<const signals::Matcher> matchers, signals::LogRange) const override {
    auto out = std::make_unique<Selected>();
    for (const Stream& stream : streams_)
      if (std::all_of(matchers.begin(), matchers.end(), [&](const auto& m) { return m.matches(stream.labels.value(m.name())); }))
        out->streams.push_back(&stream);
    return std::unique_ptr<signals::StreamSet>(std::move(out));
  }
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher>, signals::LogRange, size_t) const override {
    return std::vector<std::string>{};
  }
  Result<std::vector<std::string>> label_values(std::string_view, std::span<const signals::Matcher>, signals::LogRange, size_t) const override {
    return std::vector<std::string>{};
  }
  std::shared_ptr<void> listen(std::vector<signals::Matcher>, signals::LogListener) const override { return nullptr; }
  size_t size() const override { return streams_.size(); }
  const signals::Labels& labels(size_t stream) const override { return streams_[stream].labels; }
  Result<std::unique_ptr<signals::LogCursor>> read(size_t, signals::LogRange, signals::Direction, const signals::Needles&) const override {
    return Error{Code::invalid, "select first"};
  }
  signals::StreamUsage usage(size_t, signals::LogRange) const override { return {}; }

 private:
  class Cursor final : public signals::LogCursor {
   public:
    Cursor(const Stream& stream, bool backward) : blocks_(stream.blocks), backward_(backward) {}
    std::optional<signals::LogRange> peek() const override {
      if (blocks_.empty()) return std::nullopt;
      const Block& b = ahead();
      return signals::LogRange{{b.times_ns.front()}, {b.times_ns.back() + 1}};
    }
    Result<const signals::LogBlock*> next() override {
      if (blocks_.empty()) return nullptr;
      const Block& b = ahead();
      block_ = {b.times_ns, b.text, b.ends, {}, {}};
      blocks_ = backward_ ? blocks_.first(blocks_.size() - 1) : blocks_.subspan(1);
      return &block_;
    }

   private:
    const Block& ahead() const { return backward_ ? blocks_.back() : blocks_.front(); }
    std::span<const Block> blocks_;
    bool backward_;
    signals::LogBlock block_;
  };
  class Selected final : public signals::StreamSet {
   public:
    std::vector<const Stream*> streams;
    size_t size() const override { return streams.size(); }
    const signals::Labels& labels(size_t stream) const override { return streams[stream]->labels; }
    Result<std::unique_ptr<signals::LogCursor>> read(size_t stream, signals::LogRange, signals::Direction direction,
                                                     const signals::Needles&) const override {
      return std::unique_ptr<signals::LogCursor>(
          std::make_unique<Cursor>(*streams[stream], direction == signals::Direction::backward));
    }
    signals::StreamUsage usage(size_t, signals::LogRange) const override { return {}; }
  };
  std::vector<Stream> streams_;
  uint64_t bytes_ = 0;
  int64_t end_ns_ = 0;
};

const ReadyBlocks& corpus() {
  static const ReadyBlocks made;
  return made;
}

void run(benchmark::State& state, const std::string& query, std::string_view job) {
  Pool pool(1);
  const query::LogQlEngine engine({}, pool);
  const ReadyBlocks& source = corpus();
  const TimeNs end{source.end_ns() + 1};
  uint64_t lines = 0;
  for (auto _ : state) {
    const bool log = query[0] == '{';
    query::LogQlRange range{{0}, end, std::chrono::seconds(60)};
    const auto result = log ? engine.range(source, query, range) : engine.instant(source, query, {end.ns});
    if (!result) return state.SkipWithError(result.error().message.c_str());
    lines = result->statistics.lines_matched;
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * source.bytes_of(job)));
  state.counters["matched"] = static_cast<double>(lines);
}

void count_frequent_word(benchmark::State& state) { run(state, R"(sum(count_over_time({job=~".+"} |= "INFO" [10h])))", ""); }
void count_rare_word(benchmark::State& state) { run(state, R"(sum(count_over_time({job=~".+"} |= "zzz-nothing" [10h])))", ""); }
void count_all(benchmark::State& state) { run(state, R"(sum by (job) (count_over_time({job=~".+"}[10h])))", ""); }
void search_rare_word(benchmark::State& state) { run(state, R"({job=~".+"} |= "zzz-nothing")", ""); }
void count_regex(benchmark::State& state) { run(state, R"(sum(count_over_time({job=~".+"} |~ "GET .* 5[0-9][0-9]" [10h])))", ""); }
void json_equal_rare(benchmark::State& state) {
  run(state, R"(sum(count_over_time({job="gateway"} | json | level="critical" [10h])))", "gateway");
}
void json_equal_frequent(benchmark::State& state) {
  run(state, R"(sum(count_over_time({job="gateway"} | json | level="info" [10h])))", "gateway");
}
void json_everything(benchmark::State& state) { run(state, R"(sum without (x) (count_over_time({job="gateway"} | json | keep level [10h])))", "gateway"); }
void json_by_level(benchmark::State& state) { run(state, R"(sum by (level) (count_over_time({job="gateway"} | json [10h])))", "gateway"); }

BENCHMARK(count_frequent_word)->Unit(benchmark::kMillisecond);
BENCHMARK(count_rare_word)->Unit(benchmark::kMillisecond);
BENCHMARK(count_all)->Unit(benchmark::kMillisecond);
BENCHMARK(search_rare_word)->Unit(benchmark::kMillisecond);
BENCHMARK(count_regex)->Unit(benchmark::kMillisecond);
BENCHMARK(json_equal_rare)->Unit(benchmark::kMillisecond);
BENCHMARK(json_equal_frequent)->Unit(benchmark::kMillisecond);
BENCHMARK(json_by_level)->Unit(benchmark::kMillisecond);
BENCHMARK(json_everything)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace monitorai::bench
