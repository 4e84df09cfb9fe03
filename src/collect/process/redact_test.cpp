#include "collect/process/redact.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

TEST(Redact, knows_the_names_of_secrets) {
  const auto f = [](std::string_view name) { return is_secret_name(name); };
  EXPECT_TRUE(f("--api-key"));
  EXPECT_TRUE(f("API_KEY"));
  EXPECT_TRUE(f("apiKey"));
  EXPECT_TRUE(f("HF_TOKEN"));
  EXPECT_TRUE(f("AWS_SECRET_ACCESS_KEY"));
  EXPECT_TRUE(f("db-password"));
  EXPECT_TRUE(f("PGPASSWORD"));
  EXPECT_TRUE(f("Authorization"));
  EXPECT_TRUE(f("LLAMA_API_KEY"));
  EXPECT_FALSE(f("tokenizer"));
  EXPECT_FALSE(f("--max-new-tokens"));
  EXPECT_FALSE(f("--model"));
  EXPECT_FALSE(f("monkey"));
  EXPECT_FALSE(f(""));
}

TEST(Redact, hides_values_in_command_lines) {
  const auto f = [](std::vector<std::string> argv) { return redact_command_line(argv); };
  EXPECT_EQ(f({"vllm", "serve", "M", "--api-key", "S3CRET", "--port", "80"}), "vllm serve M --api-key *** --port 80");
  EXPECT_EQ(f({"vllm", "--api-key", "S3CRET", "S3CRET2", "--port", "80"}), "vllm --api-key *** *** --port 80");
  EXPECT_EQ(f({"x", "--api-key=S3CRET"}), "x --api-key=***");
  EXPECT_EQ(f({"env", "HF_TOKEN=S3CRET", "vllm"}), "env HF_TOKEN=*** vllm");
  EXPECT_EQ(f({"java", "-Dspring.password=S3CRET"}), "java -Dspring.password=***");
  EXPECT_EQ(f({"curl", "-H", "Authorization: Bearer S3CRET"}), "curl -H 'Authorization: ***'");
  EXPECT_EQ(f({"curl", "-H", "x-api-key: S3CRET"}), "curl -H 'x-api-key: ***'");
  EXPECT_EQ(f({"curl", "-u", "me:S3CRET"}), "curl -u me:***");
  EXPECT_EQ(f({"sshpass", "-p", "S3CRET", "ssh"}), "sshpass -p *** ssh");
  EXPECT_EQ(f({"x", "--url", "https://me:S3CRET@host/p"}), "x --url https://me:***@host/p");
  EXPECT_EQ(f({"git", "clone", "https://S3CRET@github.com/x"}), "git clone https://***@github.com/x");
  EXPECT_EQ(f({"x", "--api-key", "--port", "80"}), "x --api-key --port 80");
}

TEST(Redact, hides_secrets_within_a_shell_command) {
  const auto f = [](std::string_view text) { return redact_text(text); };
  EXPECT_EQ(f("HF_TOKEN=S3CRET vllm serve M"), "HF_TOKEN=*** vllm serve M");
  EXPECT_EQ(f("export API_KEY='S3 CRET' && run"), "export API_KEY='***' && run");
  EXPECT_EQ(f("vllm serve M --api-key S3CRET --port 1"), "vllm serve M --api-key *** --port 1");
  EXPECT_EQ(f(R"({"api_key": "S3CRET", "port": 1})"), R"({"api_key": "***", "port": 1})");
  EXPECT_EQ(f("postgres://u:p/S3CRET@host/db"), "postgres://u:***@host/db");
  EXPECT_EQ(f("http://host:8000/a@b"), "http://host:8000/a@b");
}

TEST(Redact, knows_tokens_by_their_form) {
  const auto f = [](std::string_view text) { return redact_text(text); };
  EXPECT_EQ(f("x hf_aBcDeFgHiJkLm123 y"), "x *** y");
  EXPECT_EQ(f("sk-proj-abc123DEF456"), "***");
  EXPECT_EQ(f("--x=nvapi-AbCdEf123456"), "--x=***");
  EXPECT_EQ(f("AKIAIOSFODNN7EXAMPLE"), "***");
  EXPECT_EQ(f("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"), "***");
  EXPECT_EQ(f("hf_transfer"), "hf_transfer");
  EXPECT_EQ(f("task-scheduler"), "task-scheduler");
  EXPECT_EQ(f("meta-llama/Llama-3.1-8B"), "meta-llama/Llama-3.1-8B");
}

TEST(Redact, prints_any_bytes_as_one_line_of_utf8) {
  EXPECT_EQ(redact_command_line(std::vector<std::string>{"a b", "c\nd", ""}), "'a b' 'c\\nd' ''");
  EXPECT_EQ(redact_command_line(std::vector<std::string>{"\xff"}), "\xEF\xBF\xBD");
  const std::string cut = redact_command_line(std::vector<std::string>{std::string(100'000, 'x')});
  EXPECT_EQ(cut.size(), kCommandLineBytesMax);
  EXPECT_TRUE(cut.ends_with("..."));
}

TEST(Redact, reads_only_allowed_environment) {
  const auto f = [](std::string_view name) { return environment_name_allowed(name); };
  EXPECT_TRUE(f("MODEL_ID"));
  EXPECT_TRUE(f("HF_MODEL_ID"));
  EXPECT_TRUE(f("LLAMA_ARG_MODEL"));
  EXPECT_TRUE(f("OLLAMA_MODELS"));
  EXPECT_TRUE(f("RANK"));
  EXPECT_FALSE(f("HF_TOKEN"));
  EXPECT_FALSE(f("LLAMA_API_KEY"));
  EXPECT_FALSE(f("MODEL_API_KEY"));
  EXPECT_FALSE(f("PATH"));
  EXPECT_FALSE(f("HOME"));
  const auto kept = redact_environment({{"MODEL_ID", "https://u:pw@h/m"}, {"HF_TOKEN", "x"}, {"PATH", "/bin"}});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept.at("MODEL_ID"), "https://u:***@h/m");
}

}  // namespace
}  // namespace monitorai::collect
