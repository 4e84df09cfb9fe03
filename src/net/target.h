#pragma once
// The request target (RFC 9112 section 3.2) as a path that cannot be misread, and its query. Pure; any thread.

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace monitorai::net {

struct Target {
  std::string path;
  Parameters query;
};

/// Origin form ("/a/b?c=d") and absolute form ("http://host/a"; the authority is dropped). The path is percent-decoded once, "." and ".."
/// are resolved, "//" becomes "/", a final "/" is kept. Code::invalid: another form, ".." above the root, '%' without two hex digits,
/// an encoded '/', a backslash or a control byte (encoded or not), bytes that are not UTF-8, '#'.
Result<Target> parse_target(std::string_view target);

}  // namespace monitorai::net
