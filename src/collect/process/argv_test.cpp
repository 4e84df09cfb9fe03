#include "collect/process/argv.h"

#include <gtest/gtest.h>

#include "collect/process/arguments.h"

namespace monitorai::collect {
namespace {

using Kind = Program::Kind;

TEST(Argv, finds_the_script_behind_an_interpreter) {
  const auto f = [](std::vector<std::string> argv, std::string exe = "/usr/bin/python3.12") {
    const Evidence e{.argv = std::move(argv), .exe = std::move(exe)};
    const Program p = resolve_program(e);
    return p.name + "(" + std::to_string(p.arguments.size()) + ")";
  };
  EXPECT_EQ(f({"/v/bin/python3", "/v/bin/vllm", "serve", "X"}), "vllm(2)");
  EXPECT_EQ(f({"python", "-u", "-B", "run_clm.py", "--a"}), "run-clm(1)");
  EXPECT_EQ(f({"python", "-X", "dev", "-W", "ignore", "x.py"}), "x(0)");
  EXPECT_EQ(f({"python", "-um", "pkg.mod", "a"}), "pkg.mod(1)");
  EXPECT_EQ(f({"python", "-mpkg.mod", "a"}), "pkg.mod(1)");
  EXPECT_EQ(f({"python", "-m", "MLC_LLM", "serve"}), "mlc-llm(1)");
  EXPECT_EQ(f({"C:\\Py\\python.exe", "C:\\v\\Scripts\\lmdeploy-script.py", "serve"}, "C:\\Py\\python.exe"), "lmdeploy(1)");
  EXPECT_EQ(f({"vllm", "serve", "X"}), "vllm(2)");
  EXPECT_EQ(f({"python", "-m", "cProfile", "-o", "out", "main.py", "x"}), "main(1)");
  EXPECT_EQ(f({"python", "-m", "debugpy", "--listen", "5678", "-m", "pkg", "x"}), "pkg(1)");
  EXPECT_EQ(f({"python", "/v/bin/uvicorn", "--factory", "llama_cpp.server.app:create_app", "--port", "1"}), "llama-cpp.server.app(4)");
  EXPECT_EQ(f({"python", "-m", "uvicorn", "--host", "0.0.0.0:80", "app.main:app"}), "app.main(3)");
  EXPECT_EQ(f({"python", "/v/bin/streamlit", "run", "chat.py"}), "chat(2)");
}

TEST(Argv, tells_the_kinds_apart) {
  const auto f = [](std::vector<std::string> argv, std::string exe = {}, std::string comm = {}) {
    const Evidence e{.argv = std::move(argv), .exe = std::move(exe), .comm = std::move(comm)};
    return resolve_program(e).kind;
  };
  EXPECT_EQ(f({}), Kind::none);
  EXPECT_EQ(f({""}), Kind::none);
  EXPECT_EQ(f({"python3"}), Kind::interactive);
  EXPECT_EQ(f({"python3", "-"}), Kind::interactive);
  EXPECT_EQ(f({"python3", "-m"}), Kind::interactive);
  EXPECT_EQ(f({"python3", "-c"}), Kind::interactive);
  EXPECT_EQ(f({"python3", "-c", "print(1)"}), Kind::source);
  EXPECT_EQ(f({"VLLM::EngineCore"}, "/usr/bin/python3"), Kind::title);
  EXPECT_EQ(f({"postgres: app db idle"}, "/usr/bin/postgres"), Kind::title);
  EXPECT_EQ(f({"/opt/my app: x/bin"}), Kind::native);
  EXPECT_EQ(f({"llama-server", "-m", "x"}), Kind::native);
}

TEST(Argv, completes_a_cut_title_from_comm) {
  const Evidence e{.argv = {"VLLM::En"}, .exe = "/usr/bin/python3", .comm = "VLLM::EngineCor"};
  EXPECT_EQ(resolve_program(e).name, "VLLM::EngineCor");
}

TEST(Argv, looks_through_loaders) {
  const auto f = [](std::vector<std::string> argv, std::string exe) {
    const Evidence e{.argv = std::move(argv), .exe = std::move(exe)};
    return resolve_program(e).name;
  };
  EXPECT_EQ(f({"/usr/bin/ape", "./x.llamafile", "-p", "hi"}, "/usr/bin/ape"), "x.llamafile");
  EXPECT_EQ(f({"/lib64/ld-linux-x86-64.so.2", "--library-path", "/l", "/opt/llama-server"}, "/lib64/ld-linux-x86-64.so.2"), "llama-server");
  EXPECT_EQ(f({"./x.llamafile"}, "/root/.ape-1.10"), "x.llamafile");
}

TEST(Argv, normalises_program_names) {
  const auto f = [](std::string_view path) { return program_name(path); };
  EXPECT_EQ(f("C:\\Program Files\\KoboldCpp_CU12.EXE"), "koboldcpp-cu12");
  EXPECT_EQ(f("/nix/store/x/bin/.llama-server-wrapped"), "llama-server");
  EXPECT_EQ(f("/usr/bin/python3.12 (deleted)"), "python3.12");
  EXPECT_EQ(f("/a/b/"), "b");
  EXPECT_EQ(f(""), "");
}

TEST(Arguments, knows_flags_values_and_words) {
  const std::vector<std::string> argv = {"serve",        "--trust-remote-code",       "org/M", "--port=80", "-tp",           "4",
                                         "--model_args", "pretrained=a/b,dtype=auto", "x.y=z", "--",        "--for-the-app", "1"};
  const Arguments a(argv);
  EXPECT_EQ(a.value("port"), "80");
  EXPECT_EQ(a.value("tp"), "4");
  EXPECT_EQ(a.value("model-args[pretrained]"), "a/b");
  EXPECT_EQ(a.value("model-args[nothing]"), "");
  EXPECT_EQ(a.value("x.y"), "z");
  EXPECT_TRUE(a.has("trust-remote-code"));
  EXPECT_EQ(a.value("for-the-app"), "1");
  ASSERT_EQ(a.words().size(), 3u);
  EXPECT_EQ(a.words()[1], "org/M");
}

TEST(Arguments, takes_negative_numbers_as_values_and_lists_whole) {
  const std::vector<std::string> argv = {"--ngl", "-1", "--served-model-name", "a", "b", "--model", "m"};
  const Arguments a(argv);
  EXPECT_EQ(a.value("ngl"), "-1");
  EXPECT_EQ(a.value("served-model-name"), "a");
  EXPECT_EQ(a.value("model"), "m");
  EXPECT_TRUE(a.words().empty());
}

}  // namespace
}  // namespace monitorai::collect
