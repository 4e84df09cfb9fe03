// Patterns of lines, after Drain (He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", 2017): a line is cut into
// tokens; lines of the same number of tokens and the same beginning are compared, and where they are alike in most tokens the others become
// "<_>". Tokens with digits are variables from the start.

#include <algorithm>

#include "query/logql/explore.h"
#include "query/logql/parser.h"
#include "query/logql/pipeline.h"
#include "query/logql/run.h"

namespace monitorai::query {
namespace {

using namespace logql;

constexpr std::string_view kVariable = "<_>";
constexpr double kAlike = 0.5;  // of the tokens

bool separates(char c) { return std::string_view(" \t=,;:\"'[](){}<>|").find(c) != std::string_view::npos; }

/// Words and the characters between them, in order.
void cut(std::string_view line, size_t tokens_max, std::vector<std::string_view>& out) {
  out.clear();
  for (size_t i = 0; i < line.size() && out.size() < tokens_max;) {
    size_t end = i + 1;
    if (!separates(line[i]))
      while (end < line.size() && !separates(line[end])) ++end;
    std::string_view token = line.substr(i, end - i);
    if (std::any_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; })) token = kVariable;
    out.push_back(token);
    i = end;
  }
}

struct Cluster {
  std::vector<std::string> tokens;
  bool cut = false;  ///< the lines go on behind the last token
  std::map<int64_t, uint64_t> samples;
  uint64_t total = 0;

  /// How many tokens agree; variables agree with nothing.
  double alike(const std::vector<std::string_view>& line) const {
    size_t same = 0;
    size_t words = 0;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i].size() == 1 && separates(line[i][0])) {
        // The frame of the line must be the same.
        if (tokens[i] != line[i]) return 0;
        continue;
      }
      ++words;
      same += tokens[i] == line[i];
    }
    return words == 0 ? 1 : static_cast<double>(same) / static_cast<double>(words);
  }

  std::string text() const {
    std::string out;
    for (const std::string& token : tokens) {
      // "<_>:<_>.<_>" says no more than "<_>".
      if (token == kVariable && out.ends_with(kVariable)) continue;
      const bool joined = token == kVariable && out.size() > kVariable.size() && std::string_view(":,;").find(out.back()) != std::string_view::npos &&
                          std::string_view(out).substr(0, out.size() - 1).ends_with(kVariable);
      if (joined)
        out.pop_back();
      else
        out += token;
    }
    if (cut && !out.ends_with(kVariable)) out += kVariable;
    return out;
  }
};

class Miner {
 public:
  Miner(std::chrono::seconds step, const PatternLimits& limits) : step_(std::max<int64_t>(step.count(), 1)), limits_(limits) {}

  void add(int64_t time_ns, std::string_view line) {
    if (line.empty()) return;
    const std::string_view part = line.substr(0, limits_.line_bytes_max);
    cut(part, limits_.tokens_max, tokens_);
    const bool too_long = part.size() < line.size() || tokens_.size() == limits_.tokens_max;
    std::vector<size_t>& near = by_shape_[{tokens_.size(), std::string(tokens_[0])}];
    Cluster* best = nullptr;
    double best_alike = 0;
    for (const size_t i : near) {
      const double alike = clusters_[i].alike(tokens_);
      if (alike > best_alike) {
        best_alike = alike;
        best = &clusters_[i];
      }
    }
    if (best == nullptr || best_alike < kAlike) {
      if (clusters_.size() >= limits_.patterns_max) return;
      near.push_back(clusters_.size());
      best = &clusters_.emplace_back();
      best->tokens.assign(tokens_.begin(), tokens_.end());
    } else {
      for (size_t i = 0; i < tokens_.size(); ++i)
        if (best->tokens[i] != tokens_[i]) best->tokens[i] = kVariable;
    }
    best->cut = best->cut || too_long;
    const int64_t second = time_ns / 1'000'000'000;
    ++best->samples[second - second % step_];
    ++best->total;
  }

  std::vector<LogPattern> patterns() {
    // Clusters may have become the same.
    std::map<std::string, LogPattern> merged;
    for (Cluster& cluster : clusters_) {
      LogPattern& into = merged[cluster.text()];
      into.total += cluster.total;
      for (const auto& [second, count] : cluster.samples) into.samples[second] += count;
    }
    std::vector<LogPattern> out;
    for (auto& [text, pattern] : merged) {
      pattern.pattern = text;
      out.push_back(std::move(pattern));
    }
    std::stable_sort(out.begin(), out.end(), [](const LogPattern& a, const LogPattern& b) { return a.total > b.total; });
    return out;
  }

 private:
  int64_t step_;
  PatternLimits limits_;
  std::vector<std::string_view> tokens_;
  std::vector<Cluster> clusters_;
  std::map<std::pair<size_t, std::string>, std::vector<size_t>> by_shape_;
};

}  // namespace

Result<std::vector<LogPattern>, QueryError> log_patterns(const LogQlEngine& engine, const signals::LogSource& source, std::string_view query,
                                                         signals::LogRange range, std::chrono::seconds step, PatternLimits limits,
                                                         std::stop_token stop) {
  const auto parsed = logql::parse(query);
  if (!parsed) return QueryError{QueryError::Kind::parse, parsed.error().text(query)};
  if (!parsed->log) return QueryError{QueryError::Kind::parse, "patterns are of log queries only"};
  Run run(source, query, engine.limits(), engine.pool(), std::move(stop));
  const auto pipeline = Pipeline::compile(*parsed->log, Wanted{}, {engine.limits().line_bytes_max, engine.limits().template_steps_max});
  if (!pipeline) return QueryError{QueryError::Kind::parse, pipeline.error().text(query)};
  auto selected = source.select(parsed->log->matchers, range);
  if (!selected) return QueryError::from(selected.error());
  const signals::StreamSet& streams = **selected;
  Miner miner(step, limits);
  Line line;
  std::vector<uint32_t> candidates;
  size_t left = limits.lines_max;
  for (size_t stream = 0; stream < streams.size() && left > 0; ++stream) {
    // Each stream has its share of what is left; what one does not need goes to the next.
    size_t share = std::max<size_t>(left / (streams.size() - stream), 1);
    auto cursor = streams.read(stream, range, signals::Direction::backward, pipeline->needles());
    if (!cursor) return QueryError::from(cursor.error());
    const signals::Labels& labels = streams.labels(stream);
    while (share > 0) {
      auto next = (*cursor)->next();
      if (!next) return QueryError::from(next.error());
      const signals::LogBlock* block = *next;
      if (block == nullptr) break;
      MAI_TRY(run.count_block(*block));
      const bool every = pipeline->candidates(*block, labels, candidates);
      const size_t count = every ? block->size() : candidates.size();
      for (size_t n = count; n-- > 0 && share > 0;) {
        const size_t i = every ? n : candidates[n];
        const std::string_view text = block->line(i);
        line.start(block->times_ns[i], text, block->text.size() - (block->begin_of(i) + text.size()), labels, block->metadata(i));
        if (!pipeline->run(line)) continue;
        miner.add(line.time_ns, line.text);
        --share;
        --left;
      }
    }
  }
  return miner.patterns();
}

}  // namespace monitorai::query
