#pragma once
// For tests: a file system in memory whose k-th operation fails, that can be full, and that forgets at a crash what was not synced.

#include <map>
#include <memory>
#include <mutex>

#include "store/disk/file_system.h"

namespace monitorai::store {

class FaultyFiles final : public FileSystem {
 public:
  struct Content {
    std::string bytes;
    size_t synced = 0;
  };
  using Names = std::map<std::string, std::shared_ptr<Content>>;

  /// From now on, the k-th operation (1 is the next) that changes something fails, and with `for_ever` all after it.
  void fail_at(size_t k, bool for_ever) {
    until_failure_ = k;
    for_ever_ = for_ever;
  }
  void heal() {
    until_failure_ = 0;
    bytes_left_ = SIZE_MAX;
  }
  /// Whether the planned failure happened.
  bool failed() const { return failed_; }
  void set_bytes_left(size_t bytes) { bytes_left_ = bytes; }
  /// A power cut: names and bytes go back to what was synced.
  void crash() {
    names_ = durable_;
    for (auto& [name, content] : names_) content->bytes.resize(content->synced);
    heal();
  }
  Names& names() { return names_; }

  Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override {
    MAI_TRY(operation("create"));
    auto content = std::make_shared<Content>();
    names_[path.native()] = content;
    return std::unique_ptr<File>(std::make_unique<Open>(*this, content));
  }
  Result<std::string> read(const std::filesystem::path& path, uint64_t) override {
    const auto found = names_.find(path.native());
    if (found == names_.end()) return Error{Code::not_found, "cannot read " + path.native() + ": it is not there"};
    return found->second->bytes;
  }
  Result<std::vector<std::string>> list(const std::filesystem::path& folder) override {
    std::vector<std::string> out;
    for (const auto& [name, content] : names_)
      if (std::filesystem::path(name).parent_path() == folder) out.push_back(std::filesystem::path(name).filename().native());
    return out;
  }
  Result<void> remove(const std::filesystem::path& path) override {
    MAI_TRY(operation("remove"));
    names_.erase(path.native());
    return {};
  }
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    MAI_TRY(operation("rename"));
    names_[to.native()] = names_.at(from.native());
    names_.erase(from.native());
    return {};
  }
  Result<void> sync_folder(const std::filesystem::path& folder) override {
    MAI_TRY(operation("sync folder"));
    std::erase_if(durable_, [&](const auto& name) { return std::filesystem::path(name.first).parent_path() == folder; });
    for (const auto& name : names_)
      if (std::filesystem::path(name.first).parent_path() == folder) durable_.insert(name);
    return {};
  }
  Result<void> make_folder(const std::filesystem::path&) override { return {}; }

 private:
  class Open final : public File {
   public:
    Open(FaultyFiles& files, std::shared_ptr<Content> content) : files_(files), content_(std::move(content)) {}
    Result<void> append(std::string_view bytes) override {
      if (bytes.size() > files_.bytes_left_) {
        content_->bytes += bytes.substr(0, files_.bytes_left_);
        files_.bytes_left_ = 0;
        return Error{Code::exhausted, "cannot write: no space is left"};
      }
      if (auto allowed = files_.operation("write"); !allowed) {
        content_->bytes += bytes.substr(0, bytes.size() / 2);
        return allowed;
      }
      if (files_.bytes_left_ != SIZE_MAX) files_.bytes_left_ -= bytes.size();
      content_->bytes += bytes;
      return {};
    }
    Result<void> sync() override {
      MAI_TRY(files_.operation("sync"));
      content_->synced = content_->bytes.size();
      return {};
    }
    Result<void> truncate(uint64_t bytes) override {
      MAI_TRY(files_.operation("truncate"));
      content_->bytes.resize(bytes);
      content_->synced = std::min<size_t>(content_->synced, bytes);
      return {};
    }

   private:
    FaultyFiles& files_;
    std::shared_ptr<Content> content_;
  };

  Result<void> operation(std::string_view what) {
    if (until_failure_ == 0) return {};
    if (until_failure_ > 1) {
      --until_failure_;
      return {};
    }
    failed_ = true;
    if (!for_ever_) until_failure_ = 0;
    return Error{Code::unavailable, fmt::format("cannot {}: the test says so", what)};
  }

  Names names_;
  Names durable_;
  size_t until_failure_ = 0;
  bool for_ever_ = false;
  bool failed_ = false;
  size_t bytes_left_ = SIZE_MAX;
};

}  // namespace monitorai::store
