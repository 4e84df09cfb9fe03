#include "store/disk/partition_file.h"

namespace monitorai::store {

namespace fs = std::filesystem;

uint64_t PartitionFile::bytes() const {
  uint64_t sum = 0;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder_, ignored), end; !ignored && entry != end; entry.increment(ignored))
    if (std::error_code error; entry->is_regular_file(error)) sum += entry->file_size(error);
  return sum;
}

Error PartitionFile::judge(const Error& error) const {
  if (error.code == Code::corrupt && !removed()) set_damaged();
  return wrap(error, fmt::format("cannot use partition {}", folder_.filename().native()));
}

}  // namespace monitorai::store
