#pragma once
// The files of the pages, compressed in the program: what web/ was built to (tools/build_web.py makes the table). Immutable; any thread.

#include <cstddef>
#include <span>
#include <string_view>

namespace monitorai::serve {

struct Asset {
  std::string_view path;          ///< "/assets/index-Cd3l3ydS.css"
  std::string_view content_type;
  std::string_view digest;        ///< of the content, for the ETag
  size_t bytes = 0;               ///< before compression
  bool is_hashed = false;         ///< the name changes with the content, so it may be kept for ever
  std::string_view gzip;
};

std::span<const Asset> embedded_assets();

}  // namespace monitorai::serve
