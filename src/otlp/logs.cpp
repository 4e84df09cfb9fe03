#include "otlp/logs.h"

#include <array>

#include "base/text.h"
#include "otlp/labels.h"
#include "otlp/names.h"

namespace monitorai::otlp {

using signals::Attribute;
using signals::AttributeValue;
using signals::LabelView;
using signals::LogLineView;
using signals::SpanArena;

namespace {

/// Loki's default index labels, of the resource.
constexpr std::array<std::string_view, 17> kLabels{
    "service.name",       "service.namespace",      "service.instance.id", "deployment.environment", "deployment.environment.name", "cloud.region",
    "cloud.availability_zone", "k8s.cluster.name",  "k8s.namespace.name",  "k8s.pod.name",           "k8s.container.name",          "container.name",
    "k8s.replicaset.name", "k8s.deployment.name",   "k8s.statefulset.name", "k8s.daemonset.name",    "k8s.job.name"};
constexpr std::string_view kNoService = "unknown_service";

/// Loki's detected_level, of a severity number (1-24).
std::string_view level_of(int32_t severity) {
  constexpr std::array<std::string_view, 6> kLevels{"trace", "debug", "info", "warn", "error", "fatal"};
  return severity >= 1 && severity <= 24 ? kLevels[static_cast<size_t>(severity - 1) / 4] : std::string_view();
}

class Reader {
 public:
  Reader(LogRequest& out, TimeNs now) : out_(out), arena_(out.arena), now_(now) {}

  void request(Fields message) {
    while (message.next()) {
      if (message.tag() == 1) resource_logs(message.get_message());
      else message.skip();
    }
    out_.attributes_cut = losses_.attributes_cut;
  }

 private:
  void resource_logs(Fields message) {
    std::vector<Attribute> resource;
    read_resource(message, arena_, resource, losses_);
    std::vector<LabelView>& labels = out_.labels.emplace_back();
    shared_.clear();
    for (const Attribute& attribute : resource)
      (std::find(kLabels.begin(), kLabels.end(), attribute.key) != kLabels.end() ? labels : shared_).push_back(label_of(attribute, arena_));
    sort_labels(labels);
    if (std::none_of(labels.begin(), labels.end(), [](const LabelView& label) { return label.name == "service_name"; })) {
      labels.push_back({"service_name", kNoService});
      sort_labels(labels);
    }
    std::vector<LogLineView>& lines = out_.lines.emplace_back();
    while (message.next()) {
      if (message.tag() == 2) scope_logs(message.get_message(), lines);
      else message.skip();
    }
    if (lines.empty()) return;
    out_.streams.push_back({labels, lines});
  }

  void scope_logs(Fields message, std::vector<LogLineView>& lines) {
    const size_t shared = shared_.size();
    for (Fields pass = message; pass.next();) {
      if (pass.tag() != 1) {
        pass.skip();
        continue;
      }
      for (Fields scope = pass.get_message(); scope.next();) {
        if (scope.tag() == 1) put(shared_, "scope_name", valid_text(view(scope.get_view()), arena_));
        else if (scope.tag() == 2) put(shared_, "scope_version", valid_text(view(scope.get_view()), arena_));
        else scope.skip();
      }
    }
    while (message.next()) {
      if (message.tag() == 2) record(message.get_message(), lines);
      else message.skip();
    }
    shared_.resize(shared);
  }

  void record(Fields message, std::vector<LogLineView>& lines) {
    ++out_.records;
    uint64_t time = 0, observed = 0;
    int32_t severity = 0;
    AttributeValue body;
    bool has_body = false;
    attributes_.clear();
    std::vector<LabelView> metadata = shared_;
    while (message.next()) {
      switch (message.tag()) {
        case 1: time = message.get_fixed64(); break;
        case 2: severity = message.get_enum(); break;
        case 3: put(metadata, "severity_text", valid_text(view(message.get_view()), arena_)); break;
        case 5:
          body = read_value(message.get_message(), arena_, losses_);
          has_body = true;
          break;
        case 6: read_attribute(message.get_message(), arena_, attributes_, losses_); break;
        case 9: put_id(metadata, "trace_id", view(message.get_view()), 16); break;
        case 10: put_id(metadata, "span_id", view(message.get_view()), 8); break;
        case 11: observed = message.get_fixed64(); break;
        case 12: put(metadata, "event_name", valid_text(view(message.get_view()), arena_)); break;
        default: message.skip();
      }
    }
    if (!has_body && attributes_.empty()) {
      ++out_.invalid;
      return;
    }
    if (severity > 0) {
      put(metadata, "severity_number", arena_.keep(fmt::format("{}", severity)));
      put(metadata, "detected_level", level_of(severity));
    }
    for (const Attribute& attribute : attributes_) metadata.push_back(label_of(attribute, arena_));
    sort_labels(metadata);
    const uint64_t ns = time != 0 ? time : observed;
    std::string_view line = body.type == signals::AttributeType::text ? body.text : arena_.keep(body.shown());
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    lines.push_back({ns == 0 ? now_ : TimeNs{static_cast<int64_t>(std::min<uint64_t>(ns, INT64_MAX))}, line, arena_.keep(std::span<const LabelView>(metadata))});
  }

  void put(std::vector<LabelView>& to, std::string_view name, std::string_view value) {
    if (!value.empty()) to.push_back({name, value});
  }
  void put_id(std::vector<LabelView>& to, std::string_view name, std::string_view bytes, size_t size) {
    if (bytes.size() != size || bytes.find_first_not_of('\0') == std::string_view::npos) return;
    std::string hex;
    for (const char byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<uint8_t>(byte));
    put(to, name, arena_.keep(hex));
  }

  LogRequest& out_;
  SpanArena& arena_;
  const TimeNs now_;
  Losses losses_;
  std::vector<LabelView> shared_;  ///< metadata of the resource and scope
  std::vector<Attribute> attributes_;
};

}  // namespace

Result<std::unique_ptr<LogRequest>> read_logs(std::string protobuf, TimeNs now) {
  auto out = std::make_unique<LogRequest>();
  const std::string_view bytes = out->arena.own(std::move(protobuf));
  try {
    Reader(*out, now).request(Fields(bytes.data(), bytes.size()));
  } catch (const protozero::exception& error) {
    return Error{Code::invalid, fmt::format("cannot read logs ({} bytes): they are no ExportLogsServiceRequest: {}", bytes.size(), error.what())};
  }
  return out;
}

}  // namespace monitorai::otlp
