#pragma once
// libcurl, opened at the first request and kept: a program that only listens is without it and the thirty libraries it brings, which are
// 6 MB of resident memory. Why it is shared at all: docs/decisions/0002-shared-libraries-that-stay.md.
//
// Threads: any.

#include <curl/curl.h>

#include "base/result.h"

namespace monitorai::net {

#define MAI_CURL_FUNCTIONS(X)                                                                                                         \
  X(easy_cleanup) X(easy_getinfo) X(easy_init) X(easy_perform) X(easy_recv) X(easy_reset) X(easy_send) X(easy_setopt) X(easy_strerror) \
  X(free) X(global_init)                                                                                                              \
  X(multi_add_handle) X(multi_cleanup) X(multi_info_read) X(multi_init) X(multi_perform) X(multi_poll) X(multi_remove_handle)          \
  X(multi_wakeup) X(slist_append) X(slist_free_all) X(url) X(url_cleanup) X(url_get) X(url_set)

/// Its functions, each under its name without "curl_".
struct CurlLibrary {
#define MAI_CURL_POINTER(name) decltype(&curl_##name) name = nullptr;
  MAI_CURL_FUNCTIONS(MAI_CURL_POINTER)
#undef MAI_CURL_POINTER
};

/// Opens and initialises it where that was not done yet. Code::unavailable, with the loader's reason, where it cannot; it is tried again at
/// the next call.
Result<void> load_curl();
/// After load_curl() has succeeded.
const CurlLibrary& curl();

}  // namespace monitorai::net
