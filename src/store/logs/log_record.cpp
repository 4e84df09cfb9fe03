#include "store/logs/log_record.h"

#include "base/text.h"
#include "store/disk/bytes.h"

namespace monitorai::store {

using signals::LabelView;
using signals::LogLineView;

namespace {

constexpr uint8_t kStream = 1;
constexpr uint8_t kLines = 2;

void put_labels(std::string& out, std::span<const LabelView> labels) {
  put_varint(out, labels.size());
  for (const auto& [name, value] : labels) {
    put_text(out, name);
    put_text(out, value);
  }
}

bool take_labels(ByteReader& in, std::vector<LabelView>& labels) {
  labels.clear();
  const uint64_t n = in.varint();
  if (n > in.left()) return false;
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    const std::string_view name = in.text();
    labels.push_back({name, in.text()});
  }
  return in.ok();
}

}  // namespace

void LogRecordEncoder::stream(StreamId id, std::span<const LabelView> labels) {
  out_ += static_cast<char>(kStream);
  put_varint(out_, id);
  put_labels(out_, labels);
}

void LogRecordEncoder::lines(StreamId id, uint64_t first_seq, size_t count) {
  out_ += static_cast<char>(kLines);
  put_varint(out_, id);
  put_varint(out_, first_seq);
  put_varint(out_, count);
  last_ns_ = 0;
}

void LogRecordEncoder::line(const LogLineView& line) {
  put_signed(out_, minus(line.time.ns, last_ns_));
  last_ns_ = line.time.ns;
  put_text(out_, line.line);
  put_labels(out_, line.metadata);
}

Result<void> decode_log_record(std::string_view payload, LogRecordVisitor& visitor) {
  const auto damaged = [&] { return Error{Code::corrupt, fmt::format("cannot decode batch of lines ({} bytes): it is damaged", payload.size())}; };
  ByteReader in(payload);
  std::vector<LabelView> labels;
  while (!in.at_end()) {
    const uint8_t kind = in.byte();
    const uint64_t id = in.varint();
    if (!in.ok() || id > UINT32_MAX || (kind != kStream && kind != kLines)) return damaged();
    if (kind == kStream) {
      if (!take_labels(in, labels)) return damaged();
      visitor.on_stream(static_cast<StreamId>(id), labels);
      continue;
    }
    const uint64_t first = in.varint();
    const uint64_t count = in.varint();
    if (!in.ok() || count > in.left() || first > UINT64_MAX - count) return damaged();
    int64_t time = 0;
    for (uint64_t i = 0; i < count; ++i) {
      LogLineView line;
      line.time.ns = time = plus(time, in.signed_varint());
      line.line = in.text();
      if (!take_labels(in, labels)) return damaged();
      line.metadata = labels;
      visitor.on_line(static_cast<StreamId>(id), first + i, line);
    }
  }
  if (!in.ok()) return damaged();
  return {};
}

}  // namespace monitorai::store
