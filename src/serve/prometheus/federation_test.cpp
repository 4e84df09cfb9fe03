#include <gtest/gtest.h>

#include "query/promql/testing/memory_source.h"
#include "serve/prometheus/api.h"

namespace monitorai::serve {
namespace {

class Federation : public testing::Test {
 protected:
  Federation() {
    const TimeMs now = clock_.now();
    source_.add({{"__name__", "up"}, {"instance", "a:1"}, {"job", "x"}}, {{now - std::chrono::minutes(1), 0}, {now, 1}});
    source_.add({{"__name__", "up"}, {"job", "line\nbreak \"\\"}}, {{now, 0.5}});
    source_.add({{"__name__", "old"}}, {{now - std::chrono::minutes(6), 1}});
    source_.add({{"__name__", "ended"}}, {{now - std::chrono::minutes(1), 1}, {now, signals::stale_nan()}});
    source_.add({{"__name__",
                  "http.dur\xC3\xA9"
                  "e"},
                 {"a.b", "1"},
                 {"instance", "a:1"}},
                {{now, 2}});
    source_.add({{"__name__", "1st"}, {"2nd label", "1"}, {"instance", "a:1"}}, {{now, 3}});
    auto api = std::make_shared<PrometheusApi>();
    api->source = &source_;
    api->engine = &engine_;
    api->clock = &clock_;
    api->external_labels = {{"cluster", "c"}, {"job", "never"}};
    add_prometheus_api(router_, std::move(api));
  }
  net::HttpResponse ask(std::vector<std::string> selectors, std::string accept = {}) {
    net::HttpRequest request{.method = "GET", .path = "/federate", .headers = {{"accept", std::move(accept)}}};
    for (std::string& selector : selectors) request.query.emplace_back("match[]", std::move(selector));
    return router_.route(request);
  }
  query::MemorySource source_;
  Pool pool_{1};
  query::Engine engine_{{}, pool_};
  FakeClock clock_{{1'700'000'000'000}};
  net::Router router_;
};

TEST_F(Federation, tells_the_newest_sample_of_what_is_selected_once) {
  const net::HttpResponse answer = ask({"up", "{job=\"x\"}", "old", "ended"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body,
            "# TYPE up untyped\n"
            "up{cluster=\"c\",instance=\"a:1\",job=\"x\"} 1 1700000000000\n"
            "up{cluster=\"c\",job=\"line\\nbreak \\\"\\\\\",instance=\"\"} 0.5 1700000000000\n");
}

TEST_F(Federation, names_of_the_new_grammar_have_underscores_for_old_scrapers) {
  EXPECT_EQ(ask({"{\"http.dur\xC3\xA9"
                 "e\"}",
                 "{\"1st\"}"})
                .body,
            "# TYPE _st untyped\n"
            "_st{_nd_label=\"1\",cluster=\"c\",instance=\"a:1\",job=\"never\"} 3 1700000000000\n"
            "# TYPE http_dur_e untyped\n"
            "http_dur_e{a_b=\"1\",cluster=\"c\",instance=\"a:1\",job=\"never\"} 2 1700000000000\n");
}

TEST_F(Federation, names_of_the_new_grammar_are_quoted_for_those_who_read_them) {
  const net::HttpResponse answer = ask({"{\"http.dur\xC3\xA9"
                                        "e\"}",
                                        "up{job=\"x\"}"},
                                       "text/plain;version=0.0.4;escaping=allow-utf-8;q=0.5");
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8");
  EXPECT_EQ(answer.body,
            "# TYPE \"http.dur\xC3\xA9"
            "e\" untyped\n"
            "{\"http.dur\xC3\xA9"
            "e\",\"a.b\"=\"1\",cluster=\"c\",instance=\"a:1\",job=\"never\"} 2 1700000000000\n"
            "# TYPE up untyped\n"
            "up{cluster=\"c\",instance=\"a:1\",job=\"x\"} 1 1700000000000\n");
}

TEST_F(Federation, a_bad_selector_is_refused_and_none_finds_nothing) {
  EXPECT_EQ(ask({"up{"}).status, 400);
  EXPECT_EQ(ask({}).body, "");
}

}  // namespace
}  // namespace monitorai::serve
