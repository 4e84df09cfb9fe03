#include "collect/otlp/otlp_receiver.h"

#include <fmt/format.h>

#include <protozero/pbf_writer.hpp>

#include "base/text.h"
#include "otlp/logs.h"
#include "otlp/metrics.h"
#include "otlp/traces.h"

namespace monitorai::collect {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

OtlpAnswer answer_of(uint64_t rejected, const std::string& first, const std::string& second) {
  if (rejected == 0) return {};
  return {rejected, !first.empty() ? first : second};
}

}  // namespace

std::string_view otlp_signal_name(OtlpSignal signal) {
  switch (signal) {
    case OtlpSignal::traces: return "traces";
    case OtlpSignal::metrics: return "metrics";
    case OtlpSignal::logs: break;
  }
  return "logs";
}

Result<OtlpAnswer> OtlpReceiver::take(OtlpSignal signal, std::string protobuf) {
  OtlpCounts::Signal& counts = counts_.of(signal);
  ++counts.requests;
  counts.bytes += protobuf.size();
  const bool off = (signal == OtlpSignal::traces && spans_ == nullptr) || (signal == OtlpSignal::metrics && metrics_ == nullptr) || (signal == OtlpSignal::logs && logs_ == nullptr);
  auto answer = off                              ? Result<OtlpAnswer>(Error{Code::not_found, fmt::format("cannot take {}: they are off", otlp_signal_name(signal))})
                : signal == OtlpSignal::traces   ? take_traces(std::move(protobuf))
                : signal == OtlpSignal::metrics  ? take_metrics(std::move(protobuf))
                                                 : take_logs(std::move(protobuf));
  if (!answer) ++counts.refused_requests;
  else counts.refused += answer->rejected;
  return answer;
}

Result<OtlpAnswer> OtlpReceiver::take_traces(std::string protobuf) {
  MAI_TRY_ASSIGN(const auto request, otlp::read_traces(std::move(protobuf)));
  counts_.spans_end_before_start += request->ends_before_start;
  counts_.attributes_cut += request->attributes_cut;
  counts_.attributes_dropped += request->attributes_dropped;
  signals::SpanWriteOutcome outcome;
  if (!request->batch.spans.empty()) {
    MAI_TRY_ASSIGN(outcome, spans_->write(request->batch.spans));
  }
  counts_.traces.accepted += outcome.accepted;
  counts_.traces.duplicates += outcome.duplicates;
  counts_.spans_sampled_out += outcome.sampled_out;
  return answer_of(request->invalid + outcome.refused(), request->first_problem, outcome.first_problem);
}

Result<OtlpAnswer> OtlpReceiver::take_metrics(std::string protobuf) {
  MAI_TRY_ASSIGN(const auto request, otlp::read_metrics(std::move(protobuf), clock_.now()));
  signals::WriteOutcome outcome;
  if (!request->series.empty()) {
    MAI_TRY_ASSIGN(outcome, metrics_->write(request->series, request->metadata));
  }
  counts_.metrics.accepted += outcome.accepted;
  counts_.metrics.duplicates += outcome.duplicates;
  const uint64_t refused = outcome.conflicts + outcome.out_of_order + outcome.too_old + outcome.too_new + outcome.over_limit + outcome.invalid;
  return answer_of(request->delta + request->invalid + refused, request->first_problem, outcome.first_problem);
}

Result<OtlpAnswer> OtlpReceiver::take_logs(std::string protobuf) {
  MAI_TRY_ASSIGN(const auto request, otlp::read_logs(std::move(protobuf), {clock_.now().ms * kNsPerMs}));
  counts_.attributes_cut += request->attributes_cut;
  signals::LogWriteOutcome outcome;
  if (!request->streams.empty()) {
    MAI_TRY_ASSIGN(outcome, logs_->write(request->streams));
  }
  counts_.logs.accepted += outcome.accepted;
  counts_.logs.duplicates += outcome.duplicates;
  return answer_of(request->invalid + outcome.refused(), request->invalid > 0 ? "a log record has neither a body nor attributes" : "", outcome.first_problem);
}

std::string otlp_response(const OtlpAnswer& answer) {
  std::string out;
  if (answer.rejected == 0 && answer.message.empty()) return out;
  protozero::pbf_writer response(out);
  protozero::pbf_writer partial(response, 1);
  partial.add_int64(1, static_cast<int64_t>(answer.rejected));
  partial.add_string(2, answer.message);
  return out;
}

std::string otlp_response_json(OtlpSignal signal, const OtlpAnswer& answer) {
  if (answer.rejected == 0 && answer.message.empty()) return "{}";
  constexpr std::string_view kNames[] = {"rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"};
  return fmt::format(R"({{"partialSuccess":{{"{}":"{}","errorMessage":{}}}}})", kNames[static_cast<size_t>(signal)], answer.rejected, json_string(answer.message));
}

}  // namespace monitorai::collect
