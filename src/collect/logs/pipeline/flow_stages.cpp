// Stages that decide which lines go on, and how: match, drop, multiline, limit.

#include "base/regex.h"
#include "base/text.h"
#include "collect/logs/pipeline/pipeline.h"
#include "collect/logs/pipeline/selector.h"
#include "collect/logs/pipeline/stage.h"

namespace monitorai::collect {
namespace {

/// Matching lines go through stages of their own.
class Match final : public Stage {
 public:
  Match(LineSelector selector, std::vector<std::shared_ptr<const Stage>> stages)
      : shared_(std::make_shared<const Shared>(Shared{std::move(selector), std::move(stages)})) {}
  std::unique_ptr<StageRun> start() const override { return std::make_unique<Run>(shared_); }

 private:
  struct Shared {
    LineSelector selector;
    std::vector<std::shared_ptr<const Stage>> stages;
  };
  class Run final : public StageRun {
   public:
    explicit Run(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)), chain_(shared_->stages) {}
    void process(PipelineLine&& line, const NextStage& next) override {
      if (shared_->selector.matches(line.labels, line.text)) chain_.process(std::move(line), next);
      else next(std::move(line));
    }
    void flush(const NextStage& next) override { chain_.flush(next); }
    std::optional<LineProcessor::Held> held() const override { return chain_.held(); }

   private:
    std::shared_ptr<const Shared> shared_;
    StageChain chain_;
  };
  std::shared_ptr<const Shared> shared_;
};

/// Lines that do not begin a block belong to the one before.
class Multiline final : public Stage {
 public:
  Multiline(Regex first, const MultilineStage& settings) : shared_(std::make_shared<const Shared>(Shared{std::move(first), settings})) {}
  std::unique_ptr<StageRun> start() const override { return std::make_unique<Run>(shared_); }

 private:
  struct Shared {
    Regex first;
    MultilineStage settings;
  };
  class Run final : public StageRun {
   public:
    explicit Run(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)) {}
    void process(PipelineLine&& line, const NextStage& next) override {
      const bool first = shared_->first.matches(line.text);
      if (block_ && (first || lines_ >= shared_->settings.max_lines || block_->text.size() + line.text.size() > kExtractedBytesMax)) flush(next);
      if (!block_) {
        // Before the first block's beginning, lines are single.
        if (!first) return next(std::move(line));
        block_ = std::move(line);
        lines_ = 1;
        return;
      }
      block_->text += '\n';
      block_->text += line.text;
      // Lines of containers' streams come in the order of their ends.
      block_->begin = std::min(block_->begin, line.begin);
      block_->end = std::max(block_->end, line.end);
      ++lines_;
    }
    void flush(const NextStage& next) override {
      if (!block_) return;
      PipelineLine block = std::move(*block_);
      block_.reset();
      next(std::move(block));
    }
    std::optional<LineProcessor::Held> held() const override {
      return block_ ? std::optional(LineProcessor::Held{block_->begin, shared_->settings.max_wait}) : std::nullopt;
    }

   private:
    std::shared_ptr<const Shared> shared_;
    std::optional<PipelineLine> block_;
    size_t lines_ = 0;
  };
  std::shared_ptr<const Shared> shared_;
};

/// A bucket that fills with the time of reading.
class Limit final : public Stage {
 public:
  Limit(const LimitStage& settings, std::shared_ptr<PipelineCounts> counts) : settings_(settings), counts_(std::move(counts)) {}
  std::unique_ptr<StageRun> start() const override { return std::make_unique<Run>(settings_, counts_); }

 private:
  class Run final : public StageRun {
   public:
    Run(const LimitStage& settings, std::shared_ptr<PipelineCounts> counts) : settings_(settings), counts_(std::move(counts)) {}
    void process(PipelineLine&& line, const NextStage& next) override {
      std::string key;
      if (!settings_.by_label_name.empty()) {
        const auto label = line.labels.find(settings_.by_label_name);
        if (label == line.labels.end()) return next(std::move(line));
        key = label->second;
      }
      if (buckets_.size() >= settings_.max_distinct_labels && !buckets_.contains(key)) buckets_.clear();
      const auto [at, is_new] = buckets_.try_emplace(key, Bucket{static_cast<double>(settings_.burst), line.now});
      Bucket& bucket = at->second;
      const double seconds = static_cast<double>((line.now - bucket.filled).count()) / 1e9;
      bucket.tokens = std::min(static_cast<double>(settings_.burst), bucket.tokens + std::max(0.0, seconds) * settings_.rate);
      bucket.filled = line.now;
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
      } else if (settings_.drop) {
        ++counts_->dropped;
        return;
      }
      next(std::move(line));
    }

   private:
    struct Bucket {
      double tokens;
      TimeNs filled;
    };
    LimitStage settings_;
    std::shared_ptr<PipelineCounts> counts_;
    std::map<std::string, Bucket> buckets_;
  };
  LimitStage settings_;
  std::shared_ptr<PipelineCounts> counts_;
};

}  // namespace

StageResult compile(const MatchStage& settings, const StageTools& tools) {
  MAI_TRY_ASSIGN(LineSelector selector, LineSelector::parse(settings.selector));
  if (settings.action == "drop") {
    if (!settings.stages.empty()) return Error{Code::invalid, "cannot use stages in a match stage whose action is drop"};
    return stateless([selector = std::move(selector), counts = tools.counts](PipelineLine& line) {
      const bool drop = selector.matches(line.labels, line.text);
      if (drop) ++counts->dropped;
      return !drop;
    });
  }
  if (settings.action != "keep") return Error{Code::invalid, fmt::format("cannot use action \"{}\": it is keep or drop", settings.action)};
  MAI_TRY_ASSIGN(auto stages, compile_stages(settings.stages, tools));
  return std::make_unique<Match>(std::move(selector), std::move(stages));
}

StageResult compile(const DropStage& settings, const StageTools& tools) {
  std::shared_ptr<const Regex> regex;
  if (!settings.expression.empty()) {
    MAI_TRY_ASSIGN(Regex compiled, Regex::searching(settings.expression));
    regex = std::make_shared<const Regex>(std::move(compiled));
  }
  if (!settings.value.empty() && regex) return Error{Code::invalid, "cannot use both expression and value in a drop stage"};
  if (!settings.value.empty() && settings.source.empty()) return Error{Code::invalid, "cannot use value in a drop stage without a source"};
  if (settings.source.empty() && !regex && !settings.older_than && !settings.longer_than)
    return Error{Code::invalid, "cannot use a drop stage that names nothing to drop"};
  return stateless([settings, regex, counts = tools.counts](PipelineLine& line) {
    // All conditions that are given must hold.
    if (settings.longer_than && line.text.size() <= *settings.longer_than) return true;
    if (settings.older_than && line.time.value_or(line.now) + *settings.older_than > line.now) return true;
    std::string text = line.text;
    if (!settings.source.empty()) {
      text.clear();
      for (size_t i = 0; i < settings.source.size(); ++i) {
        const auto field = line.extracted.find(settings.source[i]);
        if (field == line.extracted.end()) return true;
        if (i > 0) text += settings.separator;
        text += field->second;
      }
    }
    if (regex && !regex->matches(text)) return true;
    if (!settings.value.empty() && text != settings.value) return true;
    ++counts->dropped;
    return false;
  });
}

StageResult compile(const MultilineStage& settings, const StageTools&) {
  if (settings.firstline.empty()) return Error{Code::invalid, "cannot use a multiline stage without firstline"};
  MAI_TRY_ASSIGN(Regex first, Regex::searching(settings.firstline));
  return std::make_unique<Multiline>(std::move(first), settings);
}

StageResult compile(const LimitStage& settings, const StageTools& tools) {
  if (settings.rate <= 0 || settings.burst == 0) return Error{Code::invalid, "cannot use a limit stage without rate and burst above 0"};
  return std::make_unique<Limit>(settings, tools.counts);
}

}  // namespace monitorai::collect
