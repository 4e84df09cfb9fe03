#pragma once
// The file operations of the batch log and the checkpoint, as one interface, so that tests can fail the k-th of them, fill the disk, and
// drop what was not synced. Every error names the path. Thread-safe, except that one File has one user at a time.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai::store {

class FileSystem {
 public:
  class File {
   public:
    virtual ~File() = default;
    /// All bytes at the end, or an error after which any part of them may be there.
    virtual Result<void> append(std::string_view bytes) = 0;
    /// The same of two pieces, as one piece of both, without a copy of them where that is possible.
    virtual Result<void> append(std::string_view first, std::string_view second) { return append(std::string(first).append(second)); }
    /// What was appended survives a power cut once this returned. May run beside append().
    virtual Result<void> sync() = 0;
    virtual Result<void> truncate(uint64_t bytes) = 0;
  };

  virtual ~FileSystem() = default;
  /// A new empty file for appending; an existing one is emptied.
  virtual Result<std::unique_ptr<File>> create(const std::filesystem::path& path) = 0;
  virtual Result<std::string> read(const std::filesystem::path& path, uint64_t bytes_max) = 0;
  /// The names of the plain files in a folder, sorted.
  virtual Result<std::vector<std::string>> list(const std::filesystem::path& folder) = 0;
  virtual Result<void> remove(const std::filesystem::path& path) = 0;
  virtual Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Makes creations, renames and removals in this folder durable.
  virtual Result<void> sync_folder(const std::filesystem::path& folder) = 0;
  virtual Result<void> make_folder(const std::filesystem::path& folder) = 0;
};

/// The operating system's.
class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override;
  Result<std::string> read(const std::filesystem::path& path, uint64_t bytes_max) override;
  Result<std::vector<std::string>> list(const std::filesystem::path& folder) override;
  Result<void> remove(const std::filesystem::path& path) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> sync_folder(const std::filesystem::path& folder) override;
  Result<void> make_folder(const std::filesystem::path& folder) override;
};

}  // namespace monitorai::store
