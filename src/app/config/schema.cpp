#include "app/config/schema.h"

#include <set>

#include "app/config/promtail.h"
#include "app/config/records.h"
#include "app/config/scrape_configs.h"
#include "app/config/values.h"

namespace monitorai::app {
namespace {

constexpr int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

/// A key with one value; `at` is a function from Config& to the place of the value.
template <class At>
Key value(std::string path, At at, std::string description, Range range = {}, std::string example = {}) {
  Config defaults;
  Key key;
  key.path = std::move(path);
  key.type = type_text(at(defaults), range);
  key.description = std::move(description);
  key.example = std::move(example);
  key.read = [at, range](const YamlNode& node, std::string_view file, Config& config, std::vector<Problem>& problems) {
    const std::string where = fmt::format("{}:{}", file, node.line);
    if (node.kind == YamlNode::Kind::null) {
      problems.push_back({where, "it has no value: give it one, or remove the line"});
    } else if (node.kind != YamlNode::Kind::scalar) {
      problems.push_back({where, fmt::format("it is one value, not {}", kind_name(node.kind))});
    } else if (const auto read = read_value(node.text, range, at(config)); !read) {
      problems.push_back({where, read.error().message});
    }
  };
  key.print = [at](const Config& config) { return print_value(at(const_cast<Config&>(config))); };
  return key;
}

/// A key with a list of records.
template <class Record, class At>
Key records(std::string path, At at, std::string type, std::string description, std::string example) {
  Key key;
  key.path = std::move(path);
  key.type = std::move(type);
  key.description = std::move(description);
  key.example = std::move(example);
  key.structured = true;
  key.read = [at](const YamlNode& node, std::string_view file, Config& config, std::vector<Problem>& problems) {
    read_records<Record>(node, file, at(config), problems);
  };
  key.print = [at](const Config& config) { return print_records(at(const_cast<Config&>(config))); };
  return key;
}

/// A key with a list of texts; one text stands for a list of one.
template <class At>
Key texts(std::string path, At at, std::string description, std::string example) {
  Key key;
  key.path = std::move(path);
  key.type = "list of texts";
  key.description = std::move(description);
  key.example = std::move(example);
  key.structured = true;
  key.read = [at](const YamlNode& node, std::string_view file, Config& config, std::vector<Problem>& problems) {
    const std::span<const YamlNode> items = node.kind == YamlNode::Kind::list ? std::span(node.items) : std::span(&node, 1);
    std::vector<std::string> out;
    for (const YamlNode& item : items) {
      const std::string where = fmt::format("{}:{}", file, item.line);
      if (item.kind != YamlNode::Kind::scalar) problems.push_back({where, fmt::format("it is a list of texts, not {}", kind_name(item.kind))});
      else if (const auto read = read_value(item.text, {1, 4096}, out.emplace_back()); !read) problems.push_back({where, read.error().message});
    }
    if (items.size() > kRecordTextsMax) problems.push_back({fmt::format("{}:{}", file, node.line), fmt::format("more than {} entries", kRecordTextsMax)});
    if (problems.empty()) at(config) = std::move(out);
  };
  key.print = [at](const Config& config) {
    std::vector<std::string> parts;
    for (const std::string& text : at(const_cast<Config&>(config))) parts.push_back(yaml_scalar(text));
    return fmt::format("[{}]", join(parts, ", "));
  };
  return key;
}

Key scrape_configs() {
  Key key;
  key.path = "scrape_configs";
  key.type = "list, as in prometheus.yml";
  key.description =
      "Targets to scrape: paste the scrape_configs of a prometheus.yml (static_configs, file_sd_configs, relabel_configs, "
      "metric_relabel_configs, limits, authentication and TLS).";
  key.example = "- job_name: node\n  static_configs:\n    - targets: [localhost:9100]";
  key.structured = true;
  key.read = [](const YamlNode& node, std::string_view file, Config& config, std::vector<Problem>& problems) {
    config.scrape_configs = read_scrape_configs(node, file, problems);
    config.scrape_configs_text = flow_text(node);
  };
  key.print = [](const Config& config) { return config.scrape_configs_text; };
  return key;
}

Key alertmanagers() {
  Key key;
  key.path = "alerting.alertmanagers";
  key.type = "list of addresses, or as in prometheus.yml";
  key.description =
      "Real Alertmanagers that get every alert: addresses, or entries as in alerting.alertmanagers of a prometheus.yml (scheme, path_prefix, "
      "timeout, static_configs, basic_auth, authorization, tls_config).";
  key.example = "- http://localhost:9093";
  key.structured = true;
  key.read = [](const YamlNode& node, std::string_view file, Config& config, std::vector<Problem>& problems) {
    config.alerting.alertmanagers = forward::read_alertmanagers(node, std::string(file), problems);
    config.alerting.alertmanagers_text = flow_text(node);
  };
  key.print = [](const Config& config) { return config.alerting.alertmanagers_text; };
  return key;
}

void add_listener(std::vector<Key>& keys, const std::string& section, auto at, const std::string& tls_of) {
  keys.push_back(value(
      section + "tls.certificate", [at](Config& c) -> auto& { return at(c).tls.certificate; },
      "PEM file with the certificate (and its chain) of " + tls_of + ". With a key, it speaks HTTPS only.", {}, "/etc/monitorai/cert.pem"));
  keys.push_back(value(
      section + "tls.key", [at](Config& c) -> auto& { return at(c).tls.key; }, "PEM file with the private key.", {},
      "/etc/monitorai/key.pem"));
}

void add_client_ca(std::vector<Key>& keys, const std::string& section, auto at) {
  keys.push_back(value(
      section + "tls.client_ca", [at](Config& c) -> auto& { return at(c).tls.client_ca; },
      "PEM file with the certificates of authorities: only clients whose certificate one of them signed get in.", {}, "/etc/monitorai/clients.pem"));
}

Key promtail() {
  Key key = value("logs.promtail", [](Config& c) -> auto& { return c.logs.promtail; },
                  "A promtail.yml whose scrape_configs are followed; what else stands in it is not read.", {}, "/etc/promtail/promtail.yml");
  key.read = [read_path = key.read](const YamlNode& node, std::string_view file, Config& config, std::vector<Problem>& problems) {
    read_path(node, file, config, problems);
    config.logs.promtail_jobs.clear();
    if (problems.empty() && !config.logs.promtail.empty()) config.logs.promtail_jobs = read_promtail_file(config.logs.promtail, problems);
  };
  return key;
}

Key log_scrape_configs() {
  Key key;
  key.path = "logs.scrape_configs";
  key.type = "list, as in promtail.yml";
  key.description =
      "Files to follow as promtail does: static_configs with __path__ and __path_exclude__, relabel_configs and pipeline_stages "
      "(docs/following-logs.md).";
  key.example = "- job_name: engine\n  static_configs:\n    - labels: {job: engine, __path__: /var/log/engine/*.log}\n  pipeline_stages:\n    - json: {expressions: {level: severity}}\n    - labels: {level: }";
  key.structured = true;
  key.read = [](const YamlNode& node, std::string_view file, Config& config, std::vector<Problem>& problems) {
    config.logs.scrape_configs = read_promtail_jobs(node, file, problems);
    config.logs.scrape_configs_text = flow_text(node);
  };
  key.print = [](const Config& config) { return config.logs.scrape_configs_text; };
  return key;
}

void add_logs(std::vector<Key>& keys) {
  keys.push_back(value("logs.enabled", [](Config& c) -> auto& { return c.logs.enabled; },
                       "Follow, store and serve logs. A change needs a restart, as all of logs but files, detected, mask and content."));
  keys.push_back(value(
      "logs.listen", [](Config& c) -> auto& { return c.logs.loki.address; },
      "Loki's port, with the Loki API alone (the main listener has it too): for Grafana, promtail and whatever else expects a Loki."));
  add_listener(keys, "logs.", [](Config& c) -> Listener& { return c.logs.loki; }, "this listener");
  keys.push_back(texts("logs.files", [](Config& c) -> auto& { return c.logs.files; },
                       "Files to follow: globs with *, ?, [a-z], {a,b} and ** for any depth. Their lines get the file's name without its ending as job.",
                       "- logs/*.log\n- /var/log/llm/**/*.log"));
  keys.push_back(promtail());
  keys.push_back(log_scrape_configs());
  keys.push_back(value("logs.detected", [](Config& c) -> auto& { return c.logs.detected; },
                       "Follow what the LLM processes that were found write: their log files, their container's output, their systemd unit."));
  keys.push_back(value("logs.journal", [](Config& c) -> auto& { return c.logs.journal; }, "Read systemd's journal for the latter (with journalctl)."));
  keys.push_back(value("logs.content", [](Config& c) -> auto& { return c.logs.mask.content; },
                       "What is stored of prompts and answers: off (their length), redacted (with the masks applied), full (as they are, no masks anywhere)."));
  keys.push_back(value("logs.mask.builtin", [](Config& c) -> auto& { return c.logs.mask.builtin; },
                       "Mask keys, tokens, private keys, e-mail addresses, card and phone numbers before a followed line is stored."));
  keys.push_back(records<collect::MaskRule>(
      "logs.mask.rules", [](Config& c) -> auto& { return c.logs.mask.rules; }, "list of {name, pattern, replacement}",
      "Masks of your own: every match of the regular expression (RE2) is replaced, by [name] where nothing else is said.",
      "- name: customer\n  pattern: 'CU-[0-9]{8}'\n  replacement: CU-********"));
  keys.push_back(value("logs.retention", [](Config& c) -> auto& { return c.logs.retention; }, "How long lines are kept. Whole days are dropped.",
                       {kHour, 10 * 365 * 24 * kHour}));
  keys.push_back(value("logs.retention_bytes", [](Config& c) -> auto& { return c.logs.retention_bytes; },
                       "The size of all stored logs beyond which the oldest day is dropped, in bytes. 0: no limit."));
  keys.push_back(value("logs.out_of_order_window", [](Config& c) -> auto& { return c.logs.out_of_order_window; },
                       "Lines older than their stream's newest one are taken when they are not older than this.", {0, 24 * kHour}));
  keys.push_back(value("logs.durable_acknowledgement", [](Config& c) -> auto& { return c.logs.durable_acknowledgement; },
                       "Acknowledge pushes when they are on the disk, not when the operating system has them (they are on the disk 100 ms later)."));
  keys.push_back(value("logs.streams_max", [](Config& c) -> auto& { return c.logs.streams_max; }, "Streams at one time; lines of further ones are refused.",
                       {100, 10'000'000}));
  keys.push_back(value("logs.line_bytes_max", [](Config& c) -> auto& { return c.logs.line_bytes_max; },
                       "The longest line, in bytes: pushed ones beyond it are refused, followed ones are split.", {1024, 4 << 20}));
  keys.push_back(value("logs.lines_returned_max", [](Config& c) -> auto& { return c.logs.lines_returned_max; },
                       "Lines that one query may ask for (Loki's max_entries_limit_per_query).", {1, 1'000'000}));
}

void add_otlp(std::vector<Key>& keys) {
  keys.push_back(value("otlp.http.listen", [](Config& c) -> auto& { return c.otlp.http.address; },
                       "OpenTelemetry's port for OTLP over HTTP (the main listener takes it too): /v1/traces, /v1/metrics, /v1/logs."));
  add_listener(keys, "otlp.http.", [](Config& c) -> Listener& { return c.otlp.http; }, "this listener");
  add_client_ca(keys, "otlp.http.", [](Config& c) -> Listener& { return c.otlp.http; });
  keys.push_back(value("otlp.grpc.listen", [](Config& c) -> auto& { return c.otlp.grpc.address; },
                       "OpenTelemetry's port for OTLP over gRPC. A change of what stands in otlp.grpc needs a restart; renewed TLS files do not."));
  add_listener(keys, "otlp.grpc.", [](Config& c) -> Listener& { return c.otlp.grpc; }, "this listener");
  add_client_ca(keys, "otlp.grpc.", [](Config& c) -> Listener& { return c.otlp.grpc; });
  keys.push_back(value("otlp.request_bytes_max", [](Config& c) -> auto& { return c.otlp.request_bytes_max; },
                       "The largest request of OTLP over HTTP and gRPC, in bytes, as sent and after decompression. A change needs a restart.", {1024, int64_t{256} << 20}));
  keys.push_back(texts("otlp.cors_origins", [](Config& c) -> auto& { return c.otlp.cors_origins; },
                       "Origins whose pages may send OTLP from a browser. A change needs a restart.", "- https://app.example.com"));
}

void add_traces(std::vector<Key>& keys) {
  keys.push_back(value("traces.enabled", [](Config& c) -> auto& { return c.traces.enabled; }, "Take, store and serve traces."));
  keys.push_back(value("traces.listen", [](Config& c) -> auto& { return c.traces.tempo.address; },
                       "Tempo's port, with the Tempo API alone (the main listener has it too): for Grafana and whatever else expects a Tempo."));
  add_listener(keys, "traces.", [](Config& c) -> Listener& { return c.traces.tempo; }, "this listener");
  keys.push_back(value("traces.retention", [](Config& c) -> auto& { return c.traces.retention; }, "How long spans are kept. Whole days are dropped.",
                       {kHour, 10 * 365 * 24 * kHour}));
  keys.push_back(value("traces.retention_bytes", [](Config& c) -> auto& { return c.traces.retention_bytes; },
                       "The size of all stored spans beyond which the oldest day is dropped, in bytes. 0: no limit."));
  keys.push_back(value("traces.durable_acknowledgement", [](Config& c) -> auto& { return c.traces.durable_acknowledgement; },
                       "Acknowledge spans when they are on the disk, not when the operating system has them (they are on the disk 100 ms later)."));
}

Key prices() {
  return records<judge::ModelPrice>(
      "traces.prices", [](Config& c) -> auto& { return c.traces.prices; }, "list of {model, input, output, cached}",
      "What a million tokens cost, in dollars, for llm_cost_dollars_total. A model's name may end with *; the first that fits counts.",
      "- model: gpt-4o*\n  input: 2.5\n  output: 10\n  cached: 1.25");
}

void add_sampling(std::vector<Key>& keys) {
  keys.push_back(value("traces.sampling.head_percent", [](Config& c) -> auto& { return c.traces.head_percent; },
                       "Traces that are kept, by their id, before anything is known of them. Metrics are counted of all.", {1, 100}));
  keys.push_back(value("traces.sampling.tail_percent", [](Config& c) -> auto& { return c.traces.tail_percent; },
                       "Traces without errors that are not slow, of which this share is kept once they are complete. Metrics are counted of all.", {0, 100}));
  keys.push_back(value("traces.sampling.slow", [](Config& c) -> auto& { return c.traces.slow; }, "A trace that took this long is kept.", {1, kHour}));
  keys.push_back(value("traces.sampling.wait", [](Config& c) -> auto& { return c.traces.decision_wait; }, "How long the rest of a trace is waited for before it is judged.",
                       {1000, kHour}));
}

void add_quality(std::vector<Key>& keys) {
  using Q = Config::Quality;
  const auto at = [](auto member) { return [member](Config& c) -> auto& { return c.quality.*member; }; };
  keys.push_back(value("quality.enabled", at(&Q::enabled), "Judge prompts and answers: /api/v1/quality, spans and logs. Without any it costs nothing."));
  keys.push_back(value("quality.model", at(&Q::model),
                       "The embedding model: a name that `monitorai model add` installed, or its folder. Empty: the installed one; without one, prompts are compared by letters.", {0, 4096}));
  keys.push_back(value("quality.spans", at(&Q::spans), "Judge what spans of calls of models hold: prompts, answers, and the documents that were retrieved in the same trace."));
  keys.push_back(value("quality.logs", at(&Q::logs), "Judge what log lines hold: [USER] and [MODEL], JSON with \"prompt\" and \"answer\", and the patterns below."));
  keys.push_back(records<judge::LogPattern>(
      "quality.patterns", at(&Q::patterns), "list of {name, pattern}",
      "Log lines of your own: regular expressions (RE2) whose named groups are prompt, answer, facts, id, model, service, route, trace_id. A prompt and its answer in two lines "
      "are put together by id within their stream.",
      "- name: chat\n  pattern: 'q#(?P<id>[0-9]+) (?:asked: (?P<prompt>.*)|answered: (?P<answer>.*))'"));
  keys.push_back(value("quality.queue_max", at(&Q::queue_max), "Evaluations that wait at one time; further ones are dropped and counted.", {1, 1'000'000}));
  keys.push_back(value("quality.series_max", at(&Q::series_max), "Models, services and routes that are told apart; further ones are counted together.", {1, 10'000}));
  keys.push_back(value("quality.kept_max", at(&Q::kept_max), "Flagged answers that are kept to be read and labelled; labelled ones are kept ten times as long. logs.content says what of their text.",
                       {10, 1'000'000}));
  const auto drift = [](auto member) { return [member](Config& c) -> auto& { return c.quality.drift.*member; }; };
  using D = Q::Drift;
  keys.push_back(value("quality.drift.window", drift(&D::window), "The time whose prompts are compared with the baseline.", {kSecond, 31 * 24 * kHour}));
  keys.push_back(value("quality.drift.interval", drift(&D::interval), "How often they are compared.", {kSecond, 24 * kHour}));
  keys.push_back(value("quality.drift.window_rows", drift(&D::window_rows), "Prompts of a window that are looked at; evenly over its time where more come.", {50, 5000}));
  keys.push_back(value("quality.drift.baseline_rows", drift(&D::baseline_rows), "How many of the first prompts of a series make its baseline.", {50, 10'000}));
  keys.push_back(value("quality.drift.rows_min", drift(&D::rows_min), "Prompts that a verdict needs in the window.", {30, 5000}));
  const auto hallucination = [](auto member) { return [member](Config& c) -> auto& { return c.quality.hallucination.*member; }; };
  using H = Q::Hallucination;
  keys.push_back(value("quality.hallucination.window", hallucination(&H::window), "The time whose share of flagged answers is told.", {10 * kSecond, 24 * kHour}));
  keys.push_back(value("quality.hallucination.baseline", hallucination(&H::baseline), "The time before it that says what is usual.", {10 * kMinute, 7 * 24 * kHour}));
  keys.push_back(value("quality.hallucination.answers_min", hallucination(&H::answers_min), "Answers that an alarm needs in the window.", {1, 100'000}));
  keys.push_back(value("quality.hallucination.share_percent", hallucination(&H::share_percent), "The share of flagged answers, in percent, that is too much.", {1, 99}));
}

std::vector<Key> make_keys() {
  std::vector<Key> keys;
  const auto main = [](Config& c) -> Listener& { return c.main; };
  const auto process = [](Config& c) -> Listener& { return c.exporters.process; };
  const auto gpu = [](Config& c) -> Listener& { return c.exporters.gpu; };

  keys.push_back(value(
      "listen", [](Config& c) -> auto& { return c.main.address; },
      "Where the pages and every API are served. An address that other machines can reach needs auth (below)."));
  keys.back().type = "HOST:PORT";
  keys.push_back(value("data", [](Config& c) -> auto& { return c.data; },
                       "Folder for all that is stored. One running program a folder; it is made when it is missing.", {1, 4096}));
  add_listener(keys, "", main, "the main listener");

  keys.push_back(value("auth.user", [](Config& c) -> auto& { return c.auth.user; }, "The user name that goes with the password.", {1, 64}));
  keys.push_back(value(
      "auth.password_hash", [](Config& c) -> auto& { return c.auth.password_hash; }, "What `monitorai passwd` prints. Empty: no password.",
      {0, 512}, "scrypt$16384$8$1$..."));
  keys.push_back(records<Token>(
      "auth.tokens", [](Config& c) -> auto& { return c.auth.tokens; }, "list of {name, sha256, scope}",
      "Bearer tokens, for scrapers and scripts. `monitorai passwd --token NAME` makes one and prints what goes here. The scope read (the default) "
      "allows queries, write everything: pushing data, reloads, silences.",
      "- name: prometheus\n  sha256: 64 hex digits"));

  keys.push_back(value(
      "exporters.process.listen", [](Config& c) -> auto& { return c.exporters.process.address; },
      "/metrics of the LLM processes (the original's LLM Monitor)."));
  add_listener(keys, "exporters.process.", process, "this listener");
  keys.push_back(value(
      "exporters.gpu.listen", [](Config& c) -> auto& { return c.exporters.gpu.address; },
      "/metrics of the GPUs (the original's GPU Exporter)."));
  add_listener(keys, "exporters.gpu.", gpu, "this listener");

  keys.push_back(value("collect.process.interval", [](Config& c) -> auto& { return c.collect.process.interval; },
                       "How often processes and GPUs are read.", {100, kHour}));
  keys.push_back(
      value("collect.process.cleanup_timeout", [](Config& c) -> auto& { return c.collect.process.cleanup_timeout; },
            "The series of an ended process are gone after at most this long: scans come this often where the interval is longer.",
            {100, kHour}));
  keys.push_back(value("collect.process.proc", [](Config& c) -> auto& { return c.collect.process.proc; },
                       "Where the proc file system is mounted.", {1, 4096}));
  keys.push_back(value(
      "collect.process.events", [](Config& c) -> auto& { return c.collect.process.events; },
      "Hear of new processes from the kernel (netlink process connector) where that is permitted; elsewhere they are found by polling."));

  keys.push_back(records<collect::Signature>(
      "collect.process.signatures", [](Config& c) -> auto& { return c.collect.process.signatures; }, "list of signatures",
      "Runtimes of your own, looked at before the built-in ones. Names compare without regard to case and may begin or end with *; "
      "docs/adding-a-runtime.md explains every field. `monitorai ps --explain PID` shows what hits.",
      "- framework: ourserver\n  executables: [our-llm-server]\n  scripts: [serve_our_llm]\n  model_flags: [model, model-path]\n"
      "  ports: [8123]\n  metrics_path: /metrics"));

  keys.push_back(value(
      "collect.gpu.info_path", [](Config& c) -> auto& { return c.collect.gpu.info_path; },
      "Files that processes write about their own GPU use, gpu-info-{PID}.json. The file of a dead process is deleted. Empty: off."));
  keys.push_back(value("collect.gpu.info_age_max", [](Config& c) -> auto& { return c.collect.gpu.info_age_max; },
                       "A file that was written longer ago than this is not used.", {1000, kHour}));
  keys.push_back(value("collect.gpu.service", [](Config& c) -> auto& { return c.collect.gpu.service; },
                       "The label service of nvidia_gpu_*.", {1, 256}));
  keys.push_back(value("collect.gpu.namespace", [](Config& c) -> auto& { return c.collect.gpu.service_namespace; },
                       "The label namespace of nvidia_gpu_*.", {1, 256}));
  keys.push_back(value("collect.gpu.nvml", [](Config& c) -> auto& { return c.collect.gpu.nvml; }, "Ask NVIDIA's driver through NVML."));
  keys.push_back(value("collect.gpu.nvml_library", [](Config& c) -> auto& { return c.collect.gpu.nvml_library; },
                       "A library name for the dynamic linker, or a path.", {1, 4096}));
  keys.push_back(value(
      "collect.gpu.nvidia_smi", [](Config& c) -> auto& { return c.collect.gpu.nvidia_smi; }, "Run nvidia-smi where NVML gives nothing."));
  keys.push_back(value("collect.gpu.nvidia_smi_program", [](Config& c) -> auto& { return c.collect.gpu.nvidia_smi_program; },
                       "A program name to look for in PATH, or a path.", {1, 4096}));
  keys.push_back(
      value("collect.gpu.drm", [](Config& c) -> auto& { return c.collect.gpu.drm; }, "Read AMD and Intel GPUs from DRM and sysfs."));

  keys.push_back(value(
      "metrics.listen", [](Config& c) -> auto& { return c.metrics.prometheus.address; },
      "Prometheus's port, with the Prometheus API alone (the main listener has it too): for Grafana, promtool and whatever else expects a "
      "Prometheus."));
  add_listener(keys, "metrics.", [](Config& c) -> Listener& { return c.metrics.prometheus; }, "this listener");
  keys.push_back(value("metrics.retention", [](Config& c) -> auto& { return c.metrics.retention; },
                       "How long samples are kept. Whole days are dropped.", {kHour, 10 * 365 * 24 * kHour}));
  keys.push_back(value("metrics.retention_bytes", [](Config& c) -> auto& { return c.metrics.retention_bytes; },
                       "The size of all stored samples beyond which the oldest day is dropped, in bytes. 0: no limit."));
  keys.push_back(value("metrics.out_of_order_window", [](Config& c) -> auto& { return c.metrics.out_of_order_window; },
                       "Samples older than their series' newest one are taken when they are not older than this.", {0, 24 * kHour}));
  keys.push_back(value("metrics.series_max", [](Config& c) -> auto& { return c.metrics.series_max; },
                       "Series at one time; samples of further ones are refused.", {1000, 100'000'000}));
  keys.push_back(value("metrics.durable_acknowledgement", [](Config& c) -> auto& { return c.metrics.durable_acknowledgement; },
                       "Acknowledge samples when they are on the disk, not when the operating system has them (they are on the disk "
                       "100 ms later)."));
  keys.push_back(value("metrics.admin_api", [](Config& c) -> auto& { return c.metrics.admin_api; },
                       "Answer /api/v1/admin/tsdb/*: deleting series and snapshots."));

  add_logs(keys);
  add_otlp(keys);
  add_traces(keys);
  keys.push_back(prices());
  add_sampling(keys);
  add_quality(keys);

  keys.push_back(value("scrape.interval", [](Config& c) -> auto& { return c.scrape.interval; },
                       "How often targets are scraped that do not say so themselves.", {100, kHour}));
  keys.push_back(value("scrape.timeout", [](Config& c) -> auto& { return c.scrape.timeout; },
                       "When a scrape is given up; never longer than the interval.", {100, kHour}));
  keys.push_back(value("scrape.runtimes", [](Config& c) -> auto& { return c.scrape.runtimes; },
                       "Find the metrics of the LLM services that were found, and scrape them."));
  keys.push_back(scrape_configs());

  keys.push_back(texts("dashboards.files", [](Config& c) -> auto& { return c.dashboards.files; },
                       "Dashboards of your own as files, Grafana's JSON; the last part of a path may hold *. They are read anew each time.",
                       "- /etc/monitorai/dashboards/*.json"));
  keys.push_back(texts("rules.files", [](Config& c) -> auto& { return c.rules.files; },
                       "Rule files, as Prometheus has them; the last part of a path may hold *. `monitorai check rules FILE` checks them.",
                       "- rules/*.yml"));
  keys.push_back(value("rules.interval", [](Config& c) -> auto& { return c.rules.interval; },
                       "How often groups are evaluated that name no interval of their own.", {kSecond, 24 * kHour}));
  keys.push_back(value("rules.query_offset", [](Config& c) -> auto& { return c.rules.query_offset; },
                       "How far before its time a rule looks, so that late samples count; for groups that name none.", {0, kHour}));
  keys.push_back(value("rules.resend_delay", [](Config& c) -> auto& { return c.rules.resend_delay; },
                       "An alert that goes on is told again after this long.", {kSecond, kHour}));
  keys.push_back(value("rules.external_url", [](Config& c) -> auto& { return c.rules.external_url; },
                       "The address of these pages as others reach it, for links in alerts. Empty: the one that is listened on.", {0, 1024}));

  keys.push_back(value("alerting.config", [](Config& c) -> auto& { return c.alerting.config; },
                       "A file in Alertmanager's format: routes, receivers, inhibitions, time intervals. `monitorai check alerting FILE` checks "
                       "it. Empty: alerts are shown and can be silenced, and nobody is told.",
                       {0, 4096}, "alertmanager.yml"));
  keys.push_back(alertmanagers());

  keys.push_back(value("query.timeout", [](Config& c) -> auto& { return c.query.timeout; }, "A query that takes longer is ended.",
                       {100, kHour}));
  keys.push_back(value("query.lookback", [](Config& c) -> auto& { return c.query.lookback; },
                       "How old the newest sample of a series may be to count as its value now.", {kSecond, 24 * kHour}));
  keys.push_back(value("query.samples_max", [](Config& c) -> auto& { return c.query.samples_max; },
                       "Samples that one query may hold in memory.", {1000, 10'000'000'000}));
  keys.push_back(value("query.concurrent_max", [](Config& c) -> auto& { return c.query.concurrent_max; },
                       "PromQL queries that run at one time; further ones are refused with 503.", {1, 10'000}));

  keys.push_back(value("http.connections_max", [](Config& c) -> auto& { return c.http.connections_max; },
                       "Open connections, all listeners together.", {16, 65'536}));
  keys.push_back(value("http.workers", [](Config& c) -> auto& { return c.http.workers; }, "Threads that answer requests.", {1, 256}));
  keys.push_back(value("http.request_bytes_max", [](Config& c) -> auto& { return c.http.request_bytes_max; },
                       "The largest request body, in bytes.", {1024, int64_t{1} << 30}));
  keys.push_back(value("http.idle_timeout", [](Config& c) -> auto& { return c.http.idle_timeout; },
                       "Idle connections are closed after this long.", {kSecond, kHour}));

  keys.push_back(
      value("log.level", [](Config& c) -> auto& { return c.log.level; }, "The least severe messages that are written to stderr."));
  keys.push_back(value("log.format", [](Config& c) -> auto& { return c.log.format; }, "Lines for people, or one JSON object a line."));
  return keys;
}

std::vector<std::string> candidates_below(std::string_view section) {
  std::set<std::string> names;
  for (const Key& key : config_keys()) {
    if (!key.path.starts_with(section)) continue;
    const std::string_view rest = std::string_view(key.path).substr(section.size());
    names.emplace(rest.substr(0, rest.find('.')));
  }
  return {names.begin(), names.end()};
}

bool is_section(std::string_view path) {
  const std::string prefix = fmt::format("{}.", path);
  return std::any_of(config_keys().begin(), config_keys().end(), [&](const Key& key) { return key.path.starts_with(prefix); });
}

void read_section(const YamlNode& map, const std::string& prefix, std::string_view file, Config& config, std::vector<Problem>& problems) {
  for (const YamlEntry& entry : map.entries) {
    const std::string path = prefix + entry.key;
    const std::string where = fmt::format("{}:{}", file, entry.line);
    const auto key = std::find_if(config_keys().begin(), config_keys().end(), [&](const Key& k) { return k.path == path; });
    if (key != config_keys().end()) {
      std::vector<Problem> found;
      key->read(entry.value, file, config, found);
      for (Problem& problem : found) problems.push_back({std::move(problem.where), fmt::format("{}: {}", path, problem.text)});
    } else if (!is_section(path)) {
      const std::string hint = suggestion(path);
      problems.push_back({where, fmt::format("unknown key {}{}", path, hint.empty() ? "" : ": " + hint)});
    } else if (entry.value.kind == YamlNode::Kind::map) {
      read_section(entry.value, path + ".", file, config, problems);
    } else if (entry.value.kind != YamlNode::Kind::null) {
      problems.push_back(
          {where, fmt::format("{} is a section, not one value: its keys are {}", path, join(candidates_below(path + "."), ", "))});
    }
  }
}

}  // namespace

const std::vector<Key>& config_keys() {
  static const std::vector<Key> keys = make_keys();
  return keys;
}

const std::vector<Section>& config_sections() {
  static const std::vector<Section> sections{
      {"tls", "HTTPS of the main listener."},
      {"auth", "Who may come in: with a password or a token set, every request to the main listener needs one of them."},
      {"exporters",
       "The role ports: further listeners with /metrics alone. A port that another program has costs a warning, not the start."},
      {"collect", "What is observed."},
      {"metrics", "The metric store. Changes need a restart."},
      {"logs", "Logs: followed files, Loki's API, the log store."},
      {"logs.mask", "What is made unreadable before it is stored."},
      {"otlp", "OpenTelemetry: traces, metrics and logs that programs send to us."},
      {"traces", "Traces: Tempo's API, the trace store. Changes of the store need a restart."},
      {"traces.sampling", "Which traces are stored. All are, where nothing else is said."},
      {"quality", "Drift of prompts and hallucination of answers. Changes need a restart."},
      {"quality.drift", "Prompts against what they were."},
      {"quality.hallucination", "When the share of flagged answers is an alarm."},
      {"scrape", "Metrics of other programs."},
      {"rules", "Recording and alerting rules."},
      {"alerting", "Who is told of alerts."},
      {"query", "What one query may use. Changes need a restart."},
      {"http", "Limits of the HTTP server. Changes need a restart."},
      {"log", "The program's own log."},
  };
  return sections;
}

void read_config(const YamlNode& document, std::string_view file, Config& config, std::vector<Problem>& problems) {
  if (document.kind == YamlNode::Kind::null) return;
  if (document.kind != YamlNode::Kind::map) {
    problems.push_back(
        {fmt::format("{}:{}", file, document.line), fmt::format("the file is {}, not a map of keys", kind_name(document.kind))});
    return;
  }
  read_section(document, "", file, config, problems);
}

std::string suggestion(std::string_view path) {
  const size_t dot = path.rfind('.');
  const std::string section(dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot + 1));
  const std::string_view name = path.substr(section.size());
  if (const auto near = nearest(name, candidates_below(section))) return fmt::format("did you mean {}{}?", section, *near);
  std::vector<std::string> all;
  for (const Key& key : config_keys()) {
    all.push_back(key.path);
    if (key.path.ends_with(fmt::format(".{}", path)) || basename(name) == key.path.substr(key.path.rfind('.') + 1))
      return fmt::format("did you mean {}?", key.path);
  }
  if (const auto near = nearest(path, all)) return fmt::format("did you mean {}?", *near);
  return {};
}

std::string environment_name(std::string_view path) {
  std::string name = "MONITORAI_";
  for (const char c : path) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return name;
}

}  // namespace monitorai::app
