// `monitorai query`: a PromQL query against a running program, as a table, a chart, or JSON.

#include <cstdio>
#include <cstdlib>

#include "app/commands.h"
#include "app/query/api_client.h"
#include "app/query/chart.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr int64_t kStepsWanted = 200;

struct QueryArguments {
  ApiAddress address;
  std::string expression;
  std::string time;
  std::string range;
  std::string step;
  bool table = false;
  bool json = false;
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai query: {}\n", message);
  return 1;
}

std::string answer_json(const Answer& answer) {
  std::string out = "[";
  for (const AnsweredSeries& series : answer.series) {
    if (out.size() > 1) out += ',';
    out += R"({"labels":{)";
    for (const signals::Label& label : series.labels) out += fmt::format("{}{}:{}", out.back() == '{' ? "" : ",", json_string(label.name), json_string(label.value));
    out += R"(},"samples":[)";
    for (const signals::Sample& sample : series.samples)
      out += fmt::format("{}[{},\"{}\"]", out.back() == '[' ? "" : ",", format_number(static_cast<double>(sample.time.ms) / 1000), format_number(sample.value));
    out += "]}";
  }
  return out + "]\n";
}

/// The parameters of the request: an instant query, or a range of about kStepsWanted steps.
Result<net::Parameters> parameters_of(const QueryArguments& arguments) {
  net::Parameters out{{"query", arguments.expression}};
  const SystemClock clock;
  if (arguments.range.empty()) {
    if (!arguments.step.empty()) return Error{Code::invalid, "--step goes with --range"};
    if (!arguments.time.empty()) out.emplace_back("time", arguments.time);
    return out;
  }
  MAI_TRY_ASSIGN(const auto range, parse_duration(arguments.range));
  auto step = std::max<std::chrono::milliseconds>(std::chrono::seconds(1), range / kStepsWanted);
  if (!arguments.step.empty()) {
    MAI_TRY_ASSIGN(step, parse_duration(arguments.step));
  }
  if (range.count() <= 0 || step.count() <= 0) return Error{Code::invalid, "--range and --step are longer than 0"};
  const auto seconds = [](TimeMs time) { return format_number(static_cast<double>(time.ms) / 1000); };
  const TimeMs now = clock.now();
  out.emplace_back("start", seconds(now - range));
  out.emplace_back("end", seconds(now));
  out.emplace_back("step", format_number(static_cast<double>(step.count()) / 1000));
  return out;
}

int run_query(const QueryArguments& arguments) {
  const auto parameters = parameters_of(arguments);
  if (!parameters) return fail(parameters.error().message);
  const bool is_range = !arguments.range.empty();
  const auto answer = ask(arguments.address, is_range ? "/api/v1/query_range" : "/api/v1/query", *parameters);
  if (!answer) return fail(answer.error().message);
  for (const std::string& text : answer->warnings) fmt::print(stderr, "warning: {}\n", text);
  for (const std::string& text : answer->infos) fmt::print(stderr, "info: {}\n", text);
  ChartSize size = terminal_size();
  std::string out;
  if (arguments.json) {
    out = answer_json(*answer);
  } else if (is_range && !arguments.table) {
    if (size.columns == 0) size.columns = 100;
    out = draw_chart(answer->series, size);
  } else {
    out = draw_table(*answer, size);
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  return 0;
}

}  // namespace

Command query_command() {
  auto arguments = std::make_shared<QueryArguments>();
  return {.name = "query",
          .summary = "Ask with PromQL",
          .description = "Asks a running monitorai (or any Prometheus) with PromQL and prints a table, or with --range a chart.\n"
                         "  monitorai query 'sum by (model_name) (llm_process_gpu_memory_bytes)'\n"
                         "  monitorai query llm_process_cpu_percent --range 1h",
          .declare =
              [arguments](Options& options) {
                options.positional("EXPR", arguments->expression, "The query", true);
                options.value("--range", arguments->range, "Draw this much time up to now", "DURATION");
                options.value("--step", arguments->step, "Time between two points of the range", "DURATION");
                options.value("--time", arguments->time, "Evaluate at this time: Unix seconds or RFC 3339", "TIME");
                options.flag("--table", arguments->table, "Print a table where a chart would be drawn");
                options.flag("--json", arguments->json, "Print the series as JSON");
                options.value("--url", arguments->address.url, "Where to ask (default http://127.0.0.1:3000)", "URL");
                options.value("--user", arguments->address.user, "NAME:PASSWORD, where it wants a password", "NAME:PASSWORD");
              },
          .run =
              [arguments] {
                if (const char* token = std::getenv("MONITORAI_TOKEN")) arguments->address.token = token;
                while (arguments->address.url.ends_with('/')) arguments->address.url.pop_back();
                return run_query(*arguments);
              }};
}

}  // namespace monitorai::app
