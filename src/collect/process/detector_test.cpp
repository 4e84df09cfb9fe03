#include "collect/process/detector.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/text.h"
#include "collect/process/labelled_cases.h"

namespace monitorai::collect {
namespace {

using signals::Verdict;

Verdict judge(std::vector<std::string> argv, std::string exe = {}) {
  return Detector().judge({.argv = std::move(argv), .exe = std::move(exe)});
}

TEST(Detector, judges_every_case_of_the_test_data_as_it_is_labelled) {
  const auto cases = read_labelled_cases(std::filesystem::path(MAI_SOURCE_DIR) / "tests/data/detect/cases.jsonl");
  ASSERT_GT(cases.size(), 500u);
  const Detector detector;
  for (const LabelledCase& c : cases) {
    const Verdict v = detector.judge(c.evidence);
    EXPECT_EQ(v.is_llm, c.is_llm) << c.line;
    if (!c.is_llm) continue;
    EXPECT_EQ(v.framework, c.framework) << c.line;
    if (!c.models.empty()) { EXPECT_THAT(c.models, ::testing::Contains(v.model)) << c.line; }
  }
}

TEST(Detector, reaches_its_targets_over_the_shared_corpus) {
  const std::filesystem::path path = std::filesystem::path(MAI_SOURCE_DIR) / "../shared/corpus/cmdlines.jsonl";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no corpus at " << path;
  const auto cases = read_labelled_cases(path);
  const Detector detector;
  double llm = 0, found = 0, both = 0, framework = 0, named = 0, model = 0;
  for (const LabelledCase& c : cases) {
    const Verdict v = detector.judge(c.evidence);
    found += v.is_llm;
    if (!c.is_llm) continue;
    ++llm;
    both += v.is_llm;
    framework += v.is_llm && v.framework == c.framework;
    if (c.models.empty()) continue;
    ++named;
    model += v.is_llm && std::find(c.models.begin(), c.models.end(), v.model) != c.models.end();
  }
  EXPECT_GE(both / llm, 0.96);
  EXPECT_GE(both / found, 0.98);
  EXPECT_GE(framework / llm, 0.95);
  EXPECT_GE(model / named, 0.92);
}

TEST(Detector, says_nothing_of_processes_without_a_command_line) {
  const auto f = [](const Evidence& e) { return judge(e.argv, e.exe).is_llm; };
  EXPECT_FALSE(f({}));
  EXPECT_FALSE(f({.argv = {""}}));
  EXPECT_FALSE(f({.argv = {"", "", ""}}));
  EXPECT_FALSE(f({.argv = {std::string(128 * 1024, 'x')}}));
  EXPECT_FALSE(f({.argv = {"\xff\xfe\x80", "--model", "\xff"}}));
  EXPECT_FALSE(f({.argv = std::vector<std::string>(100'000, "--model")}));
}

TEST(Detector, gives_every_verdict_a_reason) {
  const auto f = [](std::vector<std::string> argv) { return judge(std::move(argv)).reasons.size(); };
  EXPECT_GT(f({"llama-server", "-m", "x.gguf"}), 0u);
  EXPECT_GT(f({"grep", "-r", "llama"}), 0u);
  EXPECT_GT(f({"some-daemon"}), 0u);
  EXPECT_GT(f({}), 0u);
}

TEST(Detector, reads_reasons_as_sentences) {
  const Verdict v = judge({"llama-server", "-m", "/m/Qwen3-8B-Q4_K_M.gguf"});
  ASSERT_GE(v.reasons.size(), 2u);
  EXPECT_EQ(v.reasons[0].evidence + ": " + v.reasons[0].text, "executable: llama-server is llama.cpp's server");
  EXPECT_EQ(v.reasons[1].text, "the model comes from -m: /m/Qwen3-8B-Q4_K_M.gguf");
}

TEST(Detector, lets_secrets_out_nowhere) {
  const auto f = [](std::vector<std::string> argv, std::string_view secret) {
    const Verdict v = judge(std::move(argv));
    std::string all = v.model + v.model_ref + v.framework + v.role;
    for (const auto& reason : v.reasons) all += reason.evidence + reason.text;
    return all.find(secret) != std::string::npos;
  };
  EXPECT_FALSE(f({"llama-server", "-mu", "https://me:hunter2@host/model.gguf"}, "hunter2"));
  EXPECT_FALSE(f({"vllm", "serve", "--api-key", "hunter2x", "org/model"}, "hunter2x"));
  EXPECT_FALSE(f({"python3", "app.py", "--model", "hf_aBcDeFgHiJ123456"}, "hf_aBcDeFgHiJ123456"));
  EXPECT_FALSE(f({"python3", "-m", "x", "--base-url", "https://u:hunter2@h/v1", "--model", "Qwen/Qwen3-8B"}, "hunter2"));
}

TEST(Detector, walks_up_to_the_ancestor_that_knows_the_model) {
  const auto root = std::make_shared<const Evidence>(
      Evidence{.argv = {"/usr/bin/python3", "/usr/local/bin/vllm", "serve", "org/Model-7B"}, .exe = "/usr/bin/python3.12"});
  const auto engine =
      std::make_shared<const Evidence>(Evidence{.argv = {"VLLM::EngineCore"}, .exe = "/usr/bin/python3.12", .parent = root});
  const Verdict v = Detector().judge({.argv = {"VLLM::Worker_TP1"}, .exe = "/usr/bin/python3.12", .parent = engine});
  EXPECT_EQ(v.model, "org/Model-7B");
  EXPECT_EQ(v.role, "worker");
}

TEST(Detector, ends_at_a_limit_of_ancestors) {
  std::shared_ptr<const Evidence> parent;
  for (int i = 0; i < 1000; ++i)
    parent = std::make_shared<const Evidence>(Evidence{.argv = {"VLLM::Worker"}, .exe = "/usr/bin/python3", .parent = parent});
  EXPECT_TRUE(Detector().judge(*parent).is_llm);
  // Freed one by one: a chain of shared pointers would recurse a thousand deep otherwise, which is fine too.
}

TEST(Detector, prefers_a_signature_of_the_user) {
  const Signature mine{.framework = "acme",
                       .title = "Acme's engine",
                       .executables = {"acme-infer=server", "llama-server=server"},
                       .model_flags = {"weights"}};
  const Detector detector({mine});
  const auto f = [&](std::vector<std::string> argv) {
    const Verdict v = detector.judge({.argv = std::move(argv)});
    return v.framework + "/" + v.model;
  };
  EXPECT_EQ(f({"/opt/acme-infer", "--weights", "/m/big-7b.bin"}), "acme/big-7b");
  EXPECT_EQ(f({"llama-server", "--weights", "/m/big-7b.bin"}), "acme/big-7b");
  EXPECT_EQ(f({"ollama", "serve"}), "ollama/");
}

TEST(Detector, gives_roles) {
  const auto f = [](std::vector<std::string> argv, std::string exe = {}) { return judge(std::move(argv), std::move(exe)).role; };
  EXPECT_EQ(f({"text-generation-launcher", "--model-id", "a/b"}), "launcher");
  EXPECT_EQ(f({"llama-server", "--models-dir", "/m"}), "router");
  EXPECT_EQ(f({"llama-bench", "-m", "x.gguf"}), "batch");
  EXPECT_EQ(f({"sglang::detokenizer"}, "/usr/bin/python3"), "helper");
  EXPECT_EQ(f({"python3", "-m", "torch.distributed.run", "sft.py", "--model_name_or_path", "a/llama"}), "launcher");
  EXPECT_EQ(f({"bash", "-c", "vllm serve x"}), "wrapper");
  EXPECT_EQ(f({"ollama", "run", "x"}), "cli");
}

}  // namespace
}  // namespace monitorai::collect
