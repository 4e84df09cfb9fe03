#pragma once
// Metric families as text that Prometheus scrapes: format 0.0.4 and OpenMetrics 1.0. Pure functions of the families; any thread.
//
// Names follow the client libraries. A family's name carries no suffix, so counter `x` has samples `x_total`: OpenMetrics types the
// family (`# TYPE x counter`), the older format types the sample (`# TYPE x_total counter`), and info `x` is the gauge `x_info` there.
// A family whose name was given with its suffix is printed the same way. Families without points print nothing; families that share
// a name are printed as one, under the first one's HELP and TYPE, since a format with two TYPE lines for a name is refused whole.
//
// Sources: https://prometheus.io/docs/instrumenting/exposition_formats/ and the OpenMetrics 1.0.0 specification.

#include <span>
#include <string>
#include <string_view>

#include "signals/metric.h"

namespace monitorai::serve {

enum class Format { prometheus_text, open_metrics };

/// OpenMetrics: the names and values of an exemplar's labels have at most this many characters together; a larger one is left out.
inline constexpr size_t kExemplarCharactersMax = 128;

/// Label values and HELP texts are escaped; bytes that are not UTF-8 become U+FFFD; characters that a name may not have become '_'.
std::string to_prometheus_text(std::span<const signals::MetricFamily> families);
/// Adds UNIT where the name ends with it, exemplars of counters and buckets, and the final "# EOF".
std::string to_open_metrics(std::span<const signals::MetricFamily> families);
std::string to_text(std::span<const signals::MetricFamily> families, Format format);

/// "text/plain; version=0.0.4; charset=utf-8" and its sister.
std::string_view content_type(Format format);

/// The format that an Accept header prefers, by q-values (RFC 9110 section 12.5.1): OpenMetrics only where it is named (version
/// 1.0.0, 0.0.1 or none), the older text for everything else, an empty header and one that accepts neither.
Format negotiate(std::string_view accept_header);

}  // namespace monitorai::serve
