// `monitorai demo` as it is: the real binary, its real processes in /proc, and what stays of them (nothing).

#include "demo/running_demo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace monitorai::tests {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

class Demo : public testing::Test {
 protected:
  Demo() { ::setenv("TMPDIR", temporary_.path().c_str(), 1); }
  ~Demo() override { ::unsetenv("TMPDIR"); }

  std::vector<std::string> in_folder(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--dir", folder_.path().native()});
    return more;
  }
  static std::vector<std::string> names(const fs::path& folder) {
    std::vector<std::string> out;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, ignored)) out.push_back(entry.path().filename());
    return out;
  }
  bool gpu_info_exists(int64_t pid) const { return fs::exists(folder_.path() / "logs" / fmt::format("gpu-info-{}.json", pid)); }
  std::string log(const std::string& name) const { return read_file(folder_.path() / "logs" / name, 1 << 24).value_or(std::string()); }
  void expect_nothing_left() const {
    EXPECT_THAT(names(folder_.path()), IsEmpty());
    EXPECT_THAT(names(temporary_.path()), IsEmpty());
  }

  const TemporaryDirectory temporary_;
  const TemporaryDirectory folder_;
};

TEST_F(Demo, its_processes_look_like_runtimes_and_say_in_their_environment_that_they_are_simulated) {
  RunningDemo demo(in_folder());
  ASSERT_EQ(demo.pids().size(), 7U);
  const auto f = [&](const std::string& part, const std::string& first, const std::string& comm, const std::string& exe, const std::string& parent) {
    const int64_t pid = demo.pid_of(part);
    EXPECT_THAT(proc_strings(pid, "cmdline").at(0), EndsWith(first)) << part;
    EXPECT_EQ(proc_strings(pid, "comm").at(0), comm + "\n") << part;
    EXPECT_EQ(fs::read_symlink(fmt::format("/proc/{}/exe", pid)).filename(), exe) << part;
    EXPECT_THAT(proc_strings(pid, "environ"), Contains("MONITORAI_SIMULATED=1")) << part;
    const int64_t parent_pid = parent.empty() ? demo.pid() : demo.pid_of(parent);
    EXPECT_THAT(proc_strings(pid, "status").at(0), HasSubstr(fmt::format("\nPPid:\t{}\n", parent_pid))) << part;
  };
  f("gpt2", "python", "python", "python3", "");
  f("dialogpt", "python", "python", "python3", "");
  f("vllm", "/bin/python3", "vllm", "python3", "");
  f("vllm-engine", "VLLM::EngineCore", "VLLM::EngineCor", "python3", "vllm");
  f("vllm-worker-0", "VLLM::Worker_TP0", "VLLM::Worker_TP", "python3", "vllm-engine");
  f("vllm-worker-1", "VLLM::Worker_TP1", "VLLM::Worker_TP", "python3", "vllm-engine");
  f("llama-server", "/bin/llama-server", "llama-server", "llama-server", "");
  EXPECT_THAT(proc_strings(demo.pid_of("gpt2"), "cmdline"), ElementsAre("python", "run-model.py", "--model-name", "gpt2"));
  EXPECT_THAT(proc_strings(demo.pid_of("vllm"), "cmdline"), Contains("Qwen/Qwen2.5-7B-Instruct"));
  EXPECT_THAT(proc_strings(demo.pid_of("llama-server"), "maps").at(0), HasSubstr("/Llama-3.2-3B-Instruct-Q4_K_M.gguf"));
  EXPECT_THAT(proc_strings(demo.pid_of("llama-server"), "maps").at(0), HasSubstr("/libllama.so"));
  EXPECT_THAT(proc_strings(demo.pid_of("gpt2"), "maps").at(0), HasSubstr("/tokenizers.abi3.so"));
  EXPECT_EQ(demo.end(), 0);
}

TEST_F(Demo, its_processes_carry_nothing_else_of_our_environment) {
  ::setenv("HF_TOKEN", "hf_secret", 1);
  RunningDemo demo(in_folder({"--only", "gpt2"}));
  ::unsetenv("HF_TOKEN");
  for (const std::string& variable : proc_strings(demo.pid_of("gpt2"), "environ")) EXPECT_THAT(variable, Not(HasSubstr("hf_secret")));
}

TEST_F(Demo, only_servers_hold_the_socket_that_they_serve) {
  RunningDemo demo(in_folder());
  const auto f = [&](const char* part) {
    return std::ranges::count_if(fs::directory_iterator(fmt::format("/proc/{}/fd", demo.pid_of(part))), [](const fs::directory_entry& entry) {
      std::error_code gone;
      return fs::read_symlink(entry, gone).native().starts_with("socket:");
    });
  };
  EXPECT_GE(f("vllm"), 1);
  EXPECT_EQ(f("vllm-engine"), 0);
  EXPECT_EQ(f("vllm-worker-0"), 0);
}

TEST_F(Demo, an_interrupt_ends_all_and_leaves_no_file) {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    RunningDemo demo(in_folder());
    const Watched watched(demo);
    EXPECT_EQ(demo.end(signal_number), 0);
    EXPECT_TRUE(watched.all_ended());
    expect_nothing_left();
  }
}

TEST_F(Demo, its_processes_end_and_clean_up_when_it_is_killed) {
  RunningDemo demo(in_folder());
  const Watched watched(demo);
  EXPECT_EQ(demo.end(SIGKILL), 128 + SIGKILL);
  EXPECT_TRUE(watched.all_ended());
  EXPECT_THAT(names(temporary_.path()), IsEmpty());
  EXPECT_THAT(names(folder_.path()), ElementsAre("logs"));  // an empty folder: who made it is gone
}

TEST_F(Demo, writes_gpu_info_files_and_removes_that_of_a_killed_process) {
  RunningDemo demo(in_folder());
  const Watched watched(demo);
  for (const char* part : {"gpt2", "dialogpt", "vllm-worker-0", "vllm-worker-1", "llama-server"})
    EXPECT_TRUE(gpu_info_exists(demo.pid_of(part))) << part;
  EXPECT_FALSE(gpu_info_exists(demo.pid_of("vllm")));
  ::kill(static_cast<pid_t>(demo.pid_of("gpt2")), SIGKILL);
  EXPECT_TRUE(watched.ended("gpt2"));
  EXPECT_TRUE(eventually([&] { return !gpu_info_exists(demo.pid_of("gpt2")); }));
  EXPECT_TRUE(watched.running("dialogpt"));
  EXPECT_TRUE(watched.running("vllm-worker-0"));
  EXPECT_EQ(demo.end(), 0);
  expect_nothing_left();
}

TEST_F(Demo, a_vllm_that_loses_a_worker_ends_as_a_whole) {
  RunningDemo demo(in_folder());
  const Watched watched(demo);
  const int64_t worker = demo.pid_of("vllm-worker-1");
  ::kill(static_cast<pid_t>(worker), SIGKILL);
  for (const char* part : {"vllm", "vllm-engine", "vllm-worker-0", "vllm-worker-1"}) EXPECT_TRUE(watched.ended(part)) << part;
  EXPECT_FALSE(gpu_info_exists(worker));
  EXPECT_TRUE(watched.running("llama-server"));
  EXPECT_EQ(demo.end(), 0);
  expect_nothing_left();
}

TEST_F(Demo, fails_when_its_last_process_was_killed) {
  RunningDemo demo(in_folder({"--only", "gpt2"}));
  ::kill(static_cast<pid_t>(demo.pid_of("gpt2")), SIGKILL);
  EXPECT_EQ(demo.wait(), 1);
  expect_nothing_left();
}

TEST_F(Demo, two_beside_each_other_in_one_folder_do_not_disturb) {
  RunningDemo one(in_folder());
  RunningDemo two(in_folder());
  const Watched watched(two);
  EXPECT_NE(one.port_of("vllm"), two.port_of("vllm"));
  EXPECT_NE(one.port_of("llama-server"), two.port_of("llama-server"));
  EXPECT_EQ(one.end(), 0);
  EXPECT_TRUE(watched.running("gpt2"));
  EXPECT_TRUE(gpu_info_exists(two.pid_of("gpt2")));
  EXPECT_THAT(log("llm-model.log"), HasSubstr("simulated by monitorai demo"));
  EXPECT_EQ(two.end(), 0);
  EXPECT_THAT(names(temporary_.path()), IsEmpty());
  EXPECT_THAT(names(folder_.path() / "logs"), IsEmpty());
}

TEST_F(Demo, writes_the_log_lines_of_the_specification_and_keeps_them_when_asked) {
  RunningDemo demo(in_folder({"--only", "gpt2", "--keep-logs"}));
  EXPECT_TRUE(eventually([&] { return log("llm-model.log").find("[MODEL] Response #1: ") != std::string::npos; }));
  EXPECT_EQ(demo.end(), 0);
  EXPECT_THAT(log("llm-model.log"), HasSubstr(" - INFO - [USER] Request #1: "));
}

TEST_F(Demo, leaves_the_log_of_a_real_program_alone) {
  const std::string real = "2025-01-15 10:30:26,123 - INFO - [USER] Request #1: Hello\n";
  fs::create_directory(folder_.path() / "logs");
  std::ofstream(folder_.path() / "logs" / "llm-model.log") << real;
  RunningDemo demo(in_folder());
  EXPECT_TRUE(eventually([&] { return !log("llama-server.log").empty(); }));
  EXPECT_EQ(demo.end(), 0);
  EXPECT_EQ(log("llm-model.log"), real);
}

TEST_F(Demo, ends_by_itself_after_its_duration) {
  RunningDemo demo(in_folder({"--only", "dialogpt", "--duration", "100ms"}));
  EXPECT_EQ(demo.wait(), 0);
  expect_nothing_left();
}

TEST_F(Demo, refuses_what_it_does_not_understand) {
  const auto f = [&](std::vector<std::string> arguments) {
    RunningDemo demo(std::move(arguments));
    return demo.wait();
  };
  EXPECT_EQ(f({"--only", "gpt5"}), 2);
  EXPECT_EQ(f({"--duration", "soon"}), 2);
  EXPECT_EQ(f({"--duration", "0"}), 2);
  EXPECT_EQ(f({"--dir", (folder_.path() / "missing").native()}), 1);
  EXPECT_EQ(f({"--nonsense"}), 2);
  expect_nothing_left();
}

TEST_F(Demo, uses_the_memory_that_it_claims_to) {
  RunningDemo demo(in_folder());
  for (const auto& [part, pid] : demo.pids()) {
    const std::string statm = read_file(fmt::format("/proc/{}/statm", pid), 4096).value();
    const size_t resident = parse_integer<size_t>(split(statm, ' ')[1]).value() * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    EXPECT_GT(resident, 20U << 20U) << part;
    EXPECT_LT(resident, 400U << 20U) << part;
  }
}

}  // namespace
}  // namespace monitorai::tests
