#pragma once
// One running program a data folder: a lock file in it, held as long as this object lives and freed by the kernel however the program
// ends. The file says who has it.

#include <filesystem>
#include <string>

#include "base/files.h"

namespace monitorai::app {

class DataLock {
 public:
  /// Makes the folder when it is missing. Code::unavailable when another program has it: the message names its pid and what it wrote.
  static Result<DataLock> take(const std::filesystem::path& folder);
  /// Replaces what the file says behind the pid: "http://127.0.0.1:3000".
  void say(std::string_view text);

 private:
  explicit DataLock(Fd file) : file_(std::move(file)) {}
  Fd file_;
};

}  // namespace monitorai::app
