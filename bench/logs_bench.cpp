// The log store on the lines of an LLM fleet (logs_corpus.h): what a byte costs to take in, on disk, and to search. bench/logs.py runs it
// and puts grep, zstdcat and ripgrep beside it. Every answer is one line of JSON.
//   logs_bench ingest FOLDER BYTES [STREAMS=200] [LEVEL=3] [BLOCK=524288] [CONTENT]   makes FOLDER/store, FOLDER/plain/*.log and FOLDER/needles
//                                                                          CONTENT off, redacted or full: with what stands around the
//                                                                          store then, judge::LogContent before it, the judge behind it
//   logs_bench search FOLDER rare|count [NEEDLE]                           searches all streams of FOLDER/store, on one thread
//   logs_bench query FOLDER LOGQL [RUNS=5]                                 the engine's answer over all of it, on one thread; NEEDLE in the
//                                                                          query stands for another request's id each time

#include <sys/resource.h>

#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/files.h"
#include "collect/logs/masker.h"
#include "judge/quality/watch/log_content.h"
#include "logs_corpus.h"
#include "query/logql/engine.h"
#include "store/logs/log_store.h"

namespace monitorai::store {
namespace {

using signals::LabelView;
using signals::LogLineView;

constexpr int64_t kBeginMs = 1'764'000'000'000 / 86'400'000 * 86'400'000;
constexpr int64_t kSpanNs = int64_t{20} * 3600 * 1'000'000'000;
constexpr size_t kLinesPerWrite = 200;
constexpr size_t kNeedles = 100;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}
double wall_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}
double resident_bytes_max() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

double folder_bytes(const std::filesystem::path& folder) {
  double sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) sum += static_cast<double>(entry.file_size());
  return sum;
}

std::unique_ptr<LogStore> open_store(const std::filesystem::path& folder, const Clock& clock, FileSystem& files, LogSettings settings) {
  settings.folder = folder;
  settings.background = false;
  auto store = LogStore::open(settings, clock, files);
  if (!store) {
    std::fprintf(stderr, "logs_bench: %s\n", store.error().message.c_str());
    std::exit(1);
  }
  return std::move(*store);
}

/// What `monitorai serve` puts around the store.
class Around {
 public:
  Around(LogStore& store, std::string_view content) : writer_(&store) {
    if (content.empty()) return;
    judge::TextRules rules{.content = judge::TextContent::full, .redact = [this](std::string& text) { masker_->mask(text); }};
    for (const judge::TextContent one : {judge::TextContent::off, judge::TextContent::redacted})
      if (judge::content_name(one) == content) rules.content = one;
    masker_ = *collect::Masker::make({.content = collect::ContentPolicy::redacted});
    content_ = *judge::LogContent::make(std::move(rules), {}, store);
    writer_ = content_.get();
    texts_ = *judge::LogTexts::make({});
    listening_ = store.listen({}, [this](const signals::Labels& stream, std::span<const LogLineView> lines) { (void)texts_->read(stream, lines); });
  }
  signals::LogWriter& writer() { return *writer_; }

 private:
  signals::LogWriter* writer_;
  std::shared_ptr<const collect::Masker> masker_;
  std::unique_ptr<judge::LogContent> content_;
  std::unique_ptr<judge::LogTexts> texts_;
  std::shared_ptr<void> listening_;
};

int ingest(const std::filesystem::path& folder, double bytes_wanted, int streams, LogSettings settings, std::string_view content) {
  bench::LogCorpus corpus(streams, 42);
  FakeClock clock({kBeginMs});
  PosixFileSystem files;
  std::filesystem::create_directories(folder / "plain");
  auto store = open_store(folder / "store", clock, files, settings);
  auto around = std::make_unique<Around>(*store, content);
  std::vector<std::ofstream> plain;
  std::vector<std::vector<std::string>> labels;
  for (int i = 0; i < streams; ++i) {
    plain.emplace_back(folder / "plain" / fmt::format("{:03}.log", i));
    labels.push_back({fmt::format("/var/log/llm/{:03}.log", i), std::string(bench::LogCorpus::name(corpus.kind(i))), corpus.model(i)});
  }
  std::mt19937_64 random(7);
  std::vector<std::string> texts(kLinesPerWrite);
  std::vector<LogLineView> lines(kLinesPerWrite);
  std::vector<std::string> needles;
  double bytes = 0;
  double cpu = 0;
  double cpu_upkeep = 0;
  uint64_t count = 0;
  int64_t now = kBeginMs * 1'000'000;
  const double step = static_cast<double>(kSpanNs) / (bytes_wanted / 190);
  while (bytes < bytes_wanted) {
    // Some streams say more than others.
    const int stream = static_cast<int>(std::min(random() % static_cast<uint64_t>(streams), random() % static_cast<uint64_t>(streams * 2)));
    const bool to_the_ms = stream % 2 == 0;
    double written = 0;
    for (size_t i = 0; i < kLinesPerWrite; ++i) {
      now += static_cast<int64_t>(static_cast<double>(random() % 2001) / 1000 * step);
      corpus.line(stream, now, texts[i]);
      lines[i] = {{to_the_ms ? now / 1'000'000 * 1'000'000 : now}, texts[i]};
      written += static_cast<double>(texts[i].size() + 1);
      plain[static_cast<size_t>(stream)] << texts[i] << '\n';
    }
    if (needles.size() < kNeedles && bytes > bytes_wanted * static_cast<double>(needles.size()) / kNeedles) needles.push_back(corpus.last_request());
    const auto& l = labels[static_cast<size_t>(stream)];
    const LabelView views[] = {{"filename", l[0]}, {"framework", l[1]}, {"job", "llm-model"}, {"model_name", l[2]}};
    const signals::StreamWrite write{views, lines};
    clock.set({now / 1'000'000});
    const double began = cpu_seconds();
    const auto outcome = around->writer().write({&write, 1});
    const double between = cpu_seconds();
    if (store->counts().waiting_bytes >= 16 << 20 || count % (50 * kLinesPerWrite) == 0) (void)store->maintain();
    cpu_upkeep += cpu_seconds() - between;
    cpu += cpu_seconds() - began;
    if (!outcome || outcome->accepted != kLinesPerWrite) {
      std::fprintf(stderr, "logs_bench: %s\n", outcome ? fmt::format("{} of {} lines: {}", outcome->accepted, kLinesPerWrite, outcome->first_problem).c_str() : outcome.error().message.c_str());
      return 1;
    }
    bytes += written;
    count += kLinesPerWrite;
  }
  const double head = static_cast<double>(store->counts().head_bytes);
  const double rss = resident_bytes();
  const double began = cpu_seconds();
  if (const auto flushed = store->flush(); !flushed) std::fprintf(stderr, "logs_bench: %s\n", flushed.error().message.c_str());
  cpu += cpu_seconds() - began;
  cpu_upkeep += cpu_seconds() - began;
  const auto counts = store->counts();
  around.reset();
  store.reset();
  std::ofstream out(folder / "needles");
  for (const std::string& needle : needles) out << needle << '\n';
  std::printf(
      "{\"raw_bytes\": %.0f, \"lines\": %llu, \"cpu_s\": %.3f, \"upkeep_cpu_s\": %.3f, \"mb_per_s\": %.1f, \"disk_bytes\": %.0f, \"disk_ratio\": %.2f, "
      "\"filter_bytes\": %llu, \"blocks\": %llu, \"head_bytes\": %.0f, \"rss_bytes\": %.0f, \"rss_bytes_max\": %.0f}\n",
      bytes, static_cast<unsigned long long>(count), cpu, cpu_upkeep, bytes / cpu / 1e6, folder_bytes(folder / "store"), bytes / folder_bytes(folder / "store"),
      static_cast<unsigned long long>(counts.filter_bytes), static_cast<unsigned long long>(counts.blocks_persisted), head, rss, resident_bytes_max());
  return 0;
}

struct Found {
  uint64_t matches = 0;
  uint64_t blocks = 0;
  uint64_t bytes = 0;
};

/// Counts the lines that hold the needle, in every stream, as a query engine would: over whole blocks.
Found search(const signals::StreamSet& set, const std::string& needle) {
  Found out;
  const signals::Needles needles{needle};
  for (size_t i = 0; i < set.size(); ++i) {
    auto cursor = *set.read(i, {{INT64_MIN}, {INT64_MAX}}, signals::Direction::forward, needles);
    for (;;) {
      const auto block = cursor->next();
      if (!block || *block == nullptr) break;
      ++out.blocks;
      const signals::LogBlock& lines = **block;
      out.bytes += lines.text.size();
      const char* const end = lines.text.data() + lines.text.size();
      size_t line = 0;
      for (const char* at = lines.text.data(); at < end;) {
        const char* hit = static_cast<const char*>(memmem(at, static_cast<size_t>(end - at), needle.data(), needle.size()));
        if (hit == nullptr) break;
        const auto offset = static_cast<uint32_t>(hit - lines.text.data());
        while (lines.ends[line] < offset) ++line;
        ++out.matches;
        at = lines.text.data() + lines.ends[line] + 1;
      }
    }
  }
  return out;
}

int searches(const std::filesystem::path& folder, const std::string& what, const std::string& needle) {
  FakeClock clock({kBeginMs + kSpanNs / 1'000'000});
  PosixFileSystem files;
  const double opening = wall_seconds();
  auto store = open_store(folder / "store", clock, files, {});
  const double opened = wall_seconds() - opening;
  const auto set = *store->select({}, {{INT64_MIN}, {INT64_MAX}});
  signals::StreamUsage usage;
  for (size_t i = 0; i < set->size(); ++i) {
    const auto one = set->usage(i, {{INT64_MIN}, {INT64_MAX}});
    usage.bytes += one.bytes + one.lines;
    usage.blocks += one.blocks;
  }
  std::vector<std::string> needles{needle};
  if (what == "rare") {
    needles.clear();
    std::ifstream in(folder / "needles");
    for (std::string line; std::getline(in, line);) needles.push_back(line);
  }
  std::vector<double> ms, cpu_ms;
  Found all;
  double first_ms = 0;
  const double cpu = cpu_seconds();
  for (size_t i = 0; i < needles.size(); ++i) {
    const double began = wall_seconds();
    const double began_cpu = cpu_seconds();
    const Found found = search(*set, needles[i]);
    const double took = (wall_seconds() - began) * 1e3;
    cpu_ms.push_back((cpu_seconds() - began_cpu) * 1e3);
    if (i == 0) first_ms = took;
    ms.push_back(took);
    all.matches += found.matches;
    all.blocks += found.blocks;
    all.bytes += found.bytes;
  }
  const double used = cpu_seconds() - cpu;
  std::sort(ms.begin(), ms.end());
  std::sort(cpu_ms.begin(), cpu_ms.end());
  std::printf(
      "{\"queries\": %zu, \"opened_s\": %.3f, \"first_ms\": %.2f, \"p50_ms\": %.2f, \"p95_ms\": %.2f, \"p95_cpu_ms\": %.2f, \"cpu_s\": %.3f, \"matches\": %llu, "
      "\"blocks_read\": %llu, \"blocks\": %llu, \"bytes_read\": %llu, \"raw_bytes\": %llu, \"gb_per_s\": %.2f, \"rss_bytes\": %.0f}\n",
      needles.size(), opened, first_ms, ms[ms.size() / 2], ms[ms.size() * 95 / 100], cpu_ms[cpu_ms.size() * 95 / 100], used, static_cast<unsigned long long>(all.matches),
      static_cast<unsigned long long>(all.blocks), static_cast<unsigned long long>(usage.blocks), static_cast<unsigned long long>(all.bytes),
      static_cast<unsigned long long>(usage.bytes), static_cast<double>(all.bytes) / used / 1e9, resident_bytes_max());
  return 0;
}

int queries(const std::filesystem::path& folder, const std::string& text, int runs) {
  FakeClock clock({kBeginMs + kSpanNs / 1'000'000});
  PosixFileSystem files;
  auto store = open_store(folder / "store", clock, files, {});
  Pool pool(1);
  const query::LogQlEngine engine({}, pool);
  std::ifstream in(folder / "needles");
  std::vector<double> ms, cpu_ms;
  uint64_t bytes = 0;
  uint64_t found = 0;
  const double cpu = cpu_seconds();
  for (int i = 0; i < runs; ++i) {
    std::string query = text;
    std::string needle;
    if (const size_t at = query.find("NEEDLE"); at != std::string::npos && std::getline(in, needle)) query.replace(at, 6, needle);
    const double began = wall_seconds();
    const double began_cpu = cpu_seconds();
    const int64_t end = kBeginMs * 1'000'000 + kSpanNs * 2;
    const bool metric = query.find("[") != std::string::npos && query.find("(") < query.find("{");
    const auto answer = metric ? engine.instant(*store, query, {end})
                               : engine.range(*store, query, {.from = {kBeginMs * 1'000'000}, .to = {end}, .limit = 1000});
    ms.push_back((wall_seconds() - began) * 1e3);
    cpu_ms.push_back((cpu_seconds() - began_cpu) * 1e3);
    if (!answer) {
      std::fprintf(stderr, "logs_bench: %s\n", answer.error().message.c_str());
      return 1;
    }
    bytes += answer->statistics.bytes_processed;
    found += answer->statistics.lines_matched;
  }
  const double used = cpu_seconds() - cpu;
  std::sort(ms.begin(), ms.end());
  std::sort(cpu_ms.begin(), cpu_ms.end());
  std::printf("{\"queries\": %d, \"p50_ms\": %.2f, \"p95_ms\": %.2f, \"p95_cpu_ms\": %.2f, \"cpu_s\": %.3f, \"matches\": %llu, \"bytes_read\": %llu, \"gb_per_s\": %.2f}\n", runs,
              ms[ms.size() / 2], ms[ms.size() * 95 / 100], cpu_ms[cpu_ms.size() * 95 / 100], used, static_cast<unsigned long long>(found), static_cast<unsigned long long>(bytes),
              static_cast<double>(bytes) / used / 1e9);
  return 0;
}

}  // namespace
}  // namespace monitorai::store

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto number = [&](size_t i, double otherwise) { return arguments.size() > i ? std::atof(arguments[i].c_str()) : otherwise; };
  if (arguments.size() >= 3 && arguments[0] == "ingest") {
    monitorai::store::LogSettings settings;
    settings.compression = static_cast<int>(number(4, settings.compression));
    settings.block_bytes = static_cast<size_t>(number(5, static_cast<double>(settings.block_bytes)));
    return monitorai::store::ingest(arguments[1], number(2, 0), static_cast<int>(number(3, 200)), settings, arguments.size() > 6 ? arguments[6] : "");
  }
  if (arguments.size() >= 3 && arguments[0] == "search")
    return monitorai::store::searches(arguments[1], arguments[2], arguments.size() > 3 ? arguments[3] : "");
  if (arguments.size() >= 3 && arguments[0] == "query") return monitorai::store::queries(arguments[1], arguments[2], static_cast<int>(number(3, 5)));
  std::fprintf(stderr, "usage: logs_bench ingest FOLDER BYTES [STREAMS] [LEVEL] [BLOCK] [CONTENT] | search FOLDER rare|count [NEEDLE] | query FOLDER LOGQL [RUNS]\n");
  return 2;
}
