#include "collect/process/proc_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kTail = " S 1 42 42 0 -1 4194304 10 0 0 0 70 30 0 0 20 0 8 0 149064 3133440 412 18446744073709551615 94260323516416 94260323536297 140725751734864 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 94260323552304 94260323553920 94260485308416 140725751741018 140725751741038 140725751741038 140725751742443 0";

TEST(ProcText, a_name_may_hold_spaces_and_parentheses) {
  const auto f = [](std::string_view name) {
    ProcessStat stat;
    EXPECT_TRUE(parse_stat(fmt::format("42 ({}){}", name, kTail), 4096, stat)) << name;
    EXPECT_EQ(stat.pid, 42);
    EXPECT_EQ(stat.parent_pid, 1);
    EXPECT_EQ(stat.start_ticks, 149064u);
    EXPECT_EQ(stat.cpu_ticks, 100u);
    EXPECT_EQ(stat.threads, 8u);
    EXPECT_EQ(stat.memory_bytes, 412u * 4096);
    return stat.comm;
  };
  EXPECT_EQ(f("cat"), "cat");
  EXPECT_EQ(f("tmux: server"), "tmux: server");
  EXPECT_EQ(f("a) R 1 (b"), "a) R 1 (b");
  EXPECT_EQ(f(""), "");
  EXPECT_EQ(f("\xff\n\t"), "\xff\n\t");
}

TEST(ProcText, what_is_no_stat_line_is_refused) {
  ProcessStat stat;
  const auto f = [&](std::string_view text) { return parse_stat(text, 4096, stat); };
  EXPECT_FALSE(f(""));
  EXPECT_FALSE(f("42"));
  EXPECT_FALSE(f("42 (cat"));
  EXPECT_FALSE(f(")42("));
  EXPECT_FALSE(f("x (cat) S 1"));
  EXPECT_FALSE(f("42 (cat) S"));
  EXPECT_FALSE(f("42 (cat) S 1 42 42 0 -1 4194304 10 0 0"));
  EXPECT_FALSE(f(std::string(100'000, '(')));
}

TEST(ProcText, another_program_has_another_image_and_a_hidden_one_none) {
  const auto image = [](std::string_view stack) {
    ProcessStat stat;
    EXPECT_TRUE(parse_stat(fmt::format("42 (cat) S 1 42 42 0 -1 0 10 0 0 0 70 30 0 0 20 0 8 0 7 1 1 1 4096 4097 {} 0 0 0", stack), 4096, stat));
    return stat.image;
  };
  EXPECT_NE(image("140725751734864"), image("140725751734880"));
  EXPECT_EQ(image("0"), 0u);
}

TEST(ProcText, arguments_end_with_nul_and_titles_lose_their_padding) {
  using std::string_literals::operator""s;
  EXPECT_THAT(parse_arguments("python3\0-m\0vllm\0"s), ElementsAre("python3", "-m", "vllm"));
  EXPECT_THAT(parse_arguments("VLLM::EngineCore\0\0\0\0\0"s), ElementsAre("VLLM::EngineCore"));
  EXPECT_THAT(parse_arguments("sshd: root@pts/0       \0"s), ElementsAre("sshd: root@pts/0"));
  EXPECT_THAT(parse_arguments("x\0\0y\0"s), ElementsAre("x", "", "y"));
  EXPECT_THAT(parse_arguments("no end"), ElementsAre("no end"));
  EXPECT_THAT(parse_arguments(""), IsEmpty());
  EXPECT_THAT(parse_arguments("\0\0\0"s), IsEmpty());
  EXPECT_EQ(parse_arguments(std::string(128 * 1024, 'a')).front().size(), 128u * 1024);
}

TEST(ProcText, of_the_environment_only_wanted_names_are_kept_and_the_first_counts) {
  using std::string_literals::operator""s;
  const auto wanted = [](std::string_view name) { return name.starts_with("M"); };
  EXPECT_THAT(parse_environment("MODEL=a=b\0HOME=/root\0MODEL=c\0M=\0broken\0=x\0"s, wanted), ElementsAre(Pair("M", ""), Pair("MODEL", "a=b")));
  EXPECT_THAT(parse_environment("", wanted), IsEmpty());
  EXPECT_THAT(parse_environment("MODEL=cut off", wanted), ElementsAre(Pair("MODEL", "cut off")));
}

TEST(ProcText, maps_give_libraries_by_name_and_model_files_by_path_each_once) {
  const MappedFiles mapped = parse_maps(
      "5581-5582 r--p 00000000 08:01 1 /usr/bin/python3.11\n"
      "7f10-7f11 r-xp 00000000 08:01 2 /opt/torch/lib/libtorch_cuda.so\n"
      "7f11-7f12 rw-p 00001000 08:01 2 /opt/torch/lib/libtorch_cuda.so\n"
      "7f12-7f13 r-xp 00000000 08:01 3 /usr/lib/libc.so.6 (deleted)\n"
      "7f13-7f14 r--s 00000000 08:01 4 /models/My Model-Q4_K_M.gguf\n"
      "7f14-7f15 rw-p 00000000 00:00 0 [heap]\n"
      "7f15-7f16 rw-p 00000000 00:00 0\n"
      "7f16-7f17 r-xp 00000000 08:01 5 /opt/vllm/_C.abi3.so\n"
      "7f17-7f18 r--s 00000000 08:01 6 /root/.ollama/models/blobs/sha256-0123");
  EXPECT_THAT(mapped.libraries, ElementsAre("libtorch_cuda.so", "libc.so.6", "_C.abi3.so"));
  EXPECT_THAT(mapped.model_files, ElementsAre("/models/My Model-Q4_K_M.gguf", "/root/.ollama/models/blobs/sha256-0123"));
  EXPECT_THAT(parse_maps("\n\n/\n7f/").libraries, IsEmpty());
}

TEST(ProcText, weights_are_told_from_other_files) {
  EXPECT_TRUE(is_model_file("/m/x.gguf"));
  EXPECT_TRUE(is_model_file("/m/model-00001-of-00002.safetensors"));
  EXPECT_TRUE(is_model_file("/m/pytorch_model-00001-of-00002.bin"));
  EXPECT_TRUE(is_model_file("/m/ggml-base.en.bin"));
  EXPECT_FALSE(is_model_file("/usr/share/icu.bin"));
  EXPECT_FALSE(is_model_file("/tmp/x.gguf.part"));
  EXPECT_FALSE(is_model_file(""));
}

TEST(ProcText, listening_sockets_end_where_others_begin) {
  std::vector<ListeningSocket> sockets;
  const bool all = parse_listening(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0 100 0 0 10 0\n"
      "   1: 00000000000000000000000000000000:2710 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 5678 1 0\n"
      "   2: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 9 1 0\n"
      "   3: 0100007F:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10 1 0\n",
      sockets);
  EXPECT_FALSE(all);
  ASSERT_EQ(sockets.size(), 2u);
  EXPECT_EQ(sockets[0].address, "127.0.0.1");
  EXPECT_EQ(sockets[0].port, 8080);
  EXPECT_EQ(sockets[0].inode, 1234u);
  EXPECT_EQ(sockets[1].address, "::");
  EXPECT_EQ(sockets[1].port, 10000);
}

TEST(ProcText, garbage_in_a_socket_table_gives_no_sockets) {
  const auto f = [](std::string_view text) {
    std::vector<ListeningSocket> sockets;
    parse_listening(text, sockets);
    return sockets.size();
  };
  EXPECT_EQ(f(""), 0u);
  EXPECT_EQ(f("\n\n\n"), 0u);
  EXPECT_EQ(f("0: 0100007F:1F90 00000000:0000 0A"), 0u);
  EXPECT_EQ(f("0: XX00007F:1F90 0:0 0A a b c d e 77"), 0u);
  EXPECT_EQ(f("0: 0100007F:FFFFF 0:0 0A a b c d e 77"), 0u);
  EXPECT_EQ(f("0: 0100007F 0:0 0A a b c d e 77"), 0u);
}

TEST(ProcText, small_files_are_read_field_by_field) {
  EXPECT_EQ(parse_kilobytes("Rss:  9 kB\nPss:     1764 kB\nPss_Dirty: 3 kB\n", "Pss"), 1764u * 1024);
  EXPECT_EQ(parse_kilobytes("Pss_Dirty: 3 kB\n", "Pss"), std::nullopt);
  EXPECT_EQ(parse_io("read_bytes: 12\nwrite_bytes: 34\n")->written_bytes, 34u);
  EXPECT_FALSE(parse_io("read_bytes: 12\n"));
  EXPECT_EQ(parse_socket_link("socket:[123]"), 123u);
  EXPECT_EQ(parse_socket_link("pipe:[123]"), std::nullopt);
  EXPECT_EQ(parse_socket_link("socket:[]"), std::nullopt);
  const auto owner = parse_owner("Name:\tx\nUid:\t1000\t0\t0\t0\nNSpid:\t4711\t7\n", 4711);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->uid, 1000u);
  EXPECT_THAT(owner->namespace_pids, ElementsAre(4711, 7));
  EXPECT_THAT(parse_owner("Uid:\t0\n", 5)->namespace_pids, ElementsAre(5));
  EXPECT_FALSE(parse_owner("Name:\tx\n", 5));
}

}  // namespace
}  // namespace monitorai::collect
