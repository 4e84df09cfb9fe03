// Foreign bytes as a batch, as a segment of the log and as a checkpoint: whatever they are, opening the store on them must end in an
// error or in a store that can be read.

#include "base/check.h"
#include "store/disk/batch_log.h"
#include "store/disk/faulty_files.h"
#include "store/disk/frame.h"
#include "store/metrics/checkpoint.h"
#include "store/metrics/recovery.h"

using namespace monitorai;
using namespace monitorai::store;

namespace {

struct Target {
  Head head;
  HeadRules rules{{.samples = 8, .tail = 3}, PartitionEdges(std::chrono::hours(24)), head.reclaimer};
  Exemplars exemplars{10};
  Families families{10};
  Recovery recovery{head, rules, exemplars, families, 1};

  void check() const {
    for (Slot slot = 0; slot < head.series.slots(); ++slot) {
      signals::Columns columns;
      if (const HeadBlock* block = head.series[slot].head.load()) (void)read_head(*block, {{INT64_MIN}, {INT64_MAX}}, columns);
      MAI_CHECK(columns.times_ms.size() == columns.values.size());
      (void)labels_of(head, slot);
    }
  }
};

std::shared_ptr<FaultyFiles::Content> content(std::string bytes) {
  auto made = std::make_shared<FaultyFiles::Content>();
  made->bytes = std::move(bytes);
  return made;
}

std::string framed(std::string_view payload) { return frame_header(payload) + std::string(payload); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  {
    const auto target = std::make_unique<Target>();
    (void)target->recovery.on_batch(input);
    target->check();
  }
  for (const std::string& segment : {input, "MAIBLOG1" + input, "MAIBLOG1" + framed(input) + framed(input)}) {
    FaultyFiles files;
    files.names()["log/0000000001.log"] = content(segment);
    const auto target = std::make_unique<Target>();
    BatchLog log("log", files, kBatchLogMagic);
    MAI_CHECK(log.open(0, into(target->recovery)).has_value());
    target->check();
  }
  for (const std::string& checkpoint : {input, "MAICKPT1" + framed(input) + framed(std::string("E\x00", 2))}) {
    FaultyFiles files;
    files.names()["checkpoint"] = content(checkpoint);
    const auto target = std::make_unique<Target>();
    (void)read_checkpoint("checkpoint", files, target->recovery);
    target->check();
  }
  return 0;
}
