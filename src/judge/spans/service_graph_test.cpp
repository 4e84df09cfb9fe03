#include "judge/spans/service_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace monitorai::judge {
namespace {

using signals::Attribute;
using signals::AttributeValue;
using signals::Span;
using signals::SpanKind;
using testing::ElementsAre;
using testing::IsEmpty;

class ServiceGraphTest : public testing::Test {
 protected:
  Span span(std::string_view service, SpanKind kind, uint64_t id, uint64_t parent, std::vector<Attribute> attributes = {}, bool failed = false) {
    const Attribute name{"service.name", AttributeValue::of(service)};
    const auto* origin = arena_.keep_one(signals::SpanOrigin{.resource = arena_.keep(std::span<const Attribute>(&name, 1))});
    return {.trace = {1, 1}, .id = {id}, .parent = {parent}, .origin = origin, .duration_ns = 300'000'000, .kind = kind,
            .status = failed ? signals::SpanStatus::error : signals::SpanStatus::unset, .attributes = arena_.keep(std::span<const Attribute>(attributes))};
  }
  std::vector<std::string> told(std::string_view wanted) {
    std::vector<signals::MetricFamily> families;
    graph_.append_families(families);
    std::vector<std::string> out;
    for (const auto& family : families)
      for (const auto& point : family.points)
        if (family.name + std::string(point.suffix) == wanted) out.push_back(fmt::format("{} {}", point.labels.text(), format_number(point.value)));
    return out;
  }
  signals::SpanArena arena_;
  FakeClock clock_;
  ServiceGraph graph_{clock_};
};

TEST_F(ServiceGraphTest, both_halves_make_an_edge_in_any_order) {
  graph_.count(std::vector{span("web", SpanKind::client, 1, 0), span("api", SpanKind::server, 2, 1)});
  EXPECT_THAT(told("traces_service_graph_request_total"), ElementsAre(R"({client="web", server="api"} 1)"));
  graph_.count(std::vector{span("api", SpanKind::server, 4, 3, {}, true)});
  graph_.count(std::vector{span("web", SpanKind::client, 3, 0)});
  EXPECT_THAT(told("traces_service_graph_request_total"), ElementsAre(R"({client="web", server="api"} 2)"));
  EXPECT_THAT(told("traces_service_graph_request_failed_total"), ElementsAre(R"({client="web", server="api"} 1)"));
  EXPECT_THAT(told("traces_service_graph_request_client_seconds_sum"), ElementsAre(R"({client="web", server="api"} 0.6)"));
}

TEST_F(ServiceGraphTest, clients_name_whom_nobody_else_tells_of) {
  graph_.count(std::vector{span("rag", SpanKind::client, 1, 0, {{"db.system", AttributeValue::of(std::string_view("redis"))}}),
                           span("rag", SpanKind::client, 2, 0, {{"gen_ai.provider.name", AttributeValue::of(std::string_view("openai"))}}), span("rag", SpanKind::client, 3, 0),
                           span("rag", SpanKind::internal, 4, 0), span("rag", SpanKind::server, 5, 0)});
  EXPECT_THAT(told("traces_service_graph_request_total"), IsEmpty()) << "they wait";
  clock_.advance(std::chrono::seconds(11));
  EXPECT_THAT(told("traces_service_graph_request_total"),
              ElementsAre(R"({client="rag", connection_type="virtual_node", server="openai"} 1)", R"({client="rag", connection_type="database", server="redis"} 1)"));
}

TEST_F(ServiceGraphTest, floods_of_halves_and_services_are_bounded) {
  for (uint64_t i = 1; i <= kHalvesMax + 5; ++i) graph_.count(std::vector{span("web", SpanKind::client, i, 0)});
  EXPECT_EQ(graph_.counts().dropped_halves, 5u);
  for (uint64_t i = 1; i <= kEdgesMax + 5; ++i) {
    const std::string name = fmt::format("s{}", i);
    graph_.count(std::vector{span(arena_.keep(name), SpanKind::client, 1'000'000 + i, 0), span("api", SpanKind::server, 1, 1'000'000 + i)});
  }
  EXPECT_EQ(graph_.counts().over_limit, 5u);
}

}  // namespace
}  // namespace monitorai::judge
