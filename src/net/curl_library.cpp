#include "net/curl_library.h"

#include <dlfcn.h>

#include <mutex>

#include "base/check.h"

namespace monitorai::net {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";

std::mutex loading;
CurlLibrary library;       // written once, under `loading`, before `loaded`
std::atomic<bool> loaded{false};

Error failure() {
  const char* said = ::dlerror();
  return {Code::unavailable, fmt::format("cannot load {}, which requests to others need: {}", kLibrary, said == nullptr ? "unknown" : said)};
}

}  // namespace

Result<void> load_curl() {
  if (loaded.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(loading);
  if (loaded) return {};
  void* handle = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return failure();
#define MAI_CURL_FIND(name)                                                          \
  library.name = reinterpret_cast<decltype(&curl_##name)>(::dlsym(handle, "curl_" #name)); \
  if (library.name == nullptr) return failure();
  MAI_CURL_FUNCTIONS(MAI_CURL_FIND)
#undef MAI_CURL_FIND
  if (library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Error{Code::unavailable, fmt::format("cannot start {}", kLibrary)};
  loaded.store(true, std::memory_order_release);
  return {};
}

const CurlLibrary& curl() {
  MAI_CHECK(loaded.load(std::memory_order_acquire));
  return library;
}

}  // namespace monitorai::net
