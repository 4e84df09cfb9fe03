// A herd of sleeping processes to be scanned: herd COUNT [LLMS]. The LLMS look like llama-server, the others like a server of no interest.
// Prints "ready" when all of them run, and ends them when its standard input is closed.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace {

pid_t start(const std::string& program, const std::string& argument, bool llm) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (llm) {
    ::execl(program.c_str(), program.c_str(), "--model", argument.c_str(), "--port", "8080", nullptr);
  } else {
    ::execl(program.c_str(), program.c_str(), "--config", argument.c_str(), nullptr);
  }
  ::_exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') {  // one of the herd
    for (;;) ::pause();
  }
  const int count = std::atoi(argv[1]);
  const int llms = argc > 2 ? std::atoi(argv[2]) : 20;
  char pattern[] = "/tmp/monitorai-herd-XXXXXX";
  if (::mkdtemp(pattern) == nullptr) return 1;
  const std::filesystem::path folder(pattern), llama = folder / "llama-server", other = folder / "cache-server";
  std::filesystem::copy_file("/proc/self/exe", llama);
  std::filesystem::copy_file("/proc/self/exe", other);
  std::vector<pid_t> herd;
  for (int i = 0; i < count; ++i) {
    const bool llm = i < llms;
    const pid_t child = start(llm ? llama : other, (llm ? "/models/qwen2.5-" : "/etc/cache/") + std::to_string(i) + (llm ? "b-instruct-q4_k_m.gguf" : ".conf"), llm);
    if (child < 0) break;
    herd.push_back(child);
  }
  ::usleep(300'000);
  std::filesystem::remove_all(folder);
  std::printf("ready %zu\n", herd.size());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  for (const pid_t child : herd) ::kill(child, SIGKILL);
  for (const pid_t child : herd) ::waitpid(child, nullptr, 0);
  return herd.size() == static_cast<size_t>(count) ? 0 : 1;
}
