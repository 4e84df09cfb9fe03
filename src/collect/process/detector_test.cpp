#include "collect/process/detector.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

TEST(Detector, names_a_vllm_server_and_its_model) {
  const signals::Verdict v =
      Detector().judge({.argv = {"/usr/bin/python3", "/usr/local/bin/vllm", "serve", "Qwen/Qwen3-8B"}, .exe = "/usr/bin/python3.12"});
  EXPECT_TRUE(v.is_llm);
  EXPECT_EQ(v.framework, "vllm");
  EXPECT_EQ(v.model, "Qwen/Qwen3-8B");
}

}  // namespace
}  // namespace monitorai::collect
