#pragma once
// A tree of files that looks like /proc, for tests that tell a story about processes: written into a temporary directory, changed and
// scanned again.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "collect/process/procfs.h"

namespace monitorai::tests {

struct FakeProcess {
  int64_t pid = 0;
  int64_t parent = 1;
  std::vector<std::string> argv{};
  std::string comm{};                ///< by default what the kernel would show: the base name of argv[0], cut to 15 bytes
  std::string exe{};                 ///< by default argv[0]
  std::vector<std::string> environment{};
  std::vector<std::string> mapped{}; ///< paths in maps
  std::vector<std::string> open{};   ///< targets of descriptors: "socket:[17]", "/models/x.gguf"
  std::string cgroup = "0::/user.slice/user-1000.slice/session-1.scope\n";
  std::vector<int64_t> namespace_pids{};  ///< by default its pid
  char state = 'S';
  uint64_t flags = 0;
  uint64_t cpu_ticks = 100;
  uint64_t start = 1000;
  uint64_t rss_pages = 1000;
  uint64_t pss_kb = 3000;
  uint64_t image = 0;  ///< address of the stack: changes with every exec; by default from pid and start
  uint64_t network_namespace = 4026531840;
  uint32_t uid = 0;
};

class ProcTree {
 public:
  static constexpr int64_t kBootSeconds = 1'699'000'000;

  ProcTree() { write(root() / "stat", "cpu  1 2 3 4\nbtime " + std::to_string(kBootSeconds) + "\nprocesses 1\n"); }

  std::filesystem::path root() const { return directory_.path(); }
  std::filesystem::path folder(int64_t pid) const { return root() / std::to_string(pid); }

  /// Adds a process, or replaces what its files say.
  void put(const FakeProcess& p) {
    const auto dir = folder(p.pid);
    std::filesystem::remove_all(dir);
    std::filesystem::create_directories(dir / "fd");
    std::filesystem::create_directories(dir / "net");
    std::filesystem::create_directories(dir / "ns");
    const std::string program = p.argv.empty() ? std::string() : p.argv.front();
    std::string comm = p.comm;
    if (comm.empty()) comm = std::filesystem::path(program).filename().native().substr(0, 15);
    write(dir / "stat", stat_line(p, comm));
    std::string cmdline, environ;
    for (const std::string& argument : p.argv) cmdline += argument + '\0';
    for (const std::string& variable : p.environment) environ += variable + '\0';
    write(dir / "cmdline", cmdline);
    write(dir / "environ", environ);
    if (!program.empty()) link(p.exe.empty() ? program : p.exe, dir / "exe");
    link("/home/user", dir / "cwd");
    std::string nspid;
    for (const int64_t pid : p.namespace_pids.empty() ? std::vector{p.pid} : p.namespace_pids) nspid += '\t' + std::to_string(pid);
    const std::string uid = std::to_string(p.uid);
    write(dir / "status", "Name:\t" + comm + "\nUid:\t" + uid + '\t' + uid + '\t' + uid + '\t' + uid + "\nNSpid:" + nspid + '\n');
    std::string maps;
    for (const std::string& path : p.mapped) maps += "7f0000000000-7f0000001000 r-xp 00000000 08:01 42 " + path + '\n';
    write(dir / "maps", maps);
    for (size_t i = 0; i < p.open.size(); ++i) link(p.open[i], dir / "fd" / std::to_string(i));
    write(dir / "cgroup", p.cgroup);
    write(dir / "io", "rchar: 1\nwchar: 2\nread_bytes: 4096\nwrite_bytes: 8192\n");
    write(dir / "smaps_rollup", "5590-7ffd [rollup]\nRss: 9 kB\nPss: " + std::to_string(p.pss_kb) + " kB\n");
    link("net:[" + std::to_string(p.network_namespace) + "]", dir / "ns" / "net");
    listen(p.pid, {});
  }

  /// Lines of /proc/PID/net/tcp: inode and port, on 0.0.0.0.
  void listen(int64_t pid, const std::vector<std::pair<uint64_t, uint16_t>>& sockets) {
    std::string text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    for (const auto& [inode, port] : sockets)
      text += fmt::format("   0: 00000000:{:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {} 1 0 100 0 0 10 0\n", port, inode);
    text += "   9: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 777 1 0 20 4 30 10 -1\n";
    write(folder(pid) / "net" / "tcp", text);
    write(folder(pid) / "net" / "tcp6", "  sl  local_address\n");
  }

  void remove(int64_t pid) { std::filesystem::remove_all(folder(pid)); }
  void remove_file(int64_t pid, const std::string& file) { std::filesystem::remove_all(folder(pid) / file); }
  void write(int64_t pid, const std::string& file, const std::string& text) { write(folder(pid) / file, text); }

 private:
  static void write(const std::filesystem::path& path, const std::string& text) { std::ofstream(path, std::ios::binary | std::ios::trunc) << text; }
  static void link(const std::string& target, const std::filesystem::path& path) { std::filesystem::create_symlink(target, path); }
  static std::string stat_line(const FakeProcess& p, const std::string& comm) {
    const uint64_t stack = p.image != 0 ? p.image : static_cast<uint64_t>(p.pid) * 1'000'003 + p.start;
    return fmt::format(
        "{} ({}) {} {} 1 1 0 -1 {} 10 0 0 0 {} 0 0 0 20 0 4 0 {} 100000 {} 18446744073709551615 4194304 4198400 {} 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 1 2 3 {} 5 6 7 "
        "0\n",
        p.pid, comm, p.state, p.parent, p.flags, p.cpu_ticks, p.start, p.rss_pages, stack, stack + 100);
  }

  TemporaryDirectory directory_;
};

}  // namespace monitorai::tests
