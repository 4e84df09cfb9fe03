#include "collect/process/signatures.h"

#include <gtest/gtest.h>

#include <set>

namespace monitorai::collect {
namespace {

TEST(Signatures, of_the_built_in_table_are_sound) {
  const std::set<std::string> roles = {"server", "worker",   "router",  "launcher", "helper", "cli",     "batch",
                                       "script", "notebook", "trainer", "tool",     "gui",    "monitor", "wrapper"};
  const std::set<std::string> kinds = {"llm", "embedding", "speech", "image", "vision", "ml", "tool"};
  for (const Signature& s : builtin_signatures()) {
    EXPECT_TRUE(kinds.contains(s.kind)) << s.title;
    EXPECT_FALSE(s.title.empty());
    EXPECT_TRUE(!s.framework.empty() || s.kind == "tool") << s.title;
    for (const auto* list : {&s.titles, &s.executables, &s.scripts, &s.modules, &s.commands})
      for (const std::string& pattern : *list) {
        EXPECT_FALSE(pattern.empty()) << s.title;
        const size_t equals = pattern.rfind('=');
        if (equals == std::string::npos) continue;
        std::string role = pattern.substr(equals + 1);
        if (role.starts_with('-')) role = role.substr(1);
        EXPECT_TRUE(roles.contains(role)) << s.title << ": " << pattern;
      }
  }
}

TEST(Signatures, cover_every_framework_that_must_be_told_apart) {
  const SignatureIndex index({});
  for (const char* framework : {"transformers", "llama.cpp",        "vllm",      "tensorrt",  "onnx",      "pytorch",
                                "tensorflow",   "ollama",           "sglang",    "tgi",       "tei",       "lmdeploy",
                                "triton",       "llama-cpp-python", "llamafile", "mlc-llm",   "koboldcpp", "text-generation-webui",
                                "lmstudio",     "localai",          "ray",       "aphrodite", "tabbyapi",  "mistral.rs",
                                "fastchat"})
    EXPECT_NE(index.framework(framework), nullptr) << framework;
}

TEST(Signatures, match_the_longest_pattern_first) {
  const SignatureIndex index({});
  const auto f = [&](std::string_view name, std::string_view path) {
    const auto hits = index.executables(name, path);
    return hits.empty() ? std::string("-") : hits[0].signature->framework;
  };
  EXPECT_EQ(f("llama-server", "/usr/bin/llama-server"), "llama.cpp");
  EXPECT_EQ(f("llama-server", "/usr/local/lib/ollama/llama-server"), "ollama");
  EXPECT_EQ(f("llama-server-f3252055", "/x/llama-server-f3252055"), "llama.cpp");
  EXPECT_EQ(f("nothing-known", "/x/nothing-known"), "-");
}

TEST(Signatures, choose_a_role_by_the_command) {
  const SignatureIndex index({});
  const auto f = [&](std::vector<std::string_view> words) {
    size_t used = 0;
    const SignatureHit hit = index.command(*index.framework("vllm"), words, used);
    return (hit.negative ? "-" : "") + std::string(hit.role) + std::to_string(used);
  };
  EXPECT_EQ(f({"serve", "org/M"}), "server1");
  EXPECT_EQ(f({"bench", "throughput"}), "batch2");
  EXPECT_EQ(f({"bench", "serve"}), "-tool1");
  EXPECT_EQ(f({}), "-tool0");
}

}  // namespace
}  // namespace monitorai::collect
