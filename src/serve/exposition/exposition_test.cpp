#include "serve/exposition/exposition.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <limits>

#include "base/files.h"

namespace monitorai::serve {
namespace {

using signals::Exemplar;
using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Every type, every awkward byte, a family twice and one without points.
std::vector<MetricFamily> families() {
  std::vector<MetricFamily> all;
  MetricFamily memory{"llm_process_memory_bytes", "Resident memory of the process.", MetricType::gauge, "bytes"};
  memory.gauge({{"pid", "4711"}, {"name", "python3"}, {"model_name", "gpt2"}, {"framework", "transformers"}}, 3221225472.0);
  memory.gauge({{"pid", "4712"}, {"name", "a \"quoted\"\nname \\ with everything"}, {"model_name", "gr\xC3\xBC\xC3\x9F"}}, 0.5);
  memory.gauge({{"pid", "4713"}, {"name", "bad \xFF utf8 \xC0\xAF"}}, -0.0);
  all.push_back(std::move(memory));

  MetricFamily cpu{"llm_process_cpu_seconds", "CPU time,\nuser and \"system\", with a \\.", MetricType::counter, "seconds"};
  cpu.counter({{"pid", "4711"}}, 12.25);
  cpu.points.back().exemplar = Exemplar{{{"trace_id", "4bf92f3577b34da6"}}, 0.67, TimeMs{1'700'000'000'050}};
  cpu.counter({}, 9007199254740993.0);
  all.push_back(std::move(cpu));

  MetricFamily named_with_suffix{"monitorai_scans_total", "Scans since the start.", MetricType::counter};
  named_with_suffix.counter({}, 7);
  all.push_back(std::move(named_with_suffix));

  MetricFamily info{"llm_process", "What the process is.", MetricType::info};
  info.info({{"pid", "4711"}, {"role", "engine"}});
  all.push_back(std::move(info));

  MetricFamily latency{"llm_inference_latency_seconds", "Time to the last token.", MetricType::histogram, "seconds"};
  latency.points.push_back({{{"le", "0.1"}}, 3, "_bucket", Exemplar{{{"trace_id", std::string(200, 'x')}}, 0.05, {}}});
  latency.points.push_back({{{"le", "+Inf"}}, 4, "_bucket", Exemplar{{{"trace_id", "00f067aa"}}, 1.5, {}}});
  latency.points.push_back({{}, 1.75, "_sum"});
  latency.points.push_back({{}, 4, "_count"});
  all.push_back(std::move(latency));

  all.push_back({"llm_nothing", "A family without points.", MetricType::gauge});

  MetricFamily numbers{"llm_number", "How numbers print.", MetricType::unknown};
  double index = 0;
  for (const double value : {0.1, 1e21, 1e-5, 123456789.0, 1e15, kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()})
    numbers.gauge({{"n", std::to_string(static_cast<int>(index++))}}, value);
  all.push_back(std::move(numbers));

  MetricFamily odd{"9 odd-name", "", MetricType::gauge};
  odd.gauge({{"7 odd-label", "x"}}, 1);
  all.push_back(std::move(odd));

  MetricFamily more{"llm_process_memory_bytes", "The same family from another collector.", MetricType::gauge, "bytes"};
  more.gauge({{"pid", "4714"}}, 1);
  all.push_back(std::move(more));
  return all;
}

/// Compares with a file of tests/golden; MAI_UPDATE_GOLDEN=1 in the environment rewrites it first, for a change that is meant.
void expect_golden(std::string_view name, const std::string& text) {
  const std::string path = std::string(MAI_SOURCE_DIR "/tests/golden/").append(name);
  if (std::getenv("MAI_UPDATE_GOLDEN") != nullptr) { ASSERT_TRUE(write_file_atomically(path, text)); }
  EXPECT_EQ(text, read_file(path, 1 << 20).value_or("(no such file)"));
}

TEST(Exposition, text_is_the_golden_file) { expect_golden("exposition.txt", to_prometheus_text(families())); }

TEST(Exposition, open_metrics_is_the_golden_file) { expect_golden("exposition.openmetrics", to_open_metrics(families())); }

TEST(Exposition, nothing_is_an_empty_text_and_only_the_end_mark) {
  EXPECT_EQ(to_prometheus_text({}), "");
  EXPECT_EQ(to_open_metrics({}), "# EOF\n");
}

TEST(Exposition, a_label_value_is_escaped_wherever_the_byte_stands) {
  const auto f = [](std::string_view value, std::string_view want) {
    MetricFamily family{"x", "", MetricType::gauge};
    family.gauge({{"a", std::string(value)}}, 1);
    EXPECT_EQ(to_prometheus_text(std::vector{family}), "# TYPE x gauge\nx{a=\"" + std::string(want) + "\"} 1\n");
  };
  // Seven bytes before and after: the fast path looks at eight at a time.
  for (const std::string& padding : {std::string(), std::string("1234567"), std::string("12345678")}) {
    f(padding + "\"" + padding, padding + "\\\"" + padding);
    f(padding + "\\" + padding, padding + "\\\\" + padding);
    f(padding + "\n" + padding, padding + "\\n" + padding);
    f(padding + "\x80" + padding, padding + "\xEF\xBF\xBD" + padding);
    f(padding + std::string(1, '\0') + padding + "z", padding + "\xEF\xBF\xBD" + padding + "z");
    f(padding + "\t\r\x7f" + padding, padding + "\t\r\x7f" + padding);
    f(padding + "\xF0\x9F\xA6\x99" + padding, padding + "\xF0\x9F\xA6\x99" + padding);
  }
}

TEST(Exposition, a_hostile_label_value_stays_on_its_line) {
  MetricFamily family{"x", "", MetricType::gauge};
  family.gauge({{"a", "\"} 1\nevil_metric{b=\"c"}}, 1);
  const std::string text = to_prometheus_text(std::vector{family});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Exposition, the_name_label_of_a_point_is_not_printed) {
  MetricFamily family{"x", "", MetricType::gauge};
  family.gauge({{"__name__", "x"}}, 1);
  family.gauge({{"__name__", "x"}, {"a", "b"}}, 2);
  EXPECT_EQ(to_prometheus_text(std::vector{family}), "# TYPE x gauge\nx 1\nx{a=\"b\"} 2\n");
}

TEST(Exposition, a_unit_that_does_not_end_the_name_is_left_out) {
  MetricFamily family{"x_percent", "", MetricType::gauge, "seconds"};
  family.gauge({}, 1);
  EXPECT_EQ(to_open_metrics(std::vector{family}), "# TYPE x_percent gauge\nx_percent 1\n# EOF\n");
}

TEST(Negotiation, follows_the_q_values_that_clients_send) {
  const auto f = [](std::string_view accept, Format want) { EXPECT_EQ(negotiate(accept), want) << accept; };
  constexpr Format kText = Format::prometheus_text, kOpen = Format::open_metrics;
  // Prometheus 2.42 (Debian 12), then 3.x, then one that prefers text, then a browser, then curl.
  f("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    kOpen);
  f("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    kOpen);
  f("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5", kText);
  f("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", kText);
  f("*/*", kText);
  f("", kText);
}

TEST(Negotiation, bad_and_refusing_elements_do_not_win) {
  const auto f = [](std::string_view accept, Format want) { EXPECT_EQ(negotiate(accept), want) << accept; };
  constexpr Format kText = Format::prometheus_text, kOpen = Format::open_metrics;
  f("application/openmetrics-text;q=0", kText);
  f("application/openmetrics-text;q=2", kText);
  f("application/openmetrics-text;q=nan", kText);
  f("application/openmetrics-text;q=", kText);
  f("application/openmetrics-text;version=2.0.0", kText);
  f("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7, text/plain;q=0.3", kText);
  f("APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=0.5 , text/plain;q=0.4", kOpen);
  f(",;,=,;q,;=;", kText);
  f("application/openmetrics-text", kOpen);
}

/// The exit status and output of `promtool check metrics` on this input, or nullopt where promtool is not installed.
struct Checked {
  int status;
  std::string output;
};
std::optional<Checked> promtool(std::string_view exposition) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) return std::nullopt;
  const TemporaryDirectory directory;
  const auto file = directory.path() / "metrics";
  EXPECT_TRUE(write_file_atomically(file, exposition));
  FILE* pipe = popen(("promtool check metrics < " + file.string() + " 2>&1").c_str(), "r");
  std::string output;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  return Checked{WEXITSTATUS(pclose(pipe)), output};
}

TEST(Exposition, promtool_accepts_every_escaped_byte) {
  std::vector<MetricFamily> all;
  MetricFamily every{"llm_bytes_seen", "Every byte \\ as a \"label\"\nvalue.", MetricType::gauge};
  for (int c = 0; c < 256; ++c) every.gauge({{"byte", std::string(1, static_cast<char>(c))}, {"n", std::to_string(c)}}, c);
  all.push_back(std::move(every));
  MetricFamily cpu{"llm_cpu_seconds", "CPU time.", MetricType::counter, "seconds"};
  cpu.counter({{"pid", "1"}}, 12.5);
  all.push_back(std::move(cpu));
  MetricFamily info{"llm_build", "What it is.", MetricType::info};
  info.info({{"version", "1"}});
  all.push_back(std::move(info));
  const auto checked = promtool(to_prometheus_text(all));
  if (!checked) GTEST_SKIP() << "promtool is not installed";
  EXPECT_EQ(checked->status, 0) << checked->output;
  EXPECT_EQ(checked->output, "");
}

TEST(Exposition, promtool_refuses_what_is_broken) {
  const auto checked = promtool("x{a=\"\n\"} 1\n");
  if (!checked) GTEST_SKIP() << "promtool is not installed";
  EXPECT_NE(checked->status, 0);
}

}  // namespace
}  // namespace monitorai::serve
