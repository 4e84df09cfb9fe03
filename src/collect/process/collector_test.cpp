#include "collect/process/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "collect/process/testing/proc_tree.h"

namespace monitorai::collect {
namespace {

using signals::GpuSnapshot;
using signals::GpuSource;
using signals::Process;
using signals::ProcessSnapshot;
using signals::Service;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::FakeProcess;
using tests::ProcTree;

constexpr const char* kPython = "/usr/bin/python3.11";
constexpr uint64_t kGib = 1ull << 30;
const std::string kContainerId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A story: a tree of processes, a clock, and the collector that watches them.
struct Story {
  ProcTree tree;
  FakeClock clock{TimeMs{1'700'000'000'000}};
  Detector detector;
  std::unique_ptr<ProcessCollector> collector;
  GpuSnapshot gpu;
  std::shared_ptr<const ProcessSnapshot> last;

  Story() { tree.put({.pid = 1, .parent = 0, .argv = {"/sbin/init"}, .start = 1}); }

  const ProcessSnapshot& scan(bool with_gpu = true) {
    if (!collector) collector = std::make_unique<ProcessCollector>(Procfs(tree.root()), detector, clock, ProcessSettings{});
    last = collector->scan(with_gpu ? &gpu : nullptr);
    return *last;
  }
  /// A process that has long been known as nothing of interest has its turn within these scans.
  const ProcessSnapshot& scan_all() {
    for (uint64_t i = 1; i < kQuietScans; ++i) scan_after(std::chrono::seconds{10});
    return scan_after(std::chrono::seconds{10});
  }
  const ProcessSnapshot& scan_after(std::chrono::milliseconds time) {
    clock.advance(time);
    return scan();
  }
  std::vector<int64_t> pids() const {
    std::vector<int64_t> out;
    for (const Process& process : last->processes) out.push_back(process.id.pid);
    return out;
  }
  const Process& process(int64_t pid) const {
    const auto found = std::find_if(last->processes.begin(), last->processes.end(), [&](const Process& p) { return p.id.pid == pid; });
    if (found != last->processes.end()) return *found;
    ADD_FAILURE() << "no process " << pid;
    static const Process kNone;
    return kNone;
  }
  const Service& service(size_t i) const {
    static const Service kNone;
    if (i < last->services.size()) return last->services[i];
    ADD_FAILURE() << "no service " << i;
    return kNone;
  }
  std::vector<int64_t> members(size_t i) const {
    std::vector<int64_t> out;
    for (const auto& id : service(i).members) out.push_back(id.pid);
    return out;
  }
  void on_gpu(int64_t pid, const std::string& name, uint64_t bytes, GpuSource source = GpuSource::nvml) {
    gpu.processes.push_back({.pid = pid, .gpu = name, .source = source, .memory_bytes = bytes, .utilization_percent = 50.0});
  }
};

FakeProcess vllm_root(int64_t pid, int64_t parent = 1) {
  return {.pid = pid,
          .parent = parent,
          .argv = {"/venv/bin/python3", "/venv/bin/vllm", "serve", "Qwen/Qwen2.5-7B-Instruct", "--tensor-parallel-size", "2"},
          .comm = "vllm",
          .exe = kPython,
          .open = {"socket:[17]"}};
}
FakeProcess titled(int64_t pid, int64_t parent, const std::string& title) {
  return {.pid = pid, .parent = parent, .argv = {title}, .exe = kPython, .start = 2000};
}

void vllm_two_gpus(Story& story) {
  story.tree.put(vllm_root(100));
  story.tree.listen(100, {{17, 8000}});
  story.tree.put(titled(101, 100, "VLLM::EngineCore"));
  story.tree.put(titled(102, 101, "VLLM::Worker_TP0"));
  story.tree.put(titled(103, 101, "VLLM::Worker_TP1"));
  story.on_gpu(102, "gpu0", 20 * kGib);
  story.on_gpu(103, "gpu1", 21 * kGib);
}

TEST(Collector, a_vllm_on_two_gpus_is_one_service) {
  Story story;
  vllm_two_gpus(story);
  story.scan();
  EXPECT_THAT(story.pids(), ElementsAre(100, 101, 102, 103));
  ASSERT_THAT(story.last->services, SizeIs(1));
  const Service& service = story.service(0);
  EXPECT_EQ(service.key, "vllm/Qwen/Qwen2.5-7B-Instruct@100");
  EXPECT_THAT(story.members(0), ElementsAre(100, 101, 102, 103));
  EXPECT_EQ(service.gpu_memory_bytes, 41 * kGib);
  EXPECT_EQ(service.memory_bytes, 4u * 3000 * 1024);
  ASSERT_THAT(service.ports, SizeIs(1));
  EXPECT_EQ(service.ports[0].port, 8000);
  const Process& worker = story.process(103);
  EXPECT_EQ(worker.verdict.model, "Qwen/Qwen2.5-7B-Instruct");
  EXPECT_EQ(worker.verdict.framework, "vllm");
  EXPECT_EQ(worker.verdict.role, "worker");
  EXPECT_EQ(worker.name, "VLLM::Worker_TP1");
  EXPECT_EQ(story.process(100).name, "vllm");
  EXPECT_TRUE(story.process(100).is_root);
  EXPECT_FALSE(worker.is_root);
  EXPECT_FALSE(worker.is_orphan);
}

TEST(Collector, a_port_that_children_inherit_is_one_port_of_the_service) {
  Story story;
  vllm_two_gpus(story);
  FakeProcess heir = titled(104, 101, "VLLM::Worker_TP2");
  heir.open = {"socket:[17]"};
  story.tree.put(heir);
  story.tree.listen(104, {{17, 8000}});
  story.scan();
  EXPECT_THAT(story.process(104).ports, SizeIs(1));
  EXPECT_THAT(story.service(0).ports, SizeIs(1));
}

TEST(Collector, wrappers_between_and_above_are_no_members) {
  Story story;
  story.tree.put({.pid = 90, .argv = {"/bin/bash", "-c", "vllm serve Qwen/Qwen2.5-7B-Instruct --tensor-parallel-size 2"}});
  story.tree.put(vllm_root(100, 90));
  story.tree.put({.pid = 101, .parent = 100, .argv = {"/bin/sh", "-c", "exec worker"}});
  story.tree.put(titled(102, 101, "VLLM::EngineCore"));
  story.scan();
  EXPECT_THAT(story.members(0), ElementsAre(100, 102));
  EXPECT_EQ(story.service(0).root.pid, 100);
}

TEST(Collector, ollama_has_a_service_for_each_runner) {
  Story story;
  story.tree.put({.pid = 50, .argv = {"/usr/local/bin/ollama", "serve"}, .cgroup = "0::/system.slice/ollama.service\n"});
  for (const int64_t pid : {60, 61})
    story.tree.put({.pid = pid,
                    .parent = 50,
                    .argv = {"/usr/local/lib/ollama/llama-server", "--model", "/root/.ollama/models/blobs/sha256-" + std::to_string(pid), "--port", "40000", "--host", "127.0.0.1"}});
  story.scan();
  ASSERT_THAT(story.last->services, SizeIs(3));
  EXPECT_THAT(story.members(0), ElementsAre(50));
  EXPECT_THAT(story.members(1), ElementsAre(60));
  EXPECT_THAT(story.members(2), ElementsAre(61));
  EXPECT_EQ(story.process(61).verdict.framework, "ollama");
  EXPECT_EQ(story.process(50).systemd_unit, "ollama.service");
}

TEST(Collector, names_the_model_of_an_ollama_runner_by_the_manifests_in_its_root) {
  Story story;
  story.tree.put({.pid = 60, .argv = {"/usr/local/bin/ollama", "runner", "--model", "/models/blobs/sha256-00ff", "--port", "40000"}});
  const auto manifest = story.tree.root() / "60/root/models/manifests/registry.ollama.ai/library/gemma3/4b";
  std::filesystem::create_directories(manifest.parent_path());
  ASSERT_TRUE(write_file_atomically(manifest, R"({"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:00ff"}]})"));
  story.scan();
  EXPECT_EQ(story.process(60).verdict.model, "gemma3:4b");
}

TEST(Collector, tgi_is_one_service_though_its_children_have_their_own_process_groups) {
  Story story;
  story.tree.put({.pid = 10, .argv = {"text-generation-launcher", "--model-id", "mistralai/Mistral-7B-v0.1", "--port", "80"}, .exe = "/usr/local/bin/text-generation-launcher"});
  story.tree.put({.pid = 11, .parent = 10, .argv = {kPython, "/opt/conda/bin/text-generation-server", "serve", "mistralai/Mistral-7B-v0.1", "--uds-path", "/tmp/s"}, .exe = kPython});
  story.tree.put({.pid = 12, .parent = 10, .argv = {"text-generation-router", "--port", "80", "--tokenizer-name", "mistralai/Mistral-7B-v0.1"}, .exe = "/usr/local/bin/text-generation-router", .open = {"socket:[5]"}});
  story.tree.listen(12, {{5, 80}});
  story.tree.listen(10, {{5, 80}});
  story.tree.listen(11, {{5, 80}});
  story.scan();
  EXPECT_THAT(story.members(0), ElementsAre(10, 11, 12));
  ASSERT_THAT(story.service(0).ports, SizeIs(1));
  EXPECT_EQ(story.service(0).ports[0].port, 80);
}

TEST(Collector, an_engine_whose_server_died_is_an_orphan_while_it_holds_gpu_memory) {
  Story story;
  vllm_two_gpus(story);
  story.scan();
  story.tree.remove(100);
  FakeProcess engine = titled(101, 1, "VLLM::EngineCore");
  story.tree.put(engine);
  story.scan_after(std::chrono::seconds{10});
  EXPECT_THAT(story.pids(), ElementsAre(101, 102, 103));
  ASSERT_THAT(story.last->services, SizeIs(1));
  EXPECT_TRUE(story.service(0).is_orphan);
  EXPECT_EQ(story.service(0).root.pid, 101);
  EXPECT_EQ(story.service(0).model, "Qwen/Qwen2.5-7B-Instruct") << "what was known of it stays known";
  EXPECT_TRUE(story.process(103).is_orphan);
  story.gpu.processes.clear();
  story.scan_after(std::chrono::seconds{10});
  EXPECT_FALSE(story.service(0).is_orphan);
}

TEST(Collector, an_orphan_from_before_the_first_scan_is_known_by_its_title) {
  Story story;
  story.tree.put({.pid = 40, .argv = {"/bin/bash"}});
  story.tree.put(titled(101, 40, "VLLM::EngineCore"));
  story.on_gpu(101, "gpu0", 30 * kGib);
  story.scan();
  EXPECT_TRUE(story.process(101).is_orphan);
  EXPECT_EQ(story.service(0).key, "vllm/unknown@101");
}

TEST(Collector, without_gpu_numbers_nothing_is_called_an_orphan) {
  Story story;
  story.tree.put(titled(101, 1, "VLLM::EngineCore"));
  story.scan(false);
  EXPECT_FALSE(story.process(101).is_orphan);
}

TEST(Collector, rays_workers_are_grouped_by_application) {
  Story story;
  story.tree.put({.pid = 20, .argv = {"/opt/ray/core/src/ray/raylet/raylet", "--raylet_socket_name=/tmp/ray"}});
  story.tree.put(titled(21, 20, "ray::ServeReplica:chat:LLMServer"));
  story.tree.put(titled(22, 20, "ray::ServeReplica:chat:LLMServer"));
  story.tree.put(titled(23, 20, "ray::ServeReplica:code:LLMServer"));
  story.scan();
  ASSERT_THAT(story.last->services, SizeIs(2));
  EXPECT_THAT(story.members(0), ElementsAre(21, 22));
  EXPECT_THAT(story.members(1), ElementsAre(23));
}

TEST(Collector, a_reused_pid_is_another_process) {
  Story story;
  story.tree.put(vllm_root(100));
  story.scan();
  story.tree.put({.pid = 100, .argv = {"/usr/bin/vim"}, .start = 5000});
  story.scan_after(std::chrono::seconds{10});
  EXPECT_THAT(story.pids(), IsEmpty());
  FakeProcess again = vllm_root(100);
  again.start = 6000;
  again.cpu_ticks = 7;
  story.tree.put(again);
  while (story.pids().empty() && story.clock.now() < TimeMs{1'700'000'100'000}) story.scan_after(std::chrono::seconds{10});
  EXPECT_THAT(story.pids(), ElementsAre(100));
  EXPECT_EQ(story.process(100).cpu_percent, std::nullopt) << "its counters have nothing to do with the old ones";
}

TEST(Collector, a_process_that_executes_another_program_is_judged_again) {
  Story story;
  story.tree.put({.pid = 100, .argv = {"/bin/sh", "/start.sh"}, .image = 1'000'000});
  story.scan();
  EXPECT_THAT(story.pids(), IsEmpty());
  FakeProcess root = vllm_root(100);
  root.comm = "sh";
  root.image = 2'000'000;
  story.tree.put(root);
  story.scan_all();
  EXPECT_THAT(story.pids(), ElementsAre(100));
}

TEST(Collector, a_worker_that_retitles_itself_keeps_what_its_command_line_said) {
  Story story;
  FakeProcess server = vllm_root(100);
  story.tree.put(server);
  story.scan();
  server.argv = {"VLLM::APIServer_0"};
  server.comm = "VLLM::APIServer";
  story.tree.put(server);
  story.scan_after(std::chrono::seconds{10});
  EXPECT_EQ(story.process(100).verdict.model, "Qwen/Qwen2.5-7B-Instruct");
  EXPECT_EQ(story.process(100).name, "VLLM::APIServer_0");
}

TEST(Collector, a_known_process_is_not_read_again) {
  Story story;
  story.tree.put({.pid = 7, .argv = {"/usr/bin/vim"}});
  story.tree.put(vllm_root(100));
  story.scan();
  const uint64_t judged = story.collector->status().counters.judged;
  for (int i = 0; i < 5; ++i) story.scan_after(std::chrono::seconds{10});
  EXPECT_EQ(story.collector->status().counters.judged, judged);
}

TEST(Collector, a_doubtful_process_is_found_once_its_libraries_are_mapped) {
  Story story;
  FakeProcess app{.pid = 30, .argv = {"python", "app.py"}, .exe = kPython, .rss_pages = 2000};
  story.tree.put(app);
  story.scan();
  EXPECT_THAT(story.pids(), IsEmpty());
  app.rss_pages = 1'000'000;
  app.mapped = {"/v/torch/lib/libtorch_cuda.so", "/v/tokenizers/tokenizers.abi3.so", "/v/vllm/_C.abi3.so", "/v/vllm/_moe_C.abi3.so", "/m/model-00001-of-00002.safetensors"};
  story.tree.put(app);
  story.on_gpu(30, "gpu0", 10 * kGib);
  story.scan_after(std::chrono::minutes{20});
  EXPECT_THAT(story.pids(), ElementsAre(30));
}

TEST(Collector, gpu_files_written_inside_a_container_are_mapped_by_namespace) {
  Story story;
  FakeProcess root = vllm_root(5000);
  root.namespace_pids = {5000, 7};
  root.cgroup = "0::/system.slice/docker-" + kContainerId + ".scope\n";
  story.tree.put(root);
  story.scan();
  EXPECT_EQ(story.process(5000).container, "0123456789ab");
  story.on_gpu(7, "gpu0", 3 * kGib, GpuSource::file);
  story.scan_after(std::chrono::seconds{10});
  ASSERT_THAT(story.process(5000).gpus, SizeIs(1));
  EXPECT_EQ(story.process(5000).gpus[0].memory_bytes, 3 * kGib);
}

TEST(Collector, the_same_pid_in_two_containers_is_left_alone) {
  Story story;
  for (const int64_t pid : {5000, 6000}) {
    FakeProcess root = vllm_root(pid);
    root.namespace_pids = {pid, 7};
    story.tree.put(root);
  }
  story.scan();
  story.on_gpu(7, "gpu0", 3 * kGib, GpuSource::file);
  story.scan_after(std::chrono::seconds{10});
  EXPECT_THAT(story.process(5000).gpus, IsEmpty());
  EXPECT_THAT(story.process(6000).gpus, IsEmpty());
}

TEST(Collector, cpu_percent_is_taken_between_scans) {
  Story story;
  FakeProcess root = vllm_root(100);
  story.tree.put(root);
  story.scan();
  EXPECT_EQ(story.process(100).cpu_percent, std::nullopt);
  const auto ticks = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  root.cpu_ticks += 25 * ticks;
  story.tree.put(root);
  story.scan_after(std::chrono::seconds{10});
  EXPECT_DOUBLE_EQ(story.process(100).cpu_percent.value_or(-1), 250.0);
  EXPECT_DOUBLE_EQ(story.service(0).cpu_percent.value_or(-1), 250.0);
}

TEST(Collector, what_vanishes_between_two_reads_costs_a_count_and_nothing_else) {
  for (const char* file : {"stat", "cmdline", "exe", "environ", "status", "maps", "fd", "cgroup", "io", "smaps_rollup", "ns", "net", "cwd"}) {
    Story story;
    story.tree.put(vllm_root(100));
    story.tree.put({.pid = 101, .argv = {"/usr/local/bin/llama-server", "-m", "/m/x.gguf"}});
    story.tree.remove_file(100, file);
    story.scan();
    EXPECT_THAT(story.pids(), testing::Contains(101)) << file;
    story.tree.remove_file(101, file);
    story.scan_after(std::chrono::seconds{10});
    EXPECT_EQ(story.last->scanned, std::string_view(file) == "stat" ? 1u : 3u) << file;
  }
}

TEST(Collector, garbage_everywhere_is_counted_and_survived) {
  Story story;
  story.tree.put(vllm_root(100));
  for (const char* file : {"stat", "cmdline", "environ", "status", "maps", "cgroup", "io", "smaps_rollup"}) story.tree.write(100, file, "\xff\xfe(((\n");
  story.tree.put({.pid = 101, .argv = {std::string(128 * 1024, '"')}, .comm = "quotes", .exe = "/bin/x"});
  story.tree.put({.pid = 102, .argv = {"\xff\xfe", "--model", "\n\"\\"}, .comm = "a) b ("});
  story.scan();
  EXPECT_THAT(story.pids(), IsEmpty());
  EXPECT_GT(story.collector->status().counters.corrupt, 0u);
}

TEST(Collector, zombies_and_kernel_threads_are_no_llms) {
  Story story;
  FakeProcess zombie = vllm_root(100);
  zombie.state = 'Z';
  story.tree.put(zombie);
  story.tree.put({.pid = 101, .parent = 2, .comm = "vllm", .flags = 0x00200000});
  story.scan();
  EXPECT_THAT(story.pids(), IsEmpty());
  EXPECT_EQ(story.last->scanned, 2u);
  zombie.state = 'S';
  story.tree.put(zombie);
  story.scan_after(std::chrono::seconds{10});
  EXPECT_THAT(story.pids(), ElementsAre(100));
}

TEST(Collector, a_tree_that_cannot_be_listed_keeps_what_was_known) {
  Story story;
  story.tree.put(vllm_root(100));
  story.scan();
  std::filesystem::rename(story.tree.root(), story.tree.root().native() + ".away");
  story.scan_after(std::chrono::seconds{10});
  std::filesystem::rename(story.tree.root().native() + ".away", story.tree.root());
  EXPECT_THAT(story.pids(), ElementsAre(100));
}

TEST(Collector, secrets_do_not_leave) {
  Story story;
  FakeProcess root = vllm_root(100);
  root.argv.insert(root.argv.end(), {"--api-key", "sk-verysecret123456", "--hf-token=hf_abcdefghijklmnop"});
  root.environment = {"HF_TOKEN=hf_qrstuvwxyz123456", "OPENAI_API_KEY=sk-other12345678"};
  story.tree.put(root);
  story.scan();
  const std::string line = story.process(100).command_line;
  EXPECT_THAT(line, HasSubstr("--api-key"));
  EXPECT_THAT(line, testing::Not(HasSubstr("verysecret")));
  EXPECT_THAT(line, testing::Not(HasSubstr("abcdefghijklmnop")));
  for (const auto& family : process_families(*story.last))
    for (const auto& point : family.points)
      for (const auto& label : point.labels) {
        EXPECT_THAT(label.value, testing::Not(HasSubstr("verysecret"))) << family.name;
        EXPECT_THAT(label.value, testing::Not(HasSubstr("qrstuv"))) << family.name;
      }
}

TEST(Collector, what_the_demo_starts_is_called_simulated) {
  Story story;
  FakeProcess root = vllm_root(100);
  root.environment = {"MONITORAI_SIMULATED=1"};
  story.tree.put(root);
  story.tree.put({.pid = 101, .argv = {"python", "run-model.py", "--model-name", "gpt2"}, .exe = kPython, .environment = {"MONITORAI_SIMULATED=1"}, .mapped = {"/lib/libc.so.6"}});
  story.scan();
  EXPECT_TRUE(story.process(100).is_simulated);
  EXPECT_EQ(story.process(101).verdict.model, "gpt2");
  EXPECT_EQ(story.process(101).verdict.framework, "transformers");
}

TEST(Collector, any_process_can_be_explained) {
  Story story;
  story.tree.put(vllm_root(100));
  story.tree.put({.pid = 7, .parent = 100, .argv = {"/usr/bin/vim", "vllm.txt"}});
  story.tree.put({.pid = 8, .parent = 2, .comm = "kworker/0:1", .flags = 0x00200000});
  story.scan();
  const auto llm = story.collector->explain(100, nullptr);
  ASSERT_TRUE(llm);
  EXPECT_TRUE(llm->process.verdict.is_llm);
  EXPECT_THAT(llm->process.verdict.reasons, testing::Not(IsEmpty()));
  const auto other = story.collector->explain(7, nullptr);
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->process.verdict.is_llm);
  EXPECT_THAT(other->ancestors, ElementsAre("vllm", "init"));
  EXPECT_TRUE(story.collector->explain(8, nullptr)->is_kernel_thread);
  EXPECT_EQ(story.collector->explain(9, nullptr).error().code, Code::not_found);
}

// ---- metrics ----

std::string series(const std::vector<signals::MetricFamily>& families, std::string_view name) {
  std::string out;
  for (const auto& family : families)
    if (family.name == name)
      for (const auto& point : family.points) out += fmt::format("{}{}{} {}\n", family.name, point.suffix, point.labels.text(), point.value);
  return out;
}

TEST(Families, the_five_metrics_have_the_promised_names_and_labels) {
  Story story;
  FakeProcess root = vllm_root(100);
  story.tree.put(root);
  story.on_gpu(100, "gpu1", kGib);
  story.scan();
  story.scan_after(std::chrono::seconds{10});
  const auto families = process_families(*story.last);
  const std::string labels = R"(framework="vllm", llm_type="llm", model_name="Qwen/Qwen2.5-7B-Instruct", name="vllm", pid="100"})";
  const std::string with_gpu = R"(framework="vllm", gpu="gpu1", llm_type="llm", model_name="Qwen/Qwen2.5-7B-Instruct", name="vllm", pid="100"})";
  EXPECT_EQ(series(families, "llm_process_count"), "llm_process_count{framework=\"vllm\", llm_type=\"llm\", model_name=\"Qwen/Qwen2.5-7B-Instruct\"} 1\n");
  EXPECT_EQ(series(families, "llm_process_cpu_percent"), "llm_process_cpu_percent{" + labels + " 0\n");
  EXPECT_EQ(series(families, "llm_process_memory_bytes"), "llm_process_memory_bytes{" + labels + " 4096000\n");
  EXPECT_EQ(series(families, "llm_process_gpu_memory_bytes"), "llm_process_gpu_memory_bytes{" + with_gpu + " 1073741824\n");
  EXPECT_EQ(series(families, "llm_process_gpu_utilization"), "llm_process_gpu_utilization{" + with_gpu + " 50\n");
}

TEST(Families, absent_is_not_zero_and_an_unknown_model_is_called_so) {
  Story story;
  story.tree.put({.pid = 50, .argv = {"/usr/local/bin/ollama", "serve"}});
  story.tree.remove_file(50, "io");
  story.tree.remove_file(50, "smaps_rollup");
  story.scan(false);
  const auto families = process_families(*story.last);
  EXPECT_THAT(series(families, "llm_process_count"), HasSubstr(R"(model_name="unknown")"));
  for (const char* absent : {"llm_process_cpu_percent", "llm_process_gpu_memory_bytes", "llm_process_gpu_utilization", "llm_process_read_bytes", "llm_process_proportional_memory_bytes"})
    EXPECT_EQ(series(families, absent), "") << absent;
}

TEST(Families, series_of_an_ended_process_are_gone_with_the_next_scan) {
  Story story;
  story.tree.put(vllm_root(100));
  story.scan();
  story.tree.remove(100);
  story.scan_after(std::chrono::seconds{10});
  for (const auto& family : process_families(*story.last)) EXPECT_THAT(family.points, IsEmpty()) << family.name;
}

TEST(Families, every_family_has_help_and_a_valid_name_that_ends_with_its_unit) {
  Story story;
  story.scan();
  auto families = process_families(*story.last);
  for (auto& family : scan_families(story.collector->status())) families.push_back(std::move(family));
  for (const auto& family : families) {
    EXPECT_TRUE(signals::valid_metric_name(family.name)) << family.name;
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_TRUE(family.name.ends_with(family.unit)) << family.name;
  }
}

}  // namespace
}  // namespace monitorai::collect
