// Foreign bytes as chunks and pages: the decoders must refuse or give strictly ascending times, and whatever decodes must survive a
// round trip through the encoder.

#include "base/check.h"
#include "store/disk/frame.h"
#include "store/metrics/page.h"

using namespace monitorai;
using namespace monitorai::store;

namespace {

void values_round_trip(std::string_view bytes, size_t count) {
  std::vector<double> values;
  if (!decode_values(bytes, count, values)) return;
  MAI_CHECK(values.size() == count);
  std::string again;
  encode_values(values, again);
  std::vector<double> twice;
  MAI_CHECK(decode_values(again, count, twice).has_value());
  for (size_t i = 0; i < count; ++i) MAI_CHECK(std::bit_cast<uint64_t>(values[i]) == std::bit_cast<uint64_t>(twice[i]));
}

void times_round_trip(std::string_view bytes, size_t count) {
  std::vector<int64_t> times;
  if (!decode_times(bytes, count, times)) return;
  std::string again;
  encode_times(times, again);
  std::vector<int64_t> twice;
  MAI_CHECK(decode_times(again, count, twice).has_value() && times == twice);
}

/// Bytes as they are would all fail at the checksum.
void page(std::string_view payload) {
  const std::string framed = frame_header(payload) + std::string(payload);
  const auto parsed = Page::parse(framed);
  if (!parsed) return;
  for (const Page::Entry& entry : parsed->entries()) {
    signals::Columns columns;
    if (parsed->read(entry.id, {{INT64_MIN}, {INT64_MAX}}, columns, 0)) MAI_CHECK(columns.times_ms.size() == columns.values.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size < 2) return 0;
  const size_t count = bytes[0] + 256u * (bytes[1] & 7);
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  values_round_trip(rest, count);
  times_round_trip(rest, count);
  page(rest);
  return 0;
}
