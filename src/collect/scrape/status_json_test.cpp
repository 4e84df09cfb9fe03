#include "collect/scrape/status_json.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

TEST(StatusJson, ollama_tells_its_models_and_what_is_on_the_gpu) {
  const auto text = ollama_status_text(R"({"models":[{"name":"llama3.2:3b","size":3000,"size_vram":2000},{"name":"a\"b","size":-1}]})");
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("ollama_models_loaded 2\n"), std::string::npos);
  EXPECT_NE(text->find("ollama_model_vram_bytes{model_name=\"llama3.2:3b\"} 2000\n"), std::string::npos);
  EXPECT_EQ(text->find("a\\\"b"), std::string::npos) << "a size that is no size makes no series";
  EXPECT_NE(ollama_status_text(R"({"models":[]})")->find("ollama_models_loaded 0\n"), std::string::npos);
}

TEST(StatusJson, koboldcpp_tells_its_queue) {
  const auto text = koboldcpp_status_text(R"({"last_process":0.5,"last_eval":2,"queue":3,"idle":0})");
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("llm_requests_waiting 3\n"), std::string::npos);
  EXPECT_NE(text->find("llm_requests_running 1\n"), std::string::npos);
  EXPECT_EQ(text->find("koboldcpp_generations"), std::string::npos) << "what it does not tell stays absent";
}

TEST(StatusJson, what_is_not_the_answer_is_an_error) {
  for (const char* bad : {"", "not json", "[]", "{}", R"({"models":3})", R"({"models":)"}) EXPECT_FALSE(ollama_status_text(bad)) << bad;
  EXPECT_FALSE(koboldcpp_status_text("{"));
}

}  // namespace
}  // namespace monitorai::collect
