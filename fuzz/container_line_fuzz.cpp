// Lines of container runtimes' log files and of journalctl: what is read of them is no longer than they are.

#include "base/check.h"
#include "collect/logs/container_line.h"
#include "collect/logs/journal_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  MAI_CHECK(collect::json_unescaped(text).size() <= size);
  for (const auto& line : {collect::read_docker_line(text), collect::read_cri_line(text)})
    if (line) MAI_CHECK(line->text.size() <= size && (line->stream.empty() || line->stream == "stdout" || line->stream == "stderr"));
  if (const auto entry = collect::read_journal_line(text))
    MAI_CHECK(!entry->cursor.empty() && entry->time.ns >= 0 && entry->message.size() <= size && entry->cursor.size() <= size);
  return 0;
}
