#pragma once
// Names of OpenTelemetry as Prometheus and Loki take them.
// Source: opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics; Prometheus's otlptranslator.

#include <string>
#include <string_view>

namespace monitorai::otlp {

/// Characters that are none of a label become '_'; a digit in front gets "key_", a single '_' in front "key".
std::string label_name(std::string_view attribute);

enum class NameKind { gauge, counter, other };
/// With the unit's suffix (s: _seconds, By: _bytes, 1 of a gauge: _ratio, m/s: _meters_per_second) and _total of a counter.
std::string metric_name(std::string_view name, std::string_view unit, NameKind kind);

}  // namespace monitorai::otlp
