#include "serve/exposition/exposition.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "serve/exposition/append_text.h"

namespace monitorai::serve {
namespace {

using signals::Exemplar;
using signals::Label;
using signals::Labels;
using signals::MetricFamily;
using signals::MetricPoint;
using signals::MetricType;

std::string_view type_name(MetricType type, Format format) {
  const bool open = format == Format::open_metrics;
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
    case MetricType::summary:
      return "summary";
    case MetricType::info:
      return open ? "info" : "gauge";
    case MetricType::stateset:
      return open ? "stateset" : "gauge";
    case MetricType::unknown:
      return open ? "unknown" : "untyped";
  }
  return "untyped";
}

/// The suffix that every sample of such a family has, whatever its points say.
std::string_view fixed_suffix(MetricType type) { return type == MetricType::counter ? "_total" : type == MetricType::info ? "_info" : ""; }

bool has_label_set_to_print(const Labels& labels) { return labels.size() > (labels.has(signals::kMetricName) ? 1u : 0u); }

size_t characters(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

/// Writes one format into one string.
class Printer {
 public:
  Printer(Format format, size_t bytes_expected) : format_(format) { out_.reserve(bytes_expected); }

  /// The members share a name; the first gives type and HELP.
  void family(std::span<const MetricFamily* const> members) {
    const MetricFamily& first = *members.front();
    const std::string_view suffix = fixed_suffix(first.type);
    base_.clear();
    append_name(base_, first.name, true);
    if (!suffix.empty() && base_.ends_with(suffix)) base_.erase(base_.size() - suffix.size());
    header(first, suffix);
    for (const MetricFamily* member : members)
      for (const MetricPoint& point : member->points) sample(point, suffix, first.type);
  }

  std::string take() {
    if (format_ == Format::open_metrics) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  void header(const MetricFamily& family, std::string_view suffix) {
    const bool open = format_ == Format::open_metrics;
    const std::string typed = open ? base_ : base_ + std::string(suffix);
    if (!family.help.empty()) {
      out_.append("# HELP ").append(typed).append(" ");
      append_escaped(out_, family.help, open);
      out_ += '\n';
    }
    out_.append("# TYPE ").append(typed).append(" ").append(type_name(family.type, format_)).append("\n");
    const bool may_have_unit = family.type != MetricType::info && family.type != MetricType::stateset;
    if (open && may_have_unit && !family.unit.empty() && base_.ends_with("_" + family.unit))
      out_.append("# UNIT ").append(typed).append(" ").append(family.unit).append("\n");
  }

  void sample(const MetricPoint& point, std::string_view suffix, MetricType type) {
    out_ += base_;
    out_ += suffix.empty() || point.suffix == "_created" ? point.suffix : suffix;
    if (has_label_set_to_print(point.labels)) labels(point.labels);
    out_ += ' ';
    append_value(out_, point.value);
    const bool may_have_exemplar = type == MetricType::counter || point.suffix == "_bucket";
    if (format_ == Format::open_metrics && point.exemplar && may_have_exemplar) exemplar(*point.exemplar);
    out_ += '\n';
  }

  void labels(const Labels& labels) {
    char separator = '{';
    for (const Label& label : labels) {
      if (label.name == signals::kMetricName) continue;
      out_ += separator;
      separator = ',';
      append_name(out_, label.name, false);
      out_ += "=\"";
      append_escaped(out_, label.value, true);
      out_ += '"';
    }
    out_ += '}';
  }

  void exemplar(const Exemplar& exemplar) {
    size_t length = 0;
    for (const Label& label : exemplar.labels) length += characters(label.name) + characters(label.value);
    if (length > kExemplarCharactersMax) return;
    out_ += " # ";
    if (exemplar.labels.empty())
      out_ += "{}";
    else
      labels(exemplar.labels);
    out_ += ' ';
    append_value(out_, exemplar.value);
    if (exemplar.time) fmt::format_to(std::back_inserter(out_), " {}.{:03}", exemplar.time->ms / 1000, exemplar.time->ms % 1000);
  }

  const Format format_;
  std::string base_;
  std::string out_;
};

size_t bytes_of(std::span<const MetricFamily> families) {
  size_t bytes = 0;
  for (const MetricFamily& family : families) {
    bytes += 256 + family.help.size();
    if (family.points.empty()) continue;
    // One point stands for all: a wrong guess costs a reallocation, no more.
    size_t point = family.name.size() + 40;
    for (const Label& label : family.points.front().labels) point += label.name.size() + label.value.size() + 8;
    bytes += point * family.points.size();
  }
  return bytes;
}

}  // namespace

std::string to_text(std::span<const MetricFamily> families, Format format) {
  std::unordered_map<std::string_view, size_t> group_of;
  std::vector<std::vector<const MetricFamily*>> groups;
  for (const MetricFamily& family : families) {
    if (family.points.empty()) continue;
    const auto [at, fresh] = group_of.try_emplace(family.name, groups.size());
    if (fresh) groups.emplace_back();
    groups[at->second].push_back(&family);
  }
  Printer printer(format, bytes_of(families));
  for (const auto& group : groups) printer.family(group);
  return printer.take();
}

std::string to_prometheus_text(std::span<const MetricFamily> families) { return to_text(families, Format::prometheus_text); }
std::string to_open_metrics(std::span<const MetricFamily> families) { return to_text(families, Format::open_metrics); }

std::string_view content_type(Format format) {
  return format == Format::open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace monitorai::serve
