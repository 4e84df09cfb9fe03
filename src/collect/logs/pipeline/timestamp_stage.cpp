// The timestamp stage: a field read by Go layouts becomes the line's time.

#include "base/text.h"
#include "collect/logs/pipeline/stage.h"
#include "text/go_time.h"

namespace monitorai::collect {
namespace {

struct NamedLayout {
  std::string_view name;
  std::string_view layout;
};
// Source: the constants of Go's package time, as promtail names them.
constexpr std::array kLayouts{
    NamedLayout{"ANSIC", "Mon Jan _2 15:04:05 2006"},
    NamedLayout{"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
    NamedLayout{"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"},
    NamedLayout{"RFC822", "02 Jan 06 15:04 MST"},
    NamedLayout{"RFC822Z", "02 Jan 06 15:04 -0700"},
    NamedLayout{"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
    NamedLayout{"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
    NamedLayout{"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
    NamedLayout{"RFC3339", "2006-01-02T15:04:05Z07:00"},
    NamedLayout{"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"},
};
constexpr int64_t kSecond = 1'000'000'000;

struct UnixUnit {
  std::string_view name;
  int64_t ns;
};
constexpr std::array kUnix{UnixUnit{"Unix", kSecond}, UnixUnit{"UnixMs", 1'000'000}, UnixUnit{"UnixUs", 1000}, UnixUnit{"UnixNs", 1}};

std::optional<TimeNs> read_unix(std::string_view text, int64_t unit) {
  const auto whole = parse_integer<int64_t>(text.substr(0, unit == kSecond ? text.find('.') : text.size()));
  if (!whole || *whole > INT64_MAX / unit || *whole < 0) return std::nullopt;
  int64_t fraction = 0;
  if (const size_t dot = text.find('.'); unit == kSecond && dot != std::string_view::npos) {
    int64_t scale = kSecond / 10;
    for (const char c : text.substr(dot + 1)) {
      if (c < '0' || c > '9') return std::nullopt;
      fraction += (c - '0') * scale;
      scale /= 10;
    }
  }
  return TimeNs{*whole * unit + fraction};
}

bool has_year(std::string_view layout) { return layout.find("2006") != std::string_view::npos || layout.find("06") != std::string_view::npos; }

/// A layout without a year: the newest year in which the time is not a day ahead.
std::optional<TimeNs> read_without_year(const std::string& layout, const std::string& text, const std::string& zone, TimeNs now) {
  const std::string this_year = text::format_time({now.ns, 0, "UTC"}, "2006");
  const auto year = parse_integer<int>(this_year).value_or(1970);
  for (int candidate = year + 1; candidate >= year - 4; --candidate) {
    const auto time = text::parse_time("2006 " + layout, fmt::format("{:04} {}", candidate, text), zone);
    if (time && time->ns <= now.ns + 86'400 * kSecond) return TimeNs{time->ns};
  }
  return std::nullopt;
}

std::optional<TimeNs> read_time(const std::string& format, const std::string& text, const std::string& zone, TimeNs now) {
  for (const UnixUnit& unit : kUnix)
    if (format == unit.name) return read_unix(text, unit.ns);
  std::string layout = format;
  for (const NamedLayout& named : kLayouts)
    if (format == named.name) layout = named.layout;
  if (!has_year(layout)) return read_without_year(layout, text, zone, now);
  const auto time = text::parse_time(layout, text, zone);
  return time ? std::optional(TimeNs{time->ns}) : std::nullopt;
}

/// Keeps the newest time, for lines whose own cannot be read.
class TimestampRun final : public StageRun {
 public:
  explicit TimestampRun(std::shared_ptr<const TimestampStage> settings) : settings_(std::move(settings)) {}
  void process(PipelineLine&& line, const NextStage& next) override {
    std::optional<TimeNs> time;
    if (const std::string* text = line.source(settings_->source)) {
      time = read_time(settings_->format, *text, settings_->location, line.now);
      for (size_t i = 0; !time && i < settings_->fallback_formats.size(); ++i)
        time = read_time(settings_->fallback_formats[i], *text, settings_->location, line.now);
    }
    if (time) newest_ = line.time = time;
    else if (settings_->action_on_failure == "fudge" && newest_) newest_ = line.time = *newest_ + std::chrono::nanoseconds(1);
    next(std::move(line));
  }

 private:
  std::shared_ptr<const TimestampStage> settings_;
  std::optional<TimeNs> newest_;
};

class Timestamp final : public Stage {
 public:
  explicit Timestamp(const TimestampStage& settings) : settings_(std::make_shared<const TimestampStage>(settings)) {}
  std::unique_ptr<StageRun> start() const override { return std::make_unique<TimestampRun>(settings_); }

 private:
  std::shared_ptr<const TimestampStage> settings_;
};

}  // namespace

StageResult compile(const TimestampStage& settings, const StageTools&) {
  if (settings.source.empty() || settings.format.empty()) return Error{Code::invalid, "cannot use a timestamp stage without source and format"};
  if (settings.action_on_failure != "fudge" && settings.action_on_failure != "skip")
    return Error{Code::invalid, fmt::format("cannot use action_on_failure \"{}\": it is fudge or skip", settings.action_on_failure)};
  if (settings.location != "UTC" && text::in_zone(0, settings.location).zone == "UTC" && settings.location.find("UTC") == std::string::npos)
    return Error{Code::invalid, fmt::format("cannot use location \"{}\": the system has no zone of this name", settings.location)};
  return std::make_unique<Timestamp>(settings);
}

}  // namespace monitorai::collect
