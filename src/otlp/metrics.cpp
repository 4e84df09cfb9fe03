#include "otlp/metrics.h"

#include <cmath>
#include <map>

#include "base/text.h"
#include "otlp/labels.h"
#include "otlp/names.h"

namespace monitorai::otlp {

using signals::Attribute;
using signals::ExemplarView;
using signals::LabelView;
using signals::MetricType;
using signals::Sample;
using signals::SpanArena;

namespace {

constexpr uint32_t kNoValue = 1;  ///< DataPointFlags: no recorded value
constexpr int32_t kDelta = 1;
constexpr size_t kBucketsMax = 2048;
constexpr int64_t kNsPerMs = 1'000'000;

/// What all kinds of points have.
struct Point {
  std::vector<LabelView> labels;
  TimeMs time;
  uint32_t flags = 0;
  std::vector<ExemplarView> exemplars;
};

struct ExponentialBuckets {
  int64_t offset = 0;
  std::vector<uint64_t> counts;
};

class Reader {
 public:
  Reader(MetricRequest& out, TimeMs now) : out_(out), arena_(out.arena), now_(now) {}

  void request(Fields message) {
    while (message.next()) {
      if (message.tag() == 1) resource_metrics(message.get_message());
      else message.skip();
    }
  }

 private:
  void resource_metrics(Fields message) {
    std::vector<Attribute> resource;
    read_resource(message, arena_, resource, losses_);
    target_.clear();
    const auto text = [&](std::string_view key) { return signals::text_attribute(resource, key); };
    const std::string_view service = text("service.name"), space = text("service.namespace"), instance = text("service.instance.id");
    if (!service.empty()) target_.push_back({"job", space.empty() ? service : arena_.keep(fmt::format("{}/{}", space, service))});
    if (!instance.empty()) target_.push_back({"instance", instance});
    newest_ = {};
    while (message.next()) {
      if (message.tag() == 2) scope_metrics(message.get_message());
      else message.skip();
    }
    std::vector<LabelView> info;
    for (const Attribute& attribute : resource)
      if (attribute.key != "service.name" && attribute.key != "service.namespace" && attribute.key != "service.instance.id")
        info.push_back(label_of(attribute, arena_));
    if (!info.empty() && !target_.empty() && newest_.ms > 0) {
      Point point{.labels = std::move(info), .time = newest_};
      emit("target_info", point, 1);
      metadata("target_info", MetricType::gauge, "Target metadata");
    }
  }

  void scope_metrics(Fields message) {
    while (message.next()) {
      if (message.tag() == 2) metric(message.get_message());
      else message.skip();
    }
  }

  void metric(Fields message) {
    std::string_view name, unit, help;
    for (Fields pass = message; pass.next();) {
      switch (pass.tag()) {
        case 1: name = valid_text(view(pass.get_view()), arena_); break;
        case 2: help = valid_text(view(pass.get_view()), arena_); break;
        case 3: unit = valid_text(view(pass.get_view()), arena_); break;
        default: pass.skip();
      }
    }
    while (message.next()) {
      switch (message.tag()) {
        case 5: points(message.get_message(), 5, name, unit, help); break;
        case 7: points(message.get_message(), 7, name, unit, help); break;
        case 9: points(message.get_message(), 9, name, unit, help); break;
        case 10: points(message.get_message(), 10, name, unit, help); break;
        case 11: points(message.get_message(), 11, name, unit, help); break;
        default: message.skip();
      }
    }
  }

  void points(Fields message, uint32_t kind, std::string_view name, std::string_view unit, std::string_view help) {
    int32_t temporality = 0;
    bool monotonic = false;
    for (Fields pass = message; pass.next();) {
      if (pass.tag() == 2 && kind != 5 && kind != 11) temporality = pass.get_enum();
      else if (pass.tag() == 3 && kind == 7) monotonic = pass.get_bool();
      else pass.skip();
    }
    const bool counter = kind == 7 && monotonic;
    const bool gauge = kind == 5 || (kind == 7 && !monotonic);
    const std::string_view full = arena_.keep(metric_name(name, unit, counter ? NameKind::counter : gauge ? NameKind::gauge : NameKind::other));
    const bool good = !name.empty() && temporality != kDelta;
    if (good)
      metadata(full, counter ? MetricType::counter : gauge ? MetricType::gauge : kind == 11 ? MetricType::summary : MetricType::histogram, help);
    while (message.next()) {
      if (message.tag() != 1) {
        message.skip();
        continue;
      }
      ++out_.points;
      if (!good) {
        ++(name.empty() ? out_.invalid : out_.delta);
        problem(name, name.empty() ? "has no name" : "has delta temporality, which is not supported: send cumulative points");
        message.skip();
        continue;
      }
      const Fields point = message.get_message();
      switch (kind) {
        case 9: histogram(point, full); break;
        case 10: exponential(point, full); break;
        case 11: summary(point, full); break;
        default: number(point, full);
      }
    }
  }

  void number(Fields message, std::string_view name) {
    Point point;
    double value = 0;
    while (message.next()) {
      switch (message.tag()) {
        case 3: set_time(point, message.get_fixed64()); break;
        case 4: value = message.get_double(); break;
        case 5: exemplar(message.get_message(), point); break;
        case 6: value = static_cast<double>(message.get_sfixed64()); break;
        case 7: label(message.get_message(), point); break;
        case 8: point.flags = message.get_uint32(); break;
        default: message.skip();
      }
    }
    finish(point);
    emit(name, point, value, {}, {}, point.exemplars);
  }

  void histogram(Fields message, std::string_view name) {
    Point point;
    uint64_t count = 0;
    std::optional<double> sum;
    std::vector<uint64_t> counts;
    std::vector<double> bounds;
    while (message.next()) {
      switch (message.tag()) {
        case 3: set_time(point, message.get_fixed64()); break;
        case 4: count = message.get_fixed64(); break;
        case 5: sum = message.get_double(); break;
        case 6: take_repeated(message, counts, [&] { return message.get_fixed64(); }, [&] { return message.get_packed_fixed64(); }); break;
        case 7: take_repeated(message, bounds, [&] { return message.get_double(); }, [&] { return message.get_packed_double(); }); break;
        case 8: exemplar(message.get_message(), point); break;
        case 9: label(message.get_message(), point); break;
        case 10: point.flags = message.get_uint32(); break;
        default: message.skip();
      }
    }
    finish(point);
    if (!(counts.empty() && bounds.empty()) && (counts.size() != bounds.size() + 1 || counts.size() > kBucketsMax || !std::is_sorted(bounds.begin(), bounds.end()))) {
      ++out_.invalid;
      return problem(name, fmt::format("has {} buckets and {} bounds", counts.size(), bounds.size()));
    }
    std::map<double, double> buckets;
    uint64_t below = 0;
    for (size_t i = 0; i < bounds.size(); ++i) buckets[bounds[i]] = static_cast<double>(below += counts[i]);
    classic(name, point, buckets, count, sum);
  }

  /// Source of the bounds: the OpenTelemetry data model, "Exponential Scale": base = 2 ** (2 ** -scale), bucket i holds (base**i, base**(i+1)].
  void exponential(Fields message, std::string_view name) {
    Point point;
    uint64_t count = 0, zero = 0;
    std::optional<double> sum;
    int32_t scale = 0;
    double zero_threshold = 0;
    ExponentialBuckets positive, negative;
    while (message.next()) {
      switch (message.tag()) {
        case 1: label(message.get_message(), point); break;
        case 3: set_time(point, message.get_fixed64()); break;
        case 4: count = message.get_fixed64(); break;
        case 5: sum = message.get_double(); break;
        case 6: scale = message.get_sint32(); break;
        case 7: zero = message.get_fixed64(); break;
        case 8: positive = read_buckets(message.get_message()); break;
        case 9: negative = read_buckets(message.get_message()); break;
        case 10: point.flags = message.get_uint32(); break;
        case 11: exemplar(message.get_message(), point); break;
        case 14: zero_threshold = message.get_double(); break;
        default: message.skip();
      }
    }
    finish(point);
    if (positive.counts.size() + negative.counts.size() > kBucketsMax || scale < -20 || scale > 30) {
      ++out_.invalid;
      return problem(name, fmt::format("has {} exponential buckets of scale {}", positive.counts.size() + negative.counts.size(), scale));
    }
    const auto bound = [&](int64_t index) { return std::exp2(std::ldexp(static_cast<double>(index), -scale)); };
    std::map<double, double> buckets;
    uint64_t below = 0;
    for (size_t i = negative.counts.size(); i > 0; --i)
      buckets[-bound(negative.offset + static_cast<int64_t>(i) - 1)] = static_cast<double>(below += negative.counts[i - 1]);
    below += zero;
    if (zero > 0 || !negative.counts.empty()) buckets[zero_threshold] = static_cast<double>(below);
    for (size_t i = 0; i < positive.counts.size(); ++i) {
      const double upper = bound(positive.offset + static_cast<int64_t>(i) + 1);
      below += positive.counts[i];
      if (std::isfinite(upper)) buckets[upper] = static_cast<double>(below);
    }
    classic(name, point, buckets, count, sum);
  }

  void summary(Fields message, std::string_view name) {
    Point point;
    uint64_t count = 0;
    double sum = 0;
    std::vector<std::pair<double, double>> quantiles;
    while (message.next()) {
      switch (message.tag()) {
        case 3: set_time(point, message.get_fixed64()); break;
        case 4: count = message.get_fixed64(); break;
        case 5: sum = message.get_double(); break;
        case 6: {
          auto& [quantile, value] = quantiles.emplace_back();
          for (Fields one = message.get_message(); one.next();) {
            if (one.tag() == 1) quantile = one.get_double();
            else if (one.tag() == 2) value = one.get_double();
            else one.skip();
          }
          break;
        }
        case 7: label(message.get_message(), point); break;
        case 8: point.flags = message.get_uint32(); break;
        default: message.skip();
      }
    }
    finish(point);
    for (const auto& [quantile, value] : quantiles) emit(name, point, value, "quantile", arena_.keep(format_number(quantile)));
    emit(suffixed(name, "_sum"), point, sum);
    emit(suffixed(name, "_count"), point, static_cast<double>(count));
  }

  void classic(std::string_view name, const Point& point, const std::map<double, double>& buckets, uint64_t count, std::optional<double> sum) {
    const std::string_view bucket_name = suffixed(name, "_bucket");
    double last = -std::numeric_limits<double>::infinity();
    const auto bucket = [&](double bound, double value) {
      std::vector<ExemplarView> inside;
      for (const ExemplarView& one : point.exemplars)
        if (one.value > last && one.value <= bound) inside.push_back(one);
      last = bound;
      emit(bucket_name, point, value, "le", arena_.keep(format_number(bound)), inside);
    };
    for (const auto& [bound, value] : buckets) bucket(bound, value);
    bucket(std::numeric_limits<double>::infinity(), static_cast<double>(count));
    if (sum) emit(suffixed(name, "_sum"), point, *sum);
    emit(suffixed(name, "_count"), point, static_cast<double>(count));
  }

  static ExponentialBuckets read_buckets(Fields message) {
    ExponentialBuckets out;
    while (message.next()) {
      if (message.tag() == 1) out.offset = message.get_sint32();
      else if (message.tag() == 2) take_repeated(message, out.counts, [&] { return message.get_uint64(); }, [&] { return message.get_packed_uint64(); });
      else message.skip();
    }
    return out;
  }

  /// Repeated numbers come packed or one by one.
  template <class T, class One, class Packed>
  static void take_repeated(Fields& message, std::vector<T>& out, One one, Packed packed) {
    if (message.wire_type() != protozero::pbf_wire_type::length_delimited) {
      out.push_back(one());
    } else {
      for (const auto value : packed()) out.push_back(value);
    }
    if (out.size() > kBucketsMax + 1) out.resize(kBucketsMax + 1);
  }

  void set_time(Point& point, uint64_t ns) { point.time = {static_cast<int64_t>(std::min<uint64_t>(ns, INT64_MAX)) / kNsPerMs}; }

  void label(Fields message, Point& point) {
    scratch_.clear();
    read_attribute(message, arena_, scratch_, losses_);
    for (const Attribute& attribute : scratch_) point.labels.push_back(label_of(attribute, arena_));
  }

  void exemplar(Fields message, Point& point) {
    std::vector<LabelView> labels;
    ExemplarView out;
    std::vector<Attribute> attributes;
    while (message.next()) {
      switch (message.tag()) {
        case 2: out.time = {static_cast<int64_t>(std::min<uint64_t>(message.get_fixed64(), INT64_MAX)) / kNsPerMs}; break;
        case 3: out.value = message.get_double(); break;
        case 4:
          if (const auto id = signals::SpanId::from_bytes(view(message.get_view()))) labels.push_back({"span_id", arena_.keep(id->hex())});
          break;
        case 5:
          if (const auto id = signals::TraceId::from_bytes(view(message.get_view()))) labels.push_back({"trace_id", arena_.keep(id->hex())});
          break;
        case 6: out.value = static_cast<double>(message.get_sfixed64()); break;
        default: message.skip();
      }
    }
    sort_labels(labels);
    out.labels = arena_.keep(std::span<const LabelView>(labels));
    point.exemplars.push_back(out);
  }

  void finish(Point& point) {
    if (point.time.ms <= 0) point.time = now_;
    newest_ = std::max(newest_, point.time);
  }

  std::string_view suffixed(std::string_view name, std::string_view suffix) { return arena_.keep(fmt::format("{}{}", name, suffix)); }

  void emit(std::string_view name, const Point& point, double value, std::string_view extra_name = {}, std::string_view extra = {}, std::span<const ExemplarView> exemplars = {}) {
    std::vector<LabelView> labels = point.labels;
    labels.insert(labels.end(), target_.begin(), target_.end());
    if (!extra_name.empty()) labels.push_back({extra_name, extra});
    labels.push_back({signals::kMetricName, name});
    // Labels of the target win over those of a point.
    sort_labels(labels);
    const Sample sample{point.time, (point.flags & kNoValue) != 0 ? signals::stale_nan() : value};
    out_.series.push_back({arena_.keep(std::span<const LabelView>(labels)), arena_.keep(std::span<const Sample>(&sample, 1)), arena_.keep(exemplars)});
  }

  void metadata(std::string_view family, MetricType type, std::string_view help) { out_.metadata.push_back({family, type, help, {}}); }
  void problem(std::string_view name, std::string_view why) {
    if (out_.first_problem.empty()) out_.first_problem = fmt::format("metric {} {}", json_string(name.substr(0, 128)), why);
  }

  MetricRequest& out_;
  SpanArena& arena_;
  const TimeMs now_;
  Losses losses_;
  std::vector<LabelView> target_;
  TimeMs newest_;
  std::vector<Attribute> scratch_;
};

}  // namespace

Result<std::unique_ptr<MetricRequest>> read_metrics(std::string protobuf, TimeMs now) {
  auto out = std::make_unique<MetricRequest>();
  const std::string_view bytes = out->arena.own(std::move(protobuf));
  try {
    Reader(*out, now).request(Fields(bytes.data(), bytes.size()));
  } catch (const protozero::exception& error) {
    return Error{Code::invalid, fmt::format("cannot read metrics ({} bytes): they are no ExportMetricsServiceRequest: {}", bytes.size(), error.what())};
  }
  return out;
}

}  // namespace monitorai::otlp
