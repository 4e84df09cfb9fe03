#include "collect/push/loki_push_builder.h"

#include <algorithm>

#include "base/text.h"
#include "collect/push/stream_labels.h"

namespace monitorai::collect {
namespace {

using signals::LabelView;

constexpr size_t kShownBytesMax = 256;

}  // namespace

void LokiPushBuilder::begin_stream() {
  ++out_->streams_sent_;
  labels_.clear();
  pending_.clear();
  labels_problem_.clear();
  labels_text_ = {};
  first_line_ = out_->lines_.size();
  refused_lines_ = 0;
}

void LokiPushBuilder::labels_text(std::string_view text) {
  labels_text_ = text;
  if (const auto parsed = parse_stream_labels(repaired(text), out_->texts_, labels_); !parsed) labels_problem_ = parsed.error().message;
}

void LokiPushBuilder::label(std::string_view name, std::string_view value) { labels_.push_back({name, value}); }
void LokiPushBuilder::metadata(std::string_view name, std::string_view value) { pending_.push_back({name, value}); }

/// As a view where it is UTF-8 already.
std::string_view LokiPushBuilder::repaired(std::string_view text) { return valid_utf8(text) ? text : keep(to_valid_utf8(text)); }

/// Sorts the pairs from here on and drops those without a value; returns the new end.
size_t LokiPushBuilder::tidy(std::vector<LabelView>& pairs, size_t from) {
  const auto begin = pairs.begin() + static_cast<ptrdiff_t>(from);
  for (auto pair = begin; pair != pairs.end(); ++pair) *pair = {repaired(pair->name), repaired(pair->value)};
  const auto by_name = [](const LabelView& a, const LabelView& b) { return a.name < b.name; };
  if (!std::is_sorted(begin, pairs.end(), by_name)) std::stable_sort(begin, pairs.end(), by_name);
  pairs.erase(std::remove_if(begin, pairs.end(), [](const LabelView& pair) { return pair.value.empty(); }), pairs.end());
  return pairs.size();
}

void LokiPushBuilder::line(std::optional<TimeNs> time, std::string_view text) {
  if (!time) {
    pending_.clear();
    return refuse_line(fmt::format("entry for stream '{}' has a timestamp that is out of range", shown()));
  }
  if (text.ends_with('\n')) text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  tidy(pending_, 0);
  // Of a name that comes twice the last counts, as in Loki.
  const auto last = std::unique(pending_.rbegin(), pending_.rend(), [](const LabelView& a, const LabelView& b) { return a.name == b.name; });
  pending_.erase(pending_.begin(), last.base());
  const bool unnamed = !pending_.empty() && pending_.front().name.empty();
  if (unnamed || pending_.size() > kLokiPushPairsMax) {
    const std::string problem = unnamed ? "structured metadata without a name" : fmt::format("{} pairs of structured metadata, of at most {}", pending_.size(), kLokiPushPairsMax);
    pending_.clear();
    return refuse_line(fmt::format("entry for stream '{}' has {}", shown(), problem));
  }
  const Range range{out_->pairs_.size(), out_->pairs_.size() + pending_.size()};
  out_->pairs_.insert(out_->pairs_.end(), pending_.begin(), pending_.end());
  pending_.clear();
  metadata_of_.push_back(range);
  out_->lines_.push_back({.time = *time, .line = repaired(text), .metadata = {}});
}

/// The stream's labels as the sender gave them, for messages.
std::string LokiPushBuilder::shown() const {
  std::string out(labels_text_);
  if (out.empty()) {
    out = "{";
    for (const LabelView& label : labels_) {
      if (out.size() > kShownBytesMax) break;
      fmt::format_to(std::back_inserter(out), "{}{}={}", out.size() > 1 ? ", " : "", label.name, json_string(label.value));
    }
    out += '}';
  }
  return out.size() <= kShownBytesMax ? to_valid_utf8(out) : to_valid_utf8(out.substr(0, kShownBytesMax)) + "...";
}

void LokiPushBuilder::refuse_line(const std::string& problem) {
  ++refused_lines_;
  if (out_->first_problem_.empty()) out_->first_problem_ = problem;
}

/// "" or why these are not the labels of a stream; the words are Loki's.
std::string LokiPushBuilder::problem_of_labels(std::span<const LabelView> labels) const {
  if (!labels_problem_.empty()) return fmt::format("error parsing labels '{}' with error: {}", shown(), labels_problem_);
  if (labels.empty()) return "error at least one label pair is required per stream";
  if (labels.size() > kLokiPushPairsMax) return fmt::format("entry for stream '{}' has {} label names; limit {}", shown(), labels.size(), kLokiPushPairsMax);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (!signals::valid_label_name(labels[i].name)) return fmt::format("stream '{}' has an invalid label name: {}", shown(), json_string(labels[i].name.substr(0, kShownBytesMax)));
    if (i > 0 && labels[i].name == labels[i - 1].name) return fmt::format("stream '{}' has duplicate label name: '{}'", shown(), labels[i].name);
  }
  return "";
}

void LokiPushBuilder::refuse_stream(const std::string& problem) {
  out_->invalid_lines_ += std::max<size_t>(out_->lines_.size() - first_line_ + refused_lines_, 1);
  if (out_->first_problem_.empty()) out_->first_problem_ = problem;
  if (out_->lines_.size() > first_line_) out_->pairs_.resize(metadata_of_[first_line_].from);
  out_->lines_.erase(out_->lines_.begin() + static_cast<ptrdiff_t>(first_line_), out_->lines_.end());
  metadata_of_.resize(first_line_);
}

void LokiPushBuilder::end_stream() {
  if (labels_problem_.empty()) tidy(labels_, 0);
  if (const std::string problem = problem_of_labels(labels_); !problem.empty()) return refuse_stream(problem);
  out_->invalid_lines_ += refused_lines_;
  if (out_->lines_.size() == first_line_) return;
  const Range labels{out_->pairs_.size(), out_->pairs_.size() + labels_.size()};
  out_->pairs_.insert(out_->pairs_.end(), labels_.begin(), labels_.end());
  streams_.push_back({labels, {first_line_, out_->lines_.size()}});
}

std::unique_ptr<LokiPush> LokiPushBuilder::finish() {
  const auto pairs = [&](const Range& range) { return std::span<const LabelView>(out_->pairs_.data() + range.from, range.to - range.from); };
  for (size_t i = 0; i < out_->lines_.size(); ++i) {
    out_->lines_[i].metadata = pairs(metadata_of_[i]);
    out_->line_bytes_ += out_->lines_[i].line.size();
  }
  out_->streams_.reserve(streams_.size());
  for (const StreamRanges& stream : streams_)
    out_->streams_.push_back({pairs(stream.labels), std::span(out_->lines_).subspan(stream.lines.from, stream.lines.to - stream.lines.from)});
  return std::move(out_);
}

}  // namespace monitorai::collect
