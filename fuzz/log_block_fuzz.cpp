// Foreign bytes as a block, as the payload of a block with a right checksum, as a filter and as a batch of lines; and as a text that is
// split, packed and read back.

#include "base/check.h"
#include "store/disk/frame.h"
#include "store/logs/gram_filter.h"
#include "store/logs/log_block.h"
#include "store/logs/log_record.h"
#include "store/logs/text_split.h"

using namespace monitorai;
using namespace monitorai::store;

namespace {

void check(LineColumns& lines) {
  const signals::LogBlock& block = lines.view(0, lines.size());
  MAI_CHECK(block.ends.size() == block.size() && (block.size() == 0 || block.text.size() == size_t{block.ends.back()} + 1));
  for (size_t i = 0; i < block.size(); ++i) {
    MAI_CHECK(i == 0 || block.times_ns[i - 1] <= block.times_ns[i]);
    (void)block.line(i);
    (void)block.metadata(i);
  }
}

struct Ignore final : LogRecordVisitor {
  void on_stream(StreamId, std::span<const signals::LabelView>) override {}
  void on_line(StreamId, uint64_t, const signals::LogLineView&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  LineColumns lines;
  if (decode_block(input, lines)) check(lines);
  if (decode_block(frame_header(input) + input, lines)) check(lines);

  Ignore ignore;
  (void)decode_log_record(input, ignore);

  const std::vector<std::string> needles{"request_id", "4bf92f3577b34da6", input.substr(0, 20)};
  (void)GramQuery(needles).may_be_in(input);
  MAI_CHECK(GramQuery({&needles[2], 1}).may_be_in(make_gram_filter(input)));

  LineColumns written;
  written.add(static_cast<int64_t>(size), input, {});
  written.add(static_cast<int64_t>(size) + 1, input, std::vector<signals::Label>{{"name", input}});
  MAI_CHECK(decode_block(encode_block(written.view(0, 2), 1), lines).has_value());
  MAI_CHECK(lines.text() == written.text() && lines.sets == written.sets && lines.times_ns == written.times_ns);
  return 0;
}
