#include "collect/process/model_name.h"

#include <gtest/gtest.h>

#include "collect/process/model_words.h"

namespace monitorai::collect {
namespace {

TEST(ModelName, makes_names_for_people) {
  const auto f = [](std::string_view reference) { return display_name(reference); };
  EXPECT_EQ(f("meta-llama/Llama-3.1-8B"), "meta-llama/Llama-3.1-8B");
  EXPECT_EQ(f("unsloth/Qwen3-8B-GGUF:Q4_K_M"), "unsloth/Qwen3-8B-GGUF:Q4_K_M");
  EXPECT_EQ(f("gpt2"), "gpt2");
  EXPECT_EQ(f("gemma3:4b"), "gemma3:4b");
  EXPECT_EQ(f("/models/Qwen3-8B/"), "Qwen3-8B");
  EXPECT_EQ(f("./models/llama-2-7b.Q5_K_M.gguf"), "llama-2-7b.Q5_K_M");
  EXPECT_EQ(f("/m/GLM-5-UD-Q4_K_M-00001-of-00010.gguf"), "GLM-5-UD-Q4_K_M");
  EXPECT_EQ(f("C:\\AI Models\\Qwen2.5.Q8_0.gguf"), "Qwen2.5.Q8_0");
  EXPECT_EQ(f("\"/m/x-7b.gguf\""), "x-7b");
  EXPECT_EQ(f("/root/.cache/huggingface/hub/models--BAAI--bge-m3/snapshots/5617a9f61b02/model.safetensors"), "BAAI/bge-m3");
  EXPECT_EQ(f("/root/.cache/modelscope/hub/models/qwen/Qwen2___5-7B"), "qwen/Qwen2.5-7B");
  EXPECT_EQ(f("HF://mlc-ai/Llama-3-8B-MLC"), "mlc-ai/Llama-3-8B-MLC");
  EXPECT_EQ(f("s3://bucket/models/mistral-7b"), "mistral-7b");
  EXPECT_EQ(f("https://huggingface.co/a/b-GGUF/resolve/main/b.Q4.gguf?download=true"), "b.Q4");
  EXPECT_EQ(f("https://huggingface.co/a/b"), "a/b");
}

TEST(ModelName, lets_generic_names_give_way_to_their_directory) {
  const auto f = [](std::string_view reference) { return display_name(reference); };
  EXPECT_EQ(f("/data/my-llm/model.safetensors"), "my-llm");
  EXPECT_EQ(f("/data/my-llm/model-00001-of-00004.safetensors"), "my-llm");
  EXPECT_EQ(f("/out/llama-sft/checkpoint-500"), "llama-sft");
  EXPECT_EQ(f("./gemma3-vision-it/cpu"), "gemma3-vision-it");
  EXPECT_EQ(f("/models/llama/1"), "llama");
  EXPECT_EQ(f("/app/model.bin"), "model");
}

TEST(ModelName, has_no_name_for_what_names_nothing) {
  const auto f = [](std::string_view reference) { return display_name(reference); };
  EXPECT_EQ(f(""), "");
  EXPECT_EQ(f("/"), "");
  EXPECT_EQ(f("/root/.ollama/models/blobs/sha256-8eeb52dfb3bb9aef"), "");
  EXPECT_EQ(f("sha256:8eeb52dfb3bb9aef"), "");
  EXPECT_EQ(f("/models/0e9e39f249a16976918f6564b8830bc894c89659"), "");
}

TEST(ModelName, reads_the_digest_of_a_blob) {
  const auto f = [](std::string_view reference) { return blob_digest(reference).value_or("-"); };
  EXPECT_EQ(f("/m/blobs/sha256-00ff"), "sha256:00ff");
  EXPECT_EQ(f("C:\\m\\blobs\\sha256-00ff"), "sha256:00ff");
  EXPECT_EQ(f("/m/blobs/sha256-xyz"), "-");
  EXPECT_EQ(f("gpt2"), "-");
}

TEST(ModelWords, tells_language_models_from_others) {
  const auto f = [](std::string_view name) {
    const WordEvidence w = judge_model_name(name);
    return w.other_ai > 0 ? "other" : w.language > 0 ? "language" : "?";
  };
  EXPECT_STREQ(f("meta-llama/Llama-3-8B"), "language");
  EXPECT_STREQ(f("gpt2"), "language");
  EXPECT_STREQ(f("BAAI/bge-m3"), "language");
  EXPECT_STREQ(f("yolov8n.pt"), "other");
  EXPECT_STREQ(f("openai/whisper-large-v3"), "other");
  EXPECT_STREQ(f("resnet101"), "other");
  EXPECT_STREQ(f("invoice"), "?");
  EXPECT_STREQ(f(""), "?");
}

}  // namespace
}  // namespace monitorai::collect
