// Bytes of followed log files: cut into lines in one piece and byte by byte they are the same lines, and any line may be asked for its
// time, its level, and whether it goes on. The first byte is the limit of a line.

#include "base/check.h"
#include "collect/logs/level.h"
#include "collect/logs/line_cutter.h"
#include "collect/logs/line_time.h"
#include "collect/logs/traceback.h"

namespace {

using namespace monitorai;

struct Line {
  uint64_t begin, end;
  uint32_t part;
  std::string text;
  bool operator==(const Line&) const = default;
};

std::vector<Line> cut(std::string_view bytes, size_t line_bytes_max, size_t piece) {
  std::vector<Line> out;
  const auto take = [&](const collect::RawLine& line) { out.push_back({line.begin, line.end, line.part, std::string(line.text)}); };
  collect::LineCutter cutter(line_bytes_max, 0, 0);
  for (size_t at = 0; at < bytes.size(); at += piece) cutter.feed(bytes.substr(at, piece), take);
  cutter.end(take);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const size_t line_bytes_max = 16 + bytes[0];
  const std::vector<Line> lines = cut(text, line_bytes_max, text.size() + 1);
  MAI_CHECK(cut(text, line_bytes_max, 1) == lines && cut(text, line_bytes_max, 7) == lines);
  collect::LineTimes times;
  collect::TracebackState traceback;
  uint64_t before = 0;
  for (const Line& line : lines) {
    MAI_CHECK(line.begin >= before && line.end > line.begin && line.end <= text.size() && line.text.size() <= line_bytes_max);
    before = line.begin;
    (void)times.find(line.text, TimeNs{1'795'428'000'000'000'000});
    if (!traceback.open() || !traceback.continues(line.text)) traceback.begin(line.text, collect::level_of_line(line.text));
    (void)collect::read_epoch_time(line.text);
  }
  return 0;
}
