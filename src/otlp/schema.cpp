#include "otlp/schema.h"

#include <array>

namespace monitorai::otlp {
namespace {

using enum FieldKind;

constexpr std::array<std::string_view, 6> kSpanKinds{"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
constexpr std::array<std::string_view, 3> kStatusCodes{"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
constexpr std::array<std::string_view, 3> kTemporalities{"AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"};
constexpr std::array<std::string_view, 25> kSeverities{
    "SEVERITY_NUMBER_UNSPECIFIED", "SEVERITY_NUMBER_TRACE", "SEVERITY_NUMBER_TRACE2", "SEVERITY_NUMBER_TRACE3", "SEVERITY_NUMBER_TRACE4",
    "SEVERITY_NUMBER_DEBUG", "SEVERITY_NUMBER_DEBUG2", "SEVERITY_NUMBER_DEBUG3", "SEVERITY_NUMBER_DEBUG4", "SEVERITY_NUMBER_INFO",
    "SEVERITY_NUMBER_INFO2", "SEVERITY_NUMBER_INFO3", "SEVERITY_NUMBER_INFO4", "SEVERITY_NUMBER_WARN", "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3", "SEVERITY_NUMBER_WARN4", "SEVERITY_NUMBER_ERROR", "SEVERITY_NUMBER_ERROR2", "SEVERITY_NUMBER_ERROR3",
    "SEVERITY_NUMBER_ERROR4", "SEVERITY_NUMBER_FATAL", "SEVERITY_NUMBER_FATAL2", "SEVERITY_NUMBER_FATAL3", "SEVERITY_NUMBER_FATAL4"};

// ---- common.proto, resource.proto ----
extern const Message kAnyValue;
extern const Message kKeyValue;
constexpr std::array kArrayFields{Field{"values", 1, message, true, &kAnyValue}};
constexpr Message kArray{"ArrayValue", kArrayFields};
constexpr std::array kListFields{Field{"values", 1, message, true, &kKeyValue}};
constexpr Message kList{"KeyValueList", kListFields};
constexpr std::array kAnyFields{Field{"stringValue", 1, text}, Field{"boolValue", 2, boolean}, Field{"intValue", 3, int64}, Field{"doubleValue", 4, real},
                                Field{"arrayValue", 5, message, false, &kArray}, Field{"kvlistValue", 6, message, false, &kList}, Field{"bytesValue", 7, bytes}};
constexpr Message kAnyValue{"AnyValue", kAnyFields};
constexpr std::array kKeyValueFields{Field{"key", 1, text}, Field{"value", 2, message, false, &kAnyValue}};
constexpr Message kKeyValue{"KeyValue", kKeyValueFields};
constexpr std::array kResourceFields{Field{"attributes", 1, message, true, &kKeyValue}, Field{"droppedAttributesCount", 2, uint32}};
constexpr Message kResource{"Resource", kResourceFields};
constexpr std::array kScopeFields{Field{"name", 1, text}, Field{"version", 2, text}, Field{"attributes", 3, message, true, &kKeyValue}, Field{"droppedAttributesCount", 4, uint32}};
constexpr Message kScope{"InstrumentationScope", kScopeFields};

// ---- trace.proto ----
constexpr std::array kEventFields{Field{"timeUnixNano", 1, fixed64}, Field{"name", 2, text}, Field{"attributes", 3, message, true, &kKeyValue}, Field{"droppedAttributesCount", 4, uint32}};
constexpr Message kEvent{"Event", kEventFields};
constexpr std::array kLinkFields{Field{"traceId", 1, id}, Field{"spanId", 2, id}, Field{"traceState", 3, text},
                                 Field{"attributes", 4, message, true, &kKeyValue}, Field{"droppedAttributesCount", 5, uint32}, Field{"flags", 6, fixed32}};
constexpr Message kLink{"Link", kLinkFields};
constexpr std::array kStatusFields{Field{"message", 2, text}, Field{"code", 3, enumeration, false, nullptr, kStatusCodes}};
constexpr Message kStatus{"Status", kStatusFields};
constexpr std::array kSpanFields{Field{"traceId", 1, id},
                                 Field{"spanId", 2, id},
                                 Field{"traceState", 3, text},
                                 Field{"parentSpanId", 4, id},
                                 Field{"flags", 16, fixed32},
                                 Field{"name", 5, text},
                                 Field{"kind", 6, enumeration, false, nullptr, kSpanKinds},
                                 Field{"startTimeUnixNano", 7, fixed64},
                                 Field{"endTimeUnixNano", 8, fixed64},
                                 Field{"attributes", 9, message, true, &kKeyValue},
                                 Field{"droppedAttributesCount", 10, uint32},
                                 Field{"events", 11, message, true, &kEvent},
                                 Field{"droppedEventsCount", 12, uint32},
                                 Field{"links", 13, message, true, &kLink},
                                 Field{"droppedLinksCount", 14, uint32},
                                 Field{"status", 15, message, false, &kStatus}};
constexpr Message kSpan{"Span", kSpanFields};
constexpr std::array kScopeSpansFields{Field{"scope", 1, message, false, &kScope}, Field{"spans", 2, message, true, &kSpan}, Field{"schemaUrl", 3, text}};
constexpr Message kScopeSpans{"ScopeSpans", kScopeSpansFields};
constexpr std::array kResourceSpansFields{Field{"resource", 1, message, false, &kResource}, Field{"scopeSpans", 2, message, true, &kScopeSpans}, Field{"schemaUrl", 3, text}};
constexpr Message kResourceSpans{"ResourceSpans", kResourceSpansFields};
constexpr std::array kTracesFields{Field{"resourceSpans", 1, message, true, &kResourceSpans}};

// ---- logs.proto ----
constexpr std::array kRecordFields{Field{"timeUnixNano", 1, fixed64},
                                   Field{"observedTimeUnixNano", 11, fixed64},
                                   Field{"severityNumber", 2, enumeration, false, nullptr, kSeverities},
                                   Field{"severityText", 3, text},
                                   Field{"body", 5, message, false, &kAnyValue},
                                   Field{"attributes", 6, message, true, &kKeyValue},
                                   Field{"droppedAttributesCount", 7, uint32},
                                   Field{"flags", 8, fixed32},
                                   Field{"traceId", 9, id},
                                   Field{"spanId", 10, id},
                                   Field{"eventName", 12, text}};
constexpr Message kRecord{"LogRecord", kRecordFields};
constexpr std::array kScopeLogsFields{Field{"scope", 1, message, false, &kScope}, Field{"logRecords", 2, message, true, &kRecord}, Field{"schemaUrl", 3, text}};
constexpr Message kScopeLogs{"ScopeLogs", kScopeLogsFields};
constexpr std::array kResourceLogsFields{Field{"resource", 1, message, false, &kResource}, Field{"scopeLogs", 2, message, true, &kScopeLogs}, Field{"schemaUrl", 3, text}};
constexpr Message kResourceLogs{"ResourceLogs", kResourceLogsFields};
constexpr std::array kLogsFields{Field{"resourceLogs", 1, message, true, &kResourceLogs}};

// ---- metrics.proto ----
constexpr std::array kExemplarFields{Field{"filteredAttributes", 7, message, true, &kKeyValue}, Field{"timeUnixNano", 2, fixed64}, Field{"asDouble", 3, real},
                                     Field{"asInt", 6, sfixed64}, Field{"spanId", 4, id}, Field{"traceId", 5, id}};
constexpr Message kExemplar{"Exemplar", kExemplarFields};
constexpr std::array kNumberFields{Field{"attributes", 7, message, true, &kKeyValue}, Field{"startTimeUnixNano", 2, fixed64}, Field{"timeUnixNano", 3, fixed64},
                                   Field{"asDouble", 4, real}, Field{"asInt", 6, sfixed64}, Field{"exemplars", 5, message, true, &kExemplar}, Field{"flags", 8, uint32}};
constexpr Message kNumber{"NumberDataPoint", kNumberFields};
constexpr std::array kHistogramPointFields{Field{"attributes", 9, message, true, &kKeyValue},
                                           Field{"startTimeUnixNano", 2, fixed64},
                                           Field{"timeUnixNano", 3, fixed64},
                                           Field{"count", 4, fixed64},
                                           Field{"sum", 5, real},
                                           Field{"bucketCounts", 6, fixed64, true},
                                           Field{"explicitBounds", 7, real, true},
                                           Field{"exemplars", 8, message, true, &kExemplar},
                                           Field{"flags", 10, uint32},
                                           Field{"min", 11, real},
                                           Field{"max", 12, real}};
constexpr Message kHistogramPoint{"HistogramDataPoint", kHistogramPointFields};
constexpr std::array kBucketsFields{Field{"offset", 1, sint32}, Field{"bucketCounts", 2, uint64, true}};
constexpr Message kBuckets{"Buckets", kBucketsFields};
constexpr std::array kExponentialPointFields{Field{"attributes", 1, message, true, &kKeyValue},
                                             Field{"startTimeUnixNano", 2, fixed64},
                                             Field{"timeUnixNano", 3, fixed64},
                                             Field{"count", 4, fixed64},
                                             Field{"sum", 5, real},
                                             Field{"scale", 6, sint32},
                                             Field{"zeroCount", 7, fixed64},
                                             Field{"positive", 8, message, false, &kBuckets},
                                             Field{"negative", 9, message, false, &kBuckets},
                                             Field{"flags", 10, uint32},
                                             Field{"exemplars", 11, message, true, &kExemplar},
                                             Field{"min", 12, real},
                                             Field{"max", 13, real},
                                             Field{"zeroThreshold", 14, real}};
constexpr Message kExponentialPoint{"ExponentialHistogramDataPoint", kExponentialPointFields};
constexpr std::array kQuantileFields{Field{"quantile", 1, real}, Field{"value", 2, real}};
constexpr Message kQuantile{"ValueAtQuantile", kQuantileFields};
constexpr std::array kSummaryPointFields{Field{"attributes", 7, message, true, &kKeyValue}, Field{"startTimeUnixNano", 2, fixed64}, Field{"timeUnixNano", 3, fixed64},
                                         Field{"count", 4, fixed64}, Field{"sum", 5, real}, Field{"quantileValues", 6, message, true, &kQuantile}, Field{"flags", 8, uint32}};
constexpr Message kSummaryPoint{"SummaryDataPoint", kSummaryPointFields};
constexpr std::array kGaugeFields{Field{"dataPoints", 1, message, true, &kNumber}};
constexpr Message kGauge{"Gauge", kGaugeFields};
constexpr std::array kSumFields{Field{"dataPoints", 1, message, true, &kNumber}, Field{"aggregationTemporality", 2, enumeration, false, nullptr, kTemporalities}, Field{"isMonotonic", 3, boolean}};
constexpr Message kSum{"Sum", kSumFields};
constexpr std::array kHistogramFields{Field{"dataPoints", 1, message, true, &kHistogramPoint}, Field{"aggregationTemporality", 2, enumeration, false, nullptr, kTemporalities}};
constexpr Message kHistogram{"Histogram", kHistogramFields};
constexpr std::array kExponentialFields{Field{"dataPoints", 1, message, true, &kExponentialPoint}, Field{"aggregationTemporality", 2, enumeration, false, nullptr, kTemporalities}};
constexpr Message kExponential{"ExponentialHistogram", kExponentialFields};
constexpr std::array kSummaryFields{Field{"dataPoints", 1, message, true, &kSummaryPoint}};
constexpr Message kSummary{"Summary", kSummaryFields};
constexpr std::array kMetricFields{Field{"name", 1, text},
                                   Field{"description", 2, text},
                                   Field{"unit", 3, text},
                                   Field{"gauge", 5, message, false, &kGauge},
                                   Field{"sum", 7, message, false, &kSum},
                                   Field{"histogram", 9, message, false, &kHistogram},
                                   Field{"exponentialHistogram", 10, message, false, &kExponential},
                                   Field{"summary", 11, message, false, &kSummary}};
constexpr Message kMetric{"Metric", kMetricFields};
constexpr std::array kScopeMetricsFields{Field{"scope", 1, message, false, &kScope}, Field{"metrics", 2, message, true, &kMetric}, Field{"schemaUrl", 3, text}};
constexpr Message kScopeMetrics{"ScopeMetrics", kScopeMetricsFields};
constexpr std::array kResourceMetricsFields{Field{"resource", 1, message, false, &kResource}, Field{"scopeMetrics", 2, message, true, &kScopeMetrics}, Field{"schemaUrl", 3, text}};
constexpr Message kResourceMetrics{"ResourceMetrics", kResourceMetricsFields};
constexpr std::array kMetricsFields{Field{"resourceMetrics", 1, message, true, &kResourceMetrics}};

}  // namespace

const Message kTraces{"ExportTraceServiceRequest", kTracesFields};
const Message kLogs{"ExportLogsServiceRequest", kLogsFields};
const Message kMetrics{"ExportMetricsServiceRequest", kMetricsFields};

}  // namespace monitorai::otlp
