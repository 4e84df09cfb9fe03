#include "collect/logs/detected_logs.h"

#include <sys/stat.h>

#include "collect/logs/process_files.h"
#include "collect/logs/testing/follow_fixture.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;

/// A follower beside a small /proc, where process 4711 is a vLLM server.
struct Detected : FollowFixture {
  signals::ProcessSnapshot snapshot;

  Detected() {
    settings.jobs.clear();
    signals::Process process;
    process.id = {4711, 1};
    process.name = "vllm";
    snapshot.processes.push_back(process);
    signals::Service service;
    service.key = "vllm/qwen@4711";
    service.root = {4711, 1};
    service.framework = "vllm";
    service.model = "qwen";
    service.members = {{4711, 1}};
    snapshot.services.push_back(service);
  }
  void hold(int fd, const std::string& target, std::string_view flags = "0102001", int64_t pid = 4711) {
    const fs::path process = settings.proc / fmt::format("{}", pid);
    fs::create_directories(process / "fd");
    fs::create_directories(process / "fdinfo");
    fs::create_symlink(target, process / "fd" / fmt::format("{}", fd));
    std::ofstream(process / "fdinfo" / fmt::format("{}", fd)) << "pos:\t0\nflags:\t" << flags << "\nmnt_id:\t30\n";
  }
  signals::Labels only_labels() const {
    const auto streams = store.streams();
    EXPECT_EQ(streams.size(), 1u);
    return streams.empty() ? signals::Labels{} : streams.begin()->first;
  }
};

TEST(DetectedLogs, a_file_that_a_model_holds_open_is_followed_with_its_model) {
  Detected f;
  f.append("vllm.log", "INFO 11-23 10:30:26 [api_server.py:1] ready\n");
  f.hold(5, f.path("vllm.log"));
  f.start();
  f.loop->observe(f.snapshot);
  f.settle();
  EXPECT_EQ(f.only_labels(), (signals::Labels{{"filename", f.path("vllm.log")}, {"framework", "vllm"}, {"job", "vllm"}, {"level", "info"}, {"model_name", "qwen"}}));
  EXPECT_EQ(f.store.streams().begin()->second[0].metadata, (signals::Labels{{"pid", "4711"}, {"service", "vllm/qwen@4711"}}));
}

TEST(DetectedLogs, a_file_that_a_job_names_gets_the_model_too) {
  Detected f;
  f.settings.jobs = default_follow_jobs(f.folder.path());
  f.append("llm-model.log", "x\n");
  f.hold(1, f.path("llm-model.log"));
  f.start();
  f.loop->observe(f.snapshot);
  f.settle();
  EXPECT_EQ(f.only_labels(), (signals::Labels{{"filename", f.path("llm-model.log")}, {"framework", "vllm"}, {"job", "llm-model"}, {"model_name", "qwen"}}));
}

TEST(DetectedLogs, files_of_two_models_have_what_both_have) {
  Detected f;
  signals::Service other = f.snapshot.services[0];
  other.key = "vllm/llama@4712";
  other.model = "llama";
  other.members = {{4712, 1}};
  f.snapshot.services.push_back(other);
  f.append("shared.log", "x\n");
  f.hold(3, f.path("shared.log"));
  f.hold(3, f.path("shared.log"), "0102001", 4712);
  f.start();
  f.loop->observe(f.snapshot);
  f.settle();
  EXPECT_EQ(f.only_labels(), (signals::Labels{{"filename", f.path("shared.log")}, {"framework", "vllm"}, {"job", "shared"}}));
}

TEST(DetectedLogs, only_logs_open_for_writing_are_taken) {
  Detected f;
  f.append("read.log", "x\n");
  f.append("model.safetensors", "x\n");
  f.append("cache.sqlite", "x\n");
  f.append("output", "to stdout\n");
  f.append("binary.log", std::string_view("\0\0", 2));
  f.hold(3, f.path("read.log"), "0100000");
  f.hold(4, f.path("model.safetensors"));
  f.hold(5, f.path("cache.sqlite"));
  f.hold(6, f.path("binary.log"));
  f.hold(7, "socket:[1234]");
  f.hold(1, f.path("output"));
  f.hold(2, f.path("output"));
  f.start();
  f.loop->observe(f.snapshot);
  f.settle();
  EXPECT_EQ(f.texts(), Texts{"to stdout"});
}

TEST(DetectedLogs, names_that_look_like_logs) {
  const auto yes = [](std::string_view path) { EXPECT_TRUE(looks_like_log(path)) << path; };
  const auto no = [](std::string_view path) { EXPECT_FALSE(looks_like_log(path)) << path; };
  yes("/srv/vllm.log");
  yes("/srv/nohup.out");
  yes("/srv/logs/run.txt");
  yes("/srv/server.err");
  yes("/srv/logs/requests.jsonl");
  yes("/srv/app.log.2026-11-23");
  no("/srv/notes.txt");
  no("/srv/model.safetensors");
  no("/srv/state.db-wal");
  no("/srv/app.log.gz");
  no("/dev/shm/x.log");
}

TEST(DetectedLogs, lines_written_after_the_process_is_gone_and_we_were_down_arrive) {
  Detected f;
  f.append("vllm.log", "1\n");
  f.hold(5, f.path("vllm.log"));
  f.start();
  f.loop->observe(f.snapshot);
  f.settle();
  f.loop.reset();
  f.append("vllm.log", "last words\n");
  fs::remove_all(f.settings.proc / "4711");
  f.start();
  f.loop->observe({});
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "last words"}));
  EXPECT_EQ(f.only_labels().value("model_name"), "qwen");
}

TEST(DetectedLogs, output_of_a_docker_container_is_unwrapped) {
  Detected f;
  const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  f.snapshot.processes[0].container = id.substr(0, 12);
  const fs::path folder = f.settings.root / "var/lib/docker/containers" / id;
  fs::create_directories(folder);
  std::ofstream(folder / (id + "-json.log"))
      << R"({"log":"ERROR half ","stream":"stderr","time":"2026-11-23T10:00:00.000000001Z"})" "\n"
      << R"({"log":"and \"half\"\n","stream":"stderr","time":"2026-11-23T10:00:00.5Z"})" "\n";
  f.start();
  f.loop->observe(f.snapshot);
  f.settle();
  EXPECT_EQ(f.texts(), Texts{"ERROR half and \"half\""});
  const signals::Labels labels = f.only_labels();
  EXPECT_EQ(labels.value("job"), "vllm");
  EXPECT_EQ(labels.value("stream"), "stderr");
  EXPECT_EQ(labels.value("level"), "error");
  EXPECT_EQ(f.store.streams().begin()->second[0].time, 1'795'428'000'500'000'000);
}

TEST(DetectedLogs, output_of_a_pod_is_unwrapped_through_its_links) {
  Detected f;
  const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  f.snapshot.processes[0].container = id.substr(0, 12);
  const fs::path pods = f.settings.root / "var/log/pods/ns_vllm_uid/main", links = f.settings.root / "var/log/containers";
  fs::create_directories(pods);
  fs::create_directories(links);
  std::ofstream(pods / "0.log") << "2026-11-23T10:00:00.000000001Z stdout P one \n2026-11-23T10:00:00.2Z stdout F line\n";
  fs::create_symlink(pods / "0.log", links / ("vllm_ns_main-" + id + ".log"));
  f.start();
  f.loop->observe(f.snapshot);
  f.settle();
  EXPECT_EQ(f.texts(), Texts{"one line"});
}

TEST(DetectedLogs, a_systemd_unit_is_read_from_the_journal_and_goes_on_behind_its_cursor) {
  Detected f;
  f.snapshot.processes[0].systemd_unit = "ollama.service";
  f.hold(1, "socket:[77]");
  f.settings.journalctl = (f.folder.path() / "journalctl").native();
  const std::string seen = (f.folder.path() / "arguments").native();
  std::ofstream(f.settings.journalctl)
      << "#!/bin/sh\necho \"$@\" >> " << seen << "\n"
      << R"(echo '{"__CURSOR":"c1","__REALTIME_TIMESTAMP":"1795428000000001","PRIORITY":"6","MESSAGE":"time=x level=WARN msg=hot","_PID":"99"}')" "\n"
      << R"(echo 'no json')" "\n"
      << R"(echo '{"__CURSOR":"c2","__REALTIME_TIMESTAMP":"1795428000000002","PRIORITY":"3","MESSAGE":[104,105,255],"_PID":"99"}')" "\n"
      << "exec sleep 60\n";
  ::chmod(f.settings.journalctl.c_str(), 0755);
  f.start();
  f.loop->observe(f.snapshot);
  for (int i = 0; i < 2000 && f.texts().size() < 2; ++i) {
    f.turn();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(f.texts(), (Texts{"time=x level=WARN msg=hot", "hi\xef\xbf\xbd"}));
  const auto streams = f.store.streams();
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams.begin()->first, (signals::Labels{{"framework", "vllm"}, {"job", "ollama"}, {"level", "error"}, {"model_name", "qwen"}, {"unit", "ollama.service"}}));
  EXPECT_EQ(streams.begin()->second[0].metadata, (signals::Labels{{"pid", "99"}, {"service", "vllm/qwen@4711"}}));
}

TEST(JournalLine, is_read_or_left) {
  EXPECT_EQ(read_journal_line(R"({"__CURSOR":"c","__REALTIME_TIMESTAMP":"5","MESSAGE":"m","PRIORITY":"4"})")->level, "warn");
  EXPECT_EQ(read_journal_line(R"({"__CURSOR":"c","__REALTIME_TIMESTAMP":"5","MESSAGE":null})")->message, "");
  for (const std::string_view bad : {"", "{}", "[]", R"({"__CURSOR":"c"})", R"({"__CURSOR":"c","__REALTIME_TIMESTAMP":"-5"})", "{\"__CURSOR\":"})
    EXPECT_FALSE(read_journal_line(bad)) << bad;
}

}  // namespace
}  // namespace monitorai::collect
