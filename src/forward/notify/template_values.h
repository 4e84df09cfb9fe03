#pragma once
// Values that the functions of notifications' templates take and give: lists of texts, times, durations.

#include <string>
#include <vector>

#include "base/text.h"
#include "query/template/value.h"

namespace monitorai::forward {

using MaybeCalled = std::optional<query::templates::ValueResult>;

/// A []string.
class Texts final : public query::templates::Object {
 public:
  explicit Texts(std::vector<std::string> texts) : texts_(std::move(texts)) {}
  std::string_view type_name() const override { return "[]string"; }
  std::string text() const override { return "[" + monitorai::join(texts_, " ") + "]"; }
  bool truth() const override { return !texts_.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(texts_.size()); }
  query::templates::ValueResult index(query::templates::Run&, const query::templates::Value& key) const override {
    if (!key.is(query::templates::Value::Kind::integer) || key.integer < 0 || key.integer >= static_cast<int64_t>(texts_.size())) return std::string("index out of range");
    return query::templates::Value::of(std::string_view(texts_[static_cast<size_t>(key.integer)]));
  }
  bool items(query::templates::Run&, std::vector<std::pair<query::templates::Value, query::templates::Value>>& out) const override {
    for (size_t i = 0; i < texts_.size(); ++i) out.emplace_back(query::templates::Value::of(static_cast<int64_t>(i)), query::templates::Value::of(std::string_view(texts_[i])));
    return true;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  const std::vector<std::string> texts_;
};

/// A time.Time with the methods that templates of alerts use.
class TimeObject final : public query::templates::Object {
 public:
  explicit TimeObject(text::GoTime time) : time_(std::move(time)) {}
  std::string_view type_name() const override { return "time.Time"; }
  std::string text() const override { return text::format_time(time_, "2006-01-02 15:04:05.999999999 -0700 MST"); }
  std::optional<query::templates::Value> field(query::templates::Run& run, std::string_view name) const override {
    if (name == "Unix") return query::templates::Value::of(time_.ns / 1'000'000'000);
    if (name == "UTC" || name == "Local") return run.make<TimeObject>(text::in_zone(time_.ns, name == "UTC" ? "UTC" : "Local"));
    if (name == "IsZero") return query::templates::Value::of(time_.ns == 0);
    return std::nullopt;
  }
  MaybeCalled call(query::templates::Run& run, std::string_view name, std::span<const query::templates::Value> args) const override {
    if (name != "Format") return std::nullopt;
    if (args.size() != 1 || !args[0].is(query::templates::Value::Kind::text)) return query::templates::ValueResult(std::string("Format takes a layout"));
    return query::templates::ValueResult(run.text(text::format_time(time_, args[0].text)));
  }
  const text::GoTime& time() const { return time_; }

 private:
  const text::GoTime time_;
};

class DurationObject final : public query::templates::Object {
 public:
  explicit DurationObject(double s) : seconds(s) {}
  std::string_view type_name() const override { return "time.Duration"; }
  std::string text() const override { return format_duration(std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000))); }
  std::optional<query::templates::Value> field(query::templates::Run&, std::string_view name) const override {
    if (name == "Seconds") return query::templates::Value::of(seconds);
    if (name == "Minutes") return query::templates::Value::of(seconds / 60);
    if (name == "Hours") return query::templates::Value::of(seconds / 3600);
    return std::nullopt;
  }
  const double seconds;
};

}  // namespace monitorai::forward
