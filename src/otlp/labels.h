#pragma once
// Attributes as labels, for the signals that have labels (metrics) or label-like metadata (logs); and the resource of a request's parts,
// which all three have alike. Included by otlp/*.cpp alone.

#include "otlp/attributes.h"
#include "signals/samples.h"

namespace monitorai::otlp {

/// The attributes of field 1 (resource) of a ResourceSpans, ResourceLogs or ResourceMetrics, wherever it stands in it: appended to `out`.
void read_resource(Fields message, signals::SpanArena& arena, std::vector<signals::Attribute>& out, Losses& losses);

/// Named as Prometheus and Loki name it, with its text or what stands for it.
signals::LabelView label_of(const signals::Attribute& attribute, signals::SpanArena& arena);

/// In order of their names, without those that are empty. Of names that occur twice the last stands.
void sort_labels(std::vector<signals::LabelView>& labels);

}  // namespace monitorai::otlp
