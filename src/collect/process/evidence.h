#pragma once
// Everything that may be known about one process when it is judged: read from /proc by the scanner, or from a recorded line by
// `monitorai detect`. Absent evidence is empty; nothing here is redacted yet, so it never leaves collect/process.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace monitorai::collect {

struct Evidence {
  std::vector<std::string> argv{};      ///< a retitled process has its title as argv[0], padding stripped
  std::string exe{};                    ///< what /proc/PID/exe points to, " (deleted)" stripped; "" where it cannot be read
  std::string comm{};                   ///< at most 15 bytes
  std::string cwd{};
  std::map<std::string, std::string> environment{};  ///< exec-time, only names on the allow-list
  std::vector<std::string> libraries{};  ///< base names of mapped shared objects
  std::vector<std::string> model_files{};  ///< full paths of mapped or open *.gguf, *.safetensors, ... files
  std::optional<uint64_t> gpu_memory_bytes{};
  std::vector<uint16_t> listening_ports{};
  std::shared_ptr<const Evidence> parent{};  ///< nearest ancestor that is known; null when none is
};

}  // namespace monitorai::collect
