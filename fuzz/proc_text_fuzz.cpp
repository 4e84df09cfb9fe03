// Texts of /proc, in which whoever names a process, a file or a variable chooses the bytes, control groups, and Python sources. The first
// byte chooses.

#include "base/check.h"
#include "collect/process/cgroup.h"
#include "collect/process/model_name.h"
#include "collect/process/proc_text.h"
#include "collect/process/python_source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai::collect;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0] % 8) {
    case 0: {
      ProcessStat stat;
      if (parse_stat(text, 4096, stat)) MAI_CHECK(stat.comm.size() < text.size());
      break;
    }
    case 1: {
      size_t sum = 0;
      for (const std::string& argument : parse_arguments(text)) sum += argument.size() + 1;
      MAI_CHECK(sum <= text.size() + 1);
      break;
    }
    case 2:
      for (const auto& [name, value] : parse_environment(text, [](std::string_view name) { return !name.starts_with("SECRET"); }))
        MAI_CHECK(!name.starts_with("SECRET") && name.size() + value.size() < text.size());
      break;
    case 3:
      if (const auto owner = parse_owner(text, 7)) MAI_CHECK(!owner->namespace_pids.empty());
      (void)parse_io(text);
      (void)parse_kilobytes(text, "Pss");
      (void)parse_socket_link(text);
      break;
    case 4: {
      const MappedFiles files = parse_maps(text);
      for (const std::string& file : files.model_files) MAI_CHECK(is_model_file(file));
      for (const std::string& library : files.libraries) MAI_CHECK(library.find('/') == std::string::npos);
      break;
    }
    case 5: {
      std::vector<ListeningSocket> sockets;
      (void)parse_listening(text, sockets);
      for (const ListeningSocket& socket : sockets) MAI_CHECK(!socket.address.empty());
      break;
    }
    case 6:
      (void)parse_cgroup(text);
      (void)display_name(text);
      (void)is_hub_id(text);
      (void)model_file_format(text);
      (void)blob_digest(text);
      break;
    default: {
      const PythonSource source = judge_python_source(text);
      MAI_CHECK(source.framework.empty() == source.kind.empty() && source.model.size() <= text.size());
    }
  }
  return 0;
}
