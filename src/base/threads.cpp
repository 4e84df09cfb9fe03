#include "base/threads.h"

#include <pthread.h>

namespace monitorai {

void name_thread(std::string_view name) { pthread_setname_np(pthread_self(), std::string(name.substr(0, 15)).c_str()); }

std::jthread start_thread(std::string name, std::function<void(std::stop_token)> body) {
  return std::jthread([name = std::move(name), body = std::move(body)](const std::stop_token& stop) {
    name_thread(name);
    body(stop);
  });
}

}  // namespace monitorai
