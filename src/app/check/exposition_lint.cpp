#include "app/check/exposition_lint.h"

#include <cmath>
#include <set>

#include "app/check/sample_line.h"
#include "base/text.h"
#include "signals/labels.h"

namespace monitorai::app {
namespace {

struct Family {
  std::string name;
  std::string type;  // "" until a TYPE line
  size_t type_line = 0;
  bool has_help = false;
  bool has_unit = false;
  size_t first_sample = 0;  // line; 0: none yet
  bool closed = false;      // another family followed
};

/// The buckets of one histogram series, in the order of the text.
struct Buckets {
  size_t line = 0;
  std::vector<std::pair<double, double>> counts;  // le, value
  std::optional<double> count;
};

struct Suffixes {
  std::string_view type;
  std::vector<std::string_view> suffixes;
};

const std::vector<Suffixes>& suffixes_of(bool open_metrics) {
  static const std::vector<Suffixes> text{{"histogram", {"_bucket", "_sum", "_count"}}, {"summary", {"", "_sum", "_count"}}};
  static const std::vector<Suffixes> open{{"counter", {"_total", "_created"}},
                                          {"histogram", {"_bucket", "_sum", "_count", "_created"}},
                                          {"gaugehistogram", {"_bucket", "_gsum", "_gcount"}},
                                          {"summary", {"", "_sum", "_count", "_created"}},
                                          {"info", {"_info"}}};
  return open_metrics ? open : text;
}

bool known_type(std::string_view type, bool open_metrics) {
  constexpr std::array<std::string_view, 5> kText{"counter", "gauge", "histogram", "summary", "untyped"};
  constexpr std::array<std::string_view, 8> kOpen{"counter", "gauge", "histogram", "summary",
                                                  "unknown", "info",  "stateset",  "gaugehistogram"};
  return open_metrics ? std::find(kOpen.begin(), kOpen.end(), type) != kOpen.end()
                      : std::find(kText.begin(), kText.end(), type) != kText.end();
}

class Lint {
 public:
  explicit Lint(bool open_metrics) : open_metrics_(open_metrics) {}

  LintResult run(std::string_view text) {
    if (text.empty() || text.back() != '\n') error(1, "the text does not end with a line feed");
    const std::vector<std::string_view> lines = split(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, '\n');
    for (const std::string_view line : lines) {
      ++line_;
      if (ended_) {
        error(line_, "something stands behind # EOF");
        break;
      }
      read(line);
    }
    if (open_metrics_ && !ended_) error(line_, "# EOF is missing at the end");
    for (const auto& [name, family] : families_) finish(family);
    for (const auto& [key, buckets] : buckets_) finish(buckets);
    result_.families = families_.size();
    std::stable_sort(result_.findings.begin(), result_.findings.end(), [](const Finding& a, const Finding& b) { return a.line < b.line; });
    return std::move(result_);
  }

 private:
  void add(Finding::Kind kind, size_t line, std::string text) {
    ++(kind == Finding::Kind::error ? result_.errors : result_.advice);
    if (result_.findings.size() < kFindingsMax) result_.findings.push_back({kind, line, std::move(text)});
  }
  void error(size_t line, std::string text) { add(Finding::Kind::error, line, std::move(text)); }
  void advise(size_t line, std::string text) { add(Finding::Kind::advice, line, std::move(text)); }

  void read(std::string_view line) {
    if (!valid_utf8(line)) return error(line_, "the line is not UTF-8");
    if (line.ends_with('\r')) return error(line_, "the line ends with a carriage return");
    if (trim(line).empty()) {
      if (open_metrics_) error(line_, "OpenMetrics has no empty lines");
      return;
    }
    if (line.front() == '#') return read_comment(line);
    const auto sample = parse_sample_line(open_metrics_ ? line : trim(line), open_metrics_);
    if (!sample) return error(line_, sample.error().message);
    ++result_.samples;
    check(*sample);
  }

  void read_comment(std::string_view line) {
    if (open_metrics_ && line == "# EOF") {
      ended_ = true;
      return;
    }
    std::vector<std::string_view> words;
    for (const std::string_view word : split(line, ' '))
      if (!word.empty() || open_metrics_) words.push_back(word);
    const std::string_view keyword = words.size() > 1 ? words[1] : "";
    if (keyword != "HELP" && keyword != "TYPE" && keyword != "UNIT") {
      if (open_metrics_) error(line_, "OpenMetrics has no comments but HELP, TYPE, UNIT and EOF");
      return;
    }
    if (words.size() < 3 || !signals::valid_metric_name(words[2])) return error(line_, fmt::format("{} names no metric", keyword));
    Family& family = enter(std::string(words[2]));
    if (keyword == "HELP") {
      if (family.has_help) error(line_, fmt::format("a second HELP for {}", family.name));
      family.has_help = true;
    } else if (keyword == "TYPE") {
      read_type(family, words.size() > 3 ? words[3] : "");
    } else if (open_metrics_) {
      const std::string_view unit = words.size() > 3 ? words[3] : "";
      if (family.has_unit) error(line_, fmt::format("a second UNIT for {}", family.name));
      if (!unit.empty() && !family.name.ends_with(fmt::format("_{}", unit)))
        error(line_, fmt::format("the name {} does not end with its unit _{}", family.name, unit));
      family.has_unit = true;
    }
  }

  void read_type(Family& family, std::string_view type) {
    if (!family.type.empty())
      return error(line_, fmt::format("a second TYPE for {} (the first is in line {})", family.name, family.type_line));
    if (!known_type(type, open_metrics_)) return error(line_, fmt::format("\"{}\" is no metric type", type));
    if (family.first_sample != 0)
      error(line_, fmt::format("TYPE of {} stands after its samples (line {})", family.name, family.first_sample));
    family.type = type;
    family.type_line = line_;
  }

  /// The family to which the lines from here on belong.
  Family& enter(const std::string& name) {
    if (current_ != name) {
      if (const auto before = families_.find(current_); before != families_.end()) before->second.closed = true;
      current_ = name;
    }
    Family& family = families_[name];
    if (family.closed) {
      error(line_, fmt::format("the lines of {} do not stand together", name));
      family.closed = false;
    }
    family.name = name;
    return family;
  }

  std::string family_of(const std::string& sample) const {
    for (const Suffixes& known : suffixes_of(open_metrics_))
      for (const std::string_view suffix : known.suffixes) {
        if (!sample.ends_with(suffix)) continue;
        const auto family = families_.find(sample.substr(0, sample.size() - suffix.size()));
        if (family != families_.end() && family->second.type == known.type) return family->first;
      }
    return sample;
  }

  void check(const SampleLine& sample) {
    Family& family = enter(family_of(sample.name));
    if (family.first_sample == 0) family.first_sample = line_;
    const std::string_view suffix = std::string_view(sample.name).substr(std::min(family.name.size(), sample.name.size()));
    std::string series = sample.name;
    for (const auto& [name, value] : sample.labels) series += fmt::format("\x01{}\x02{}", name, value);
    if (sample.timestamp) series += fmt::format("\x03{}", *sample.timestamp);
    if (const auto [at, fresh] = seen_.emplace(series, line_); !fresh)
      error(line_, fmt::format("the same series as in line {}", at->second));
    const bool counts = family.type == "counter" || suffix == "_bucket" || suffix == "_count";
    if (counts && suffix != "_created" && !(sample.value >= 0))
      error(line_, fmt::format("{} counts, and is {}", sample.name, format_number(sample.value)));
    if (open_metrics_ && family.type == "counter" && suffix.empty())
      error(line_, fmt::format("counter {} has a sample without _total", family.name));
    if (open_metrics_ && family.type == "info" && sample.value != 1)
      error(line_, fmt::format("info {} is {}, not 1", family.name, format_number(sample.value)));
    if (sample.has_exemplar && suffix != "_total" && suffix != "_bucket") error(line_, "an exemplar stands at a counter or a bucket only");
    if (family.type == "histogram" && (suffix == "_bucket" || suffix == "_count")) collect_buckets(family, sample, suffix);
  }

  void collect_buckets(const Family& family, const SampleLine& sample, std::string_view suffix) {
    std::string key = family.name;
    for (const auto& [name, value] : sample.labels)
      if (name != "le") key += fmt::format("\x01{}\x02{}", name, value);
    Buckets& buckets = buckets_[key];
    if (buckets.line == 0) buckets.line = line_;
    if (suffix == "_count") {
      buckets.count = sample.value;
      return;
    }
    const auto le = sample.labels.find("le");
    const auto bound = le == sample.labels.end() ? std::nullopt : parse_number(le->second);
    if (!bound || std::isnan(*bound)) return error(line_, "a bucket has no le that is a number");
    if (!buckets.counts.empty() && *bound <= buckets.counts.back().first) error(line_, "buckets do not stand in rising order of le");
    if (!buckets.counts.empty() && sample.value < buckets.counts.back().second) error(line_, "a bucket holds less than the one below it");
    buckets.counts.emplace_back(*bound, sample.value);
  }

  void finish(const Buckets& buckets) {
    if (buckets.counts.empty() || !std::isinf(buckets.counts.back().first))
      return error(buckets.line, "a histogram has no bucket le=\"+Inf\"");
    if (buckets.count && *buckets.count != buckets.counts.back().second)
      error(buckets.line, fmt::format("a histogram's _count is {}, and its +Inf bucket {}", format_number(*buckets.count),
                                      format_number(buckets.counts.back().second)));
  }

  void finish(const Family& family) {
    if (family.first_sample == 0) return;
    const size_t line = family.first_sample;
    if (!family.has_help) advise(line, fmt::format("{} has no HELP", family.name));
    if (family.type.empty()) advise(line, fmt::format("{} has no TYPE", family.name));
    if (!open_metrics_ && family.type == "counter" && !family.name.ends_with("_total"))
      advise(line, fmt::format("the name of counter {} should end with _total", family.name));
    if (family.type != "counter" && !family.type.empty() && family.name.ends_with("_total"))
      advise(line, fmt::format("{} ends with _total and is a {}", family.name, family.type));
    if (std::any_of(family.name.begin(), family.name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
      advise(line, fmt::format("{} should be in snake_case", family.name));
    constexpr std::array<std::string_view, 7> kOddUnits{"_milliseconds", "_ms", "_minutes", "_hours", "_kilobytes", "_megabytes", "_mb"};
    for (const std::string_view unit : kOddUnits)
      if (family.name.ends_with(unit)) advise(line, fmt::format("{} should be in a base unit, not in {}", family.name, unit.substr(1)));
  }

  const bool open_metrics_;
  LintResult result_;
  size_t line_ = 0;
  bool ended_ = false;
  std::string current_;
  std::map<std::string, Family> families_;
  std::map<std::string, size_t> seen_;  // series -> line
  std::map<std::string, Buckets> buckets_;
};

}  // namespace

LintResult lint_exposition(std::string_view text, bool open_metrics) { return Lint(open_metrics).run(text); }

}  // namespace monitorai::app
