#pragma once
// One line on its way through a pipeline: its text, its time and its labels, which come from the stream, from structured metadata and from
// what the stages find, in this order of seniority. All views are of the block or of the line's arena; a worker has one Line and reuses it.

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "query/logql/arena.h"
#include "signals/labels.h"
#include "signals/samples.h"

namespace monitorai::query::logql {

inline constexpr std::string_view kErrorLabel = "__error__";
inline constexpr std::string_view kErrorDetailsLabel = "__error_details__";
inline constexpr std::string_view kPreserveErrorLabel = "__preserve_error__";
inline constexpr std::string_view kExtractedSuffix = "_extracted";

inline constexpr std::string_view kJsonError = "JSONParserErr";
inline constexpr std::string_view kLogfmtError = "LogfmtParserErr";
inline constexpr std::string_view kSampleError = "SampleExtractionErr";
inline constexpr std::string_view kLabelFilterError = "LabelFilterErr";
inline constexpr std::string_view kTemplateError = "TemplateFormatErr";

enum class Category : uint8_t { stream, metadata, parsed };

class LineLabels {
 public:
  struct Entry {
    std::string_view name;
    std::string_view value;
    Category category;
  };

  /// A new line of this stream. The labels must live as long as the line is in use.
  void start(const signals::Labels& stream, std::span<const signals::Label> metadata, Arena& arena) {
    stream_ = &stream;
    added_.clear();
    removed_.clear();
    bloom_ = 0;
    error_ = error_details_ = {};
    for (const signals::Label& label : metadata) {
      if (label.name == kErrorLabel) {
        error_ = label.value;
      } else if (label.name == kErrorDetailsLabel) {
        error_details_ = label.value;
      } else if (stream.has(label.name)) {
        set(arena.join(label.name, kExtractedSuffix), label.value, Category::metadata);
      } else {
        set(label.name, label.value, Category::metadata);
      }
    }
  }

  /// nullopt where there is none; a label may be there and empty. Errors are no labels here: comparisons of numbers do not see them.
  std::optional<std::string_view> get(std::string_view name) const {
    if (const Entry* found = find_added(name)) return found->value;
    const std::string_view value = stream_->value(name);
    if (value.empty() || is_removed(name)) return std::nullopt;
    return value;
  }
  /// As string matchers and templates see a label: "" where there is none, and the errors are labels too.
  std::string_view value(std::string_view name) const {
    if (name == kErrorLabel) return error_;
    if (name == kErrorDetailsLabel) return error_details_;
    return get(name).value_or(std::string_view{});
  }

  /// What a parser found: under its name, or with "_extracted" where the stream or the metadata has that name. What was found first
  /// stays. Returns the name it went by; "" when it was there already.
  std::string_view extract(std::string_view name, std::string_view value, Arena& arena) {
    if (stored(name)) name = arena.join(name, kExtractedSuffix);
    if (const Entry* found = find_added(name); found != nullptr && found->category == Category::parsed) return {};
    set(name, value, Category::parsed);
    return name;
  }
  /// What a stage sets: replaces any label of this name.
  void set_parsed(std::string_view name, std::string_view value) { set(name, value, Category::parsed); }

  /// Whether the stream has the name (removed or not) or the metadata does.
  bool stored(std::string_view name) const {
    if (stream_->has(name)) return true;
    const Entry* found = find_added(name);
    return found != nullptr && found->category == Category::metadata;
  }

  void remove(std::string_view name) {
    if (name == kErrorLabel) error_ = {};
    if (name == kErrorDetailsLabel) error_details_ = {};
    std::erase_if(added_, [&](const Entry& e) { return e.name == name; });
    if (stream_->has(name) && !is_removed(name)) removed_.push_back(name);
  }

  std::string_view error() const { return error_; }
  std::string_view error_details() const { return error_details_; }
  /// Both texts must live as long as the line.
  void fail(std::string_view error, std::string_view details) {
    error_ = error;
    error_details_ = details;
  }

  /// True when the labels are those of the stream, all of them.
  bool untouched() const { return added_.empty() && removed_.empty() && error_.empty() && error_details_.empty(); }

  /// All labels, __error__ and its details among them, in no order.
  void collect(std::vector<Entry>& out) const {
    out.clear();
    for (const signals::Label& label : *stream_)
      if (!is_removed(label.name) && find_added(label.name) == nullptr) out.push_back({label.name, label.value, Category::stream});
    out.insert(out.end(), added_.begin(), added_.end());
    if (!error_.empty()) out.push_back({kErrorLabel, error_, Category::parsed});
    if (!error_details_.empty()) out.push_back({kErrorDetailsLabel, error_details_, Category::parsed});
  }

  const signals::Labels& stream() const { return *stream_; }

 private:
  /// A bit for a name: most look-ups of absent names end here.
  static uint64_t bit_of(std::string_view name) {
    if (name.empty()) return 1;
    const auto front = static_cast<unsigned char>(name.front());
    const auto back = static_cast<unsigned char>(name.back());
    const auto middle = static_cast<unsigned char>(name[name.size() / 2]);
    return uint64_t{1} << ((front * 31u + back * 7u + middle * 17u + name.size()) & 63u);
  }
  const Entry* find_added(std::string_view name) const {
    if ((bloom_ & bit_of(name)) == 0) return nullptr;
    for (const Entry& e : added_)
      if (e.name == name) return &e;
    return nullptr;
  }
  bool is_removed(std::string_view name) const {
    for (const std::string_view r : removed_)
      if (r == name) return true;
    return false;
  }
  void set(std::string_view name, std::string_view value, Category category) {
    if (Entry* found = const_cast<Entry*>(find_added(name))) {
      found->value = value;
      found->category = category;
      return;
    }
    bloom_ |= bit_of(name);
    added_.push_back({name, value, category});
  }

  const signals::Labels* stream_ = nullptr;
  std::vector<Entry> added_;
  std::vector<std::string_view> removed_;
  uint64_t bloom_ = 0;
  std::string_view error_;
  std::string_view error_details_;
};

class JsonReader;

/// Owned by one worker.
struct Line {
  Line();
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  int64_t time_ns = 0;
  std::string_view text;
  size_t slack = 0;  ///< bytes behind the text that may be read
  LineLabels labels;
  Arena arena;
  std::unique_ptr<JsonReader> json;
  size_t json_uses = 0;  ///< parses of this line so far

  void start(int64_t time, std::string_view line, size_t bytes_behind, const signals::Labels& stream,
             std::span<const signals::Label> metadata) {
    arena.clear();
    json_uses = 0;
    time_ns = time;
    text = line;
    slack = bytes_behind;
    labels.start(stream, metadata, arena);
  }
  void set_text(std::string_view line) {
    text = line;
    slack = 0;
  }
};

}  // namespace monitorai::query::logql
