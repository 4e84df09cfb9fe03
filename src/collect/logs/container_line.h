#pragma once
// Lines as container runtimes wrap them: Docker's json-file and the CRI format of containerd, CRI-O and Podman. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace monitorai::collect {

struct ContainerLine {
  std::string text;       ///< without a line's end
  std::string_view stream;  ///< "stdout" or "stderr"; a view into the line
  std::optional<TimeNs> time;
  bool partial = false;   ///< the rest of the line comes in the next ones
};

/// nullopt when it is not wrapped so.
std::optional<ContainerLine> read_docker_line(std::string_view line);
std::optional<ContainerLine> read_cri_line(std::string_view line);

/// A JSON string's content without its escapes; bad ones are left as they are.
std::string json_unescaped(std::string_view text);

}  // namespace monitorai::collect
