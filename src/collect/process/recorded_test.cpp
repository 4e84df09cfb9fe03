#include "collect/process/recorded.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace monitorai::collect {
namespace {

TEST(Recorded, reads_all_fields) {
  const auto e = read_recorded_process(
      R"({"argv":["a","b"],"exe":"/x","comm":"a","cwd":"/w","env":{"MODEL":"m"},"maps":["libllama.so"],"model_files":["/m.gguf"],"gpu_mem_mib":2,"ports":[80],"parent":{"argv":["p"]},"label":{"x":1}})");
  ASSERT_TRUE(e);
  EXPECT_EQ(e->argv.size(), 2u);
  EXPECT_EQ(e->exe, "/x");
  EXPECT_EQ(e->environment.at("MODEL"), "m");
  EXPECT_EQ(e->libraries[0], "libllama.so");
  EXPECT_EQ(e->gpu_memory_bytes, 2u * 1024 * 1024);
  EXPECT_EQ(e->listening_ports[0], 80);
  ASSERT_TRUE(e->parent);
  EXPECT_EQ(e->parent->argv[0], "p");
}

TEST(Recorded, says_what_is_wrong_with_a_line) {
  const auto f = [](std::string_view line) {
    const auto e = read_recorded_process(line);
    return e ? std::string("read") : e.error().message;
  };
  EXPECT_EQ(f("{"), "not JSON: " + f("{").substr(10));
  EXPECT_EQ(f("[]"), "not a JSON object");
  EXPECT_EQ(f("{}"), "field \"argv\" is missing");
  EXPECT_EQ(f(R"({"argv":"x"})"), "cannot read field \"argv\": it is not an array");
  EXPECT_EQ(f(R"({"argv":[1]})"), "cannot read field \"argv\": item 0 is not a string");
  EXPECT_EQ(f(R"({"argv":[],"env":[]})"), "cannot read field \"env\": it is not an object");
  EXPECT_EQ(f(R"({"argv":[],"env":{"A":1}})"), "cannot read field \"env\": the value of A is not a string");
  EXPECT_EQ(f(R"({"argv":[],"gpu_mem_mib":-1})"), "cannot read field \"gpu_mem_mib\": it is not a number of MiB");
  EXPECT_EQ(f(R"({"argv":[],"parent":{}})"), "cannot read the parent: field \"argv\" is missing");
  EXPECT_EQ(f(R"({"argv":[],"exe":null,"parent":null})"), "read");
}

class OllamaManifests : public ::testing::Test {
 protected:
  void manifest(const std::string& path, const std::string& text) {
    const auto file = directory_.path() / "models/manifests" / path;
    std::filesystem::create_directories(file.parent_path());
    ASSERT_TRUE(write_file_atomically(file, text));
  }
  std::string name_of(std::string_view blob) const { return ollama_model_of_blob_path(directory_.path(), blob).value_or("-"); }
  TemporaryDirectory directory_;
};

TEST_F(OllamaManifests, name_the_model_of_a_blob) {
  const auto layers = [](const std::string& type, const std::string& digest) {
    return R"({"layers":[{"mediaType":"application/vnd.ollama.image.)" + type + R"(","digest":")" + digest + R"("}]})";
  };
  manifest("registry.ollama.ai/library/gemma3/4b", layers("model", "sha256:aa11"));
  manifest("registry.ollama.ai/me/mine/latest", layers("model", "sha256:bb22"));
  manifest("hf.co/org/repo-GGUF/Q4_K_M", layers("model", "sha256:cc33"));
  manifest("registry.ollama.ai/library/other/1", layers("license", "sha256:dd44"));
  manifest("registry.ollama.ai/library/broken/1", "{\"layers\":");
  EXPECT_EQ(name_of("/models/blobs/sha256-aa11"), "gemma3:4b");
  EXPECT_EQ(name_of("/models/blobs/sha256-bb22"), "me/mine:latest");
  EXPECT_EQ(name_of("/models/blobs/sha256-cc33"), "hf.co/org/repo-GGUF:Q4_K_M");
  EXPECT_EQ(name_of("/models/blobs/sha256-dd44"), "-");
  EXPECT_EQ(name_of("/models/blobs/sha256-ee55"), "-");
  EXPECT_EQ(name_of("/elsewhere/blobs/sha256-aa11"), "-");
  EXPECT_EQ(name_of("/x/../models/blobs/sha256-aa11"), "-");
  EXPECT_EQ(name_of("/models/model.gguf"), "-");
}

}  // namespace
}  // namespace monitorai::collect
