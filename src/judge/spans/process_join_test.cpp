#include "judge/spans/process_join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace monitorai::judge {
namespace {

using signals::Attribute;
using signals::AttributeValue;
using signals::Process;
using signals::Span;
using signals::SpanKind;
using signals::SpanOrigin;

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kMs = 1'000'000;

AttributeValue text(std::string_view value) { return AttributeValue::of(value); }
AttributeValue number(int64_t value) { return AttributeValue::of(value); }

/// A vLLM server (100) on port 8000 with a worker (101) on gpu0, a script (200), and a server in a container (300) whose port 9000 is
/// published.
signals::ProcessSnapshot scan() {
  const auto process = [](int64_t pid, std::string name, std::string service, bool is_root) {
    Process out;
    out.id.pid = pid;
    out.name = std::move(name);
    out.service = std::move(service);
    out.is_root = is_root;
    out.started = {kNow - 60'000};
    return out;
  };
  signals::ProcessSnapshot out;
  out.processes = {process(100, "vllm", "vllm@100", true), process(101, "worker", "vllm@100", false), process(200, "run.py", "", true),
                   process(300, "llama-server", "llama@300", true)};
  out.processes[0].ports = {{"127.0.0.1", 8000, false}};
  out.processes[1].gpus = {{.gpu = "gpu0"}};
  out.processes[3].ports = {{"0.0.0.0", 9000, true}};
  out.processes[3].container = "0123456789ab";
  return out;
}

struct Row {
  uint64_t id = 1;
  uint64_t parent = 0;
  SpanKind kind = SpanKind::internal;
  std::vector<Attribute> resource;
  std::vector<Attribute> attributes;
  int64_t start_ms = kNow;
};

/// "100 made by resource" for each span that was joined.
std::vector<std::string> join(const std::vector<Row>& rows, const PastProcess& past = [](ProcessKey, std::string_view, TimeNs) { return std::nullopt; }) {
  std::vector<SpanOrigin> origins;
  for (const Row& row : rows) origins.push_back({.resource = row.resource});
  std::vector<Span> spans;
  for (size_t i = 0; i < rows.size(); ++i)
    spans.push_back({.trace = {1, 1},
                     .id = {rows[i].id},
                     .parent = {rows[i].parent},
                     .origin = &origins[i],
                     .name = "x",
                     .start = {rows[i].start_ms * kMs},
                     .kind = rows[i].kind,
                     .attributes = rows[i].attributes});
  const std::vector<std::string> names{"box.example.com", "10.0.0.5"};
  std::vector<std::string> out;
  for (const ProcessOfTrace& one : join_processes(spans, scan(), names, past))
    for (const JoinedSpan& span : one.spans)
      out.push_back(fmt::format("{} {} {} by {}{}", span.span.value, one.process.pid, join_role_name(span.role), joined_by_name(span.by),
                                one.process.is_running ? "" : ", ended"));
  return out;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ProcessJoin, a_resource_names_its_process) {
  const auto f = [](std::vector<Attribute> resource, int64_t start_ms = kNow) {
    return join({{.resource = std::move(resource), .start_ms = start_ms}});
  };
  EXPECT_THAT(f({{"process.pid", number(200)}}), ElementsAre("1 200 made by resource"));
  EXPECT_THAT(f({{"process.pid", text("200")}}), ElementsAre("1 200 made by resource")) << "sent as text";
  EXPECT_THAT(f({{"process.pid", number(200)}, {"host.name", text("BOX")}}), ElementsAre("1 200 made by resource"));
  EXPECT_THAT(f({{"process.pid", number(200)}, {"host.name", text("other.example.com")}}), IsEmpty());
  EXPECT_THAT(f({{"process.pid", number(999)}}), IsEmpty());
  EXPECT_THAT(f({{"process.pid", text("many")}}), IsEmpty());
  EXPECT_THAT(f({{"process.pid", number(200)}}, kNow - 3'600'000), IsEmpty()) << "the pid was another process then";
}

TEST(ProcessJoin, a_container_is_known_by_its_id_and_its_pids_are_its_own) {
  const auto f = [](std::vector<Attribute> resource) { return join({{.resource = std::move(resource)}}); };
  EXPECT_THAT(f({{"container.id", text("0123456789abcdef0123456789abcdef")}, {"process.pid", number(1)}}),
              ElementsAre("1 300 made by container"));
  EXPECT_THAT(f({{"host.name", text("0123456789AB")}, {"process.pid", number(7)}}), ElementsAre("1 300 made by container"));
  EXPECT_THAT(f({{"container.id", text("ffffffffffff")}, {"process.pid", number(200)}}), IsEmpty());
  EXPECT_THAT(f({{"container.id", text("01")}, {"process.pid", number(200)}}), IsEmpty());
}

TEST(ProcessJoin, a_call_leads_to_who_listens_on_its_port) {
  const auto f = [](std::vector<Attribute> attributes, SpanKind kind = SpanKind::client, std::vector<Attribute> resource = {}) {
    return join({{.kind = kind, .resource = std::move(resource), .attributes = std::move(attributes)}});
  };
  EXPECT_THAT(f({{"server.address", text("localhost")}, {"server.port", number(8000)}}), ElementsAre("1 100 served by port"));
  EXPECT_THAT(f({{"net.peer.ip", text("127.0.0.1")}, {"net.peer.port", text("8000")}}), ElementsAre("1 100 served by port"));
  EXPECT_THAT(f({{"server.address", text("10.0.0.5")}, {"server.port", number(8000)}}), ElementsAre("1 100 served by port"));
  EXPECT_THAT(f({{"url.full", text("http://u:p@[::1]:8000/v1/chat?x=1")}}), ElementsAre("1 100 served by port"));
  EXPECT_THAT(f({{"http.url", text("http://box.example.com:9000")}}), ElementsAre("1 300 served by port")) << "a published port";
  EXPECT_THAT(f({{"server.address", text("api.openai.com")}, {"server.port", number(8000)}}), IsEmpty());
  EXPECT_THAT(f({{"server.address", text("localhost")}, {"server.port", number(8001)}}), IsEmpty());
  EXPECT_THAT(f({{"server.address", text("localhost")}, {"server.port", number(8000)}}, SpanKind::client, {{"host.name", text("other")}}),
              IsEmpty())
      << "localhost of another machine";
  EXPECT_THAT(f({{"url.full", text("http://localhost/")}}), IsEmpty());
  EXPECT_THAT(f({{"url.full", text("8000")}}), IsEmpty());
  EXPECT_THAT(f({{"server.address", text("localhost")}, {"server.port", number(8000)}}, SpanKind::server),
              ElementsAre("1 100 made by port"))
      << "its own port";
  EXPECT_THAT(f({{"net.peer.port", number(8000)}}, SpanKind::server), IsEmpty()) << "the port of its client";
}

TEST(ProcessJoin, what_the_called_service_did_was_its_process) {
  const std::vector<Attribute> rag{{"service.name", text("rag")}}, vllm{{"service.name", text("vllm")}};
  const std::vector<Attribute> call{{"server.address", text("127.0.0.1")}, {"server.port", number(8000)}};
  EXPECT_THAT(join({{.id = 1, .resource = rag},
                    {.id = 2, .parent = 1, .kind = SpanKind::client, .resource = rag, .attributes = call},
                    {.id = 3, .parent = 2, .resource = vllm},
                    {.id = 4, .parent = 3, .resource = vllm}}),
              ElementsAre("2 100 served by port", "3 100 made by caller", "4 100 made by caller"));
  EXPECT_THAT(join({{.id = 3, .parent = 4, .resource = vllm}, {.id = 4, .parent = 3, .resource = vllm}}), IsEmpty()) << "a cycle";
}

TEST(ProcessJoin, a_process_that_ended_is_asked_for_once) {
  int asked = 0;
  const PastProcess past = [&](ProcessKey key, std::string_view value, TimeNs at) -> std::optional<KnownProcess> {
    ++asked;
    EXPECT_EQ(at.ns, kNow * kMs);
    EXPECT_EQ(key, ProcessKey::pid);
    return value == "50" ? std::optional(KnownProcess{.pid = 50}) : std::nullopt;
  };
  const std::vector<Attribute> gone{{"process.pid", number(50)}}, never{{"process.pid", number(51)}};
  EXPECT_THAT(
      join({{.id = 1, .resource = gone}, {.id = 2, .resource = gone}, {.id = 3, .resource = never}, {.id = 4, .resource = never}}, past),
      ElementsAre("1 50 made by resource, ended", "2 50 made by resource, ended"));
  EXPECT_EQ(asked, 2);
}

TEST(ProcessJoin, a_server_that_ended_is_found_by_its_port_and_its_container) {
  const PastProcess past = [](ProcessKey key, std::string_view value, TimeNs) -> std::optional<KnownProcess> {
    if (key == ProcessKey::port && value == "8001") return KnownProcess{.pid = 50};
    if (key == ProcessKey::container && value == "fedcba987654") return KnownProcess{.pid = 51};
    return std::nullopt;
  };
  const auto f = [&](std::vector<Attribute> attributes, SpanKind kind = SpanKind::client, std::vector<Attribute> resource = {}) {
    return join({{.kind = kind, .resource = std::move(resource), .attributes = std::move(attributes)}}, past);
  };
  const std::vector<Attribute> call{{"server.address", text("127.0.0.1")}, {"server.port", number(8001)}};
  EXPECT_THAT(f(call), ElementsAre("1 50 served by port, ended"));
  EXPECT_THAT(f({{"net.peer.name", text("localhost")}, {"net.peer.port", number(8001)}}), ElementsAre("1 50 served by port, ended"));
  EXPECT_THAT(f({{"url.full", text("http://box.example.com:8001/v1")}}), ElementsAre("1 50 served by port, ended"));
  EXPECT_THAT(f(call, SpanKind::server), ElementsAre("1 50 made by port, ended"));
  EXPECT_THAT(f({{"server.address", text("api.openai.com")}, {"server.port", number(8001)}}), IsEmpty()) << "not here";
  EXPECT_THAT(f({{"server.port", number(8000)}}), ElementsAre("1 100 served by port")) << "it runs";
  EXPECT_THAT(f({}, SpanKind::client, {{"container.id", text("fedcba9876543210")}}), ElementsAre("1 51 made by container, ended"));
  const std::vector<Attribute> rag{{"service.name", text("rag")}}, vllm{{"service.name", text("vllm")}};
  EXPECT_THAT(join({{.id = 1, .kind = SpanKind::client, .resource = rag, .attributes = call}, {.id = 2, .parent = 1, .resource = vllm}}, past),
              ElementsAre("1 50 served by port, ended", "2 50 made by caller, ended"));
}

TEST(ProcessJoin, a_trace_of_many_ports_asks_the_past_a_limited_number_of_times) {
  size_t asked = 0;
  const PastProcess past = [&](ProcessKey, std::string_view, TimeNs) -> std::optional<KnownProcess> {
    ++asked;
    return std::nullopt;
  };
  std::vector<Row> rows;
  for (uint64_t i = 1; i <= 2 * kPastKeysMax; ++i) rows.push_back({.id = i, .kind = SpanKind::client, .attributes = {{"server.port", number(20'000 + static_cast<int64_t>(i))}}});
  EXPECT_THAT(join(rows, past), IsEmpty());
  EXPECT_EQ(asked, kPastKeysMax);
}

TEST(ProcessJoin, a_service_is_told_with_its_workers_and_their_gpus) {
  const signals::ProcessSnapshot snapshot = scan();
  const KnownProcess found = known_process(snapshot.processes[0], snapshot);
  EXPECT_THAT(found.members, ElementsAre(100, 101));
  EXPECT_THAT(found.gpus, ElementsAre("gpu0"));
  EXPECT_THAT(known_process(snapshot.processes[2], snapshot).members, ElementsAre(200)) << "without a service it is alone";
}

}  // namespace
}  // namespace monitorai::judge
