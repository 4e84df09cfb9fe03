// Lines of container runtimes' log files: what is read of them is no longer than they are.

#include "base/check.h"
#include "collect/logs/container_line.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  MAI_CHECK(collect::json_unescaped(text).size() <= size);
  for (const auto& line : {collect::read_docker_line(text), collect::read_cri_line(text)})
    if (line) MAI_CHECK(line->text.size() <= size && (line->stream.empty() || line->stream == "stdout" || line->stream == "stderr"));
  return 0;
}
