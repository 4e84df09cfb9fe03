// `monitorai logs`: a LogQL query against a running program: lines, live lines, or the chart of a metric query.

#include <cstdio>
#include <cstdlib>

#include "app/commands.h"
#include "app/query/chart.h"
#include "app/query/log_answer.h"
#include "app/query/log_printer.h"
#include "base/text.h"
#include "net/web_socket_client.h"

namespace monitorai::app {
namespace {

constexpr int64_t kStepsWanted = 200;

struct LogsArguments {
  ApiAddress address;
  std::string query;
  std::string since;
  std::string from;
  std::string to;
  std::string step;
  std::string output = "default";
  int64_t limit = 100;
  bool tail = false;
  bool forward = false;
  bool labels = false;
  bool utc = false;
  bool table = false;
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai logs: {}\n", message);
  return 1;
}

Result<LogPrinting> printing_of(const LogsArguments& arguments) {
  LogPrinting out{.colours = terminal_size().colours, .labels = arguments.labels, .local_time = !arguments.utc};
  if (arguments.output == "raw") out.output = LogOutput::raw;
  else if (arguments.output == "jsonl") out.output = LogOutput::jsonl;
  else if (arguments.output != "default") return Error{Code::invalid, fmt::format("--output {} is not one of default, raw, jsonl", arguments.output)};
  if (out.output == LogOutput::jsonl) out.colours = false;
  return out;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// The step of a chart: about kStepsWanted points, and the last one at the end of the range.
std::string step_of(const LogsArguments& arguments) {
  if (!arguments.step.empty() || !arguments.from.empty()) return arguments.step;
  const auto since = parse_duration(arguments.since.empty() ? "1h" : arguments.since);
  if (!since) return {};
  return fmt::format("{}", std::max<int64_t>(*since / std::chrono::seconds(1) / kStepsWanted, 1));
}

/// The times are the server's to read.
net::Parameters parameters_of(const LogsArguments& arguments) {
  net::Parameters out{{"query", arguments.query}};
  if (arguments.table) {
    if (!arguments.to.empty()) out.emplace_back("time", arguments.to);
    return out;
  }
  out.emplace_back("limit", fmt::format("{}", arguments.limit));
  const auto add = [&](std::string name, const std::string& value) {
    if (!value.empty()) out.emplace_back(std::move(name), value);
  };
  add("since", arguments.since);
  add("start", arguments.from);
  if (!arguments.tail) {
    add("end", arguments.to);
    add("step", step_of(arguments));
    add("direction", arguments.forward ? "forward" : "backward");
  }
  return out;
}

int run_tail(const LogsArguments& arguments, const LogPrinting& printing) {
  const std::string url = fmt::format("{}/loki/api/v1/tail?{}", arguments.address.url, form_of(parameters_of(arguments)));
  auto connected = net::WebSocketClient::connect(client_settings(arguments.address), url);
  if (!connected) return fail(connected.error().code == Code::unavailable ? unreachable(arguments.address, connected.error()).message : connected.error().message);
  for (;;) {
    const auto message = (*connected)->receive();
    if (!message) return fail(message.error().message);
    if (!*message) return 0;
    const auto logs = read_tail_message(**message);
    if (!logs) return fail(logs.error().message);
    print(print_logs(*logs, printing));
    if (logs->dropped > 0) fmt::print(stderr, "monitorai logs: {} lines or more were not shown: they came faster than they could be read\n", logs->dropped);
    if (std::ferror(stdout) != 0) return 1;
  }
}

int run_logs(const LogsArguments& arguments) {
  const auto printing = printing_of(arguments);
  if (!printing) return fail(printing.error().message);
  if (arguments.tail) return run_tail(arguments, *printing);
  const auto answer = ask_logs(arguments.address, arguments.table ? "/loki/api/v1/query" : "/loki/api/v1/query_range", parameters_of(arguments));
  if (!answer) return fail(answer.error().message);
  if (answer->is_log) {
    print(print_logs(answer->logs, *printing));
    return 0;
  }
  for (const std::string& text : answer->metric.warnings) fmt::print(stderr, "warning: {}\n", text);
  ChartSize size = terminal_size();
  if (answer->metric.type != "matrix") {
    print(draw_table(answer->metric, size));
    return 0;
  }
  if (size.columns == 0) size.columns = 100;
  print(draw_chart(answer->metric.series, size));
  return 0;
}

}  // namespace

Command logs_command() {
  auto arguments = std::make_shared<LogsArguments>();
  return {.name = "logs",
          .summary = "Read logs with LogQL, also live",
          .description = "Asks a running monitorai (or any Loki) with LogQL and prints the lines, the newest last; of a metric query a chart.\n"
                         "  monitorai logs '{job=\"llm-model\"} |= \"error\"'\n"
                         "  monitorai logs '{model_name=\"gpt2\"}' --tail\n"
                         "  monitorai logs 'sum by (level) (count_over_time({job=\"llm-model\"}[1m]))' --since 1h",
          .declare =
              [arguments](Options& options) {
                options.positional("QUERY", arguments->query, "The query", true);
                options.flag("--tail", arguments->tail, "Go on with new lines as they come");
                options.value("--since", arguments->since, "This much time up to --to (default 1h)", "DURATION");
                options.value("--from", arguments->from, "From this time on: RFC 3339, Unix seconds or nanoseconds", "TIME");
                options.value("--to", arguments->to, "Up to this time (default: now)", "TIME");
                options.value("--limit", arguments->limit, "Lines at most (default 100)", "N");
                options.flag("--forward", arguments->forward, "Where there are more lines than the limit: the first, not the last");
                options.flag("--labels", arguments->labels, "Print all labels of each line");
                options.flag("--utc", arguments->utc, "Print times in UTC");
                options.value("--output", arguments->output, "default, raw (lines alone) or jsonl", "FORMAT");
                options.value("--step", arguments->step, "Time between two points of a metric query", "DURATION");
                options.flag("--table", arguments->table, "Print the value of a metric query at --to, not a chart");
                options.value("--url", arguments->address.url, "Where to ask (default http://127.0.0.1:3000)", "URL");
                options.value("--user", arguments->address.user, "NAME:PASSWORD, where it wants a password", "NAME:PASSWORD");
              },
          .run =
              [arguments] {
                if (const char* token = std::getenv("MONITORAI_TOKEN")) arguments->address.token = token;
                while (arguments->address.url.ends_with('/')) arguments->address.url.pop_back();
                return run_logs(*arguments);
              }};
}

}  // namespace monitorai::app
