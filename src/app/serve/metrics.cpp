#include "app/serve/metrics.h"

#include <unistd.h>

#include "app/config/schema.h"
#include "app/config/scrape_configs.h"
#include "base/log.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

constexpr std::string_view kFolder = "metrics";
constexpr std::chrono::seconds kRuntimeTimeout{2};
constexpr size_t kHostNameBytesMax = 256;

/// The name under which this machine's own series are stored: what `instance` would tell if another Prometheus scraped us.
std::string host_name() {
  char name[kHostNameBytesMax] = "";
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

store::Settings store_settings(const Config& config) {
  store::Settings out;
  out.folder = std::filesystem::path(config.data) / kFolder;
  out.retention = config.metrics.retention;
  out.retention_bytes = static_cast<uint64_t>(config.metrics.retention_bytes);
  out.out_of_order_window = config.metrics.out_of_order_window;
  out.durability = config.metrics.durable_acknowledgement ? store::Durability::sync : store::Durability::batched;
  out.limits.series_max = static_cast<size_t>(config.metrics.series_max);
  return out;
}

query::Limits query_limits(const Config& config) {
  return {.samples_max = static_cast<uint64_t>(config.query.samples_max),
          .timeout = config.query.timeout,
          .concurrent_max = static_cast<size_t>(config.query.concurrent_max)};
}

std::vector<collect::ScrapeJob> jobs_of(const Config& config) {
  std::vector<collect::ScrapeJob> jobs;
  for (const collect::ScrapeSettings& job : config.scrape_configs) {
    auto settings = std::make_shared<const collect::ScrapeSettings>(with_defaults(job, config.scrape.interval, config.scrape.timeout));
    collect::Fetch fetch = collect::http_fetch(settings);
    jobs.push_back({std::move(settings), std::move(fetch)});
  }
  return jobs;
}

serve::StoreView store_view(const store::Statistics& statistics) {
  serve::StoreView out{.series = statistics.series, .label_pairs = statistics.label_pairs};
  if (statistics.samples) {
    out.oldest = statistics.samples->from;
    out.newest = statistics.samples->to;
  }
  const auto named = [](const auto& counts) {
    std::vector<serve::NamedCount> names;
    for (const auto& one : counts) names.push_back({one.name, one.count});
    return names;
  };
  out.series_by_metric = named(statistics.series_by_metric);
  out.values_by_label = named(statistics.values_by_label);
  out.series_by_label_pair = named(statistics.series_by_pair);
  return out;
}

void counter(std::vector<MetricFamily>& out, std::string name, std::string help, std::vector<std::pair<Labels, uint64_t>> points) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = MetricType::counter};
  for (auto& [labels, value] : points) family.counter(std::move(labels), static_cast<double>(value));
  out.push_back(std::move(family));
}

void gauge(std::vector<MetricFamily>& out, std::string name, std::string help, double value) {
  MetricFamily family{.name = std::move(name), .help = std::move(help)};
  family.gauge({}, value);
  out.push_back(std::move(family));
}

}  // namespace

Metrics::Metrics(const Config& config, const Clock& clock)
    : clock_(clock),
      config_(config),
      pool_(std::max<size_t>(1, std::thread::hardware_concurrency())),
      engine_(query_limits(config), pool_, {.lookback = config.query.lookback}) {}

Result<std::unique_ptr<Metrics>> Metrics::open(const Config& config, const Clock& clock) {
  std::unique_ptr<Metrics> out(new Metrics(config, clock));
  MAI_TRY_ASSIGN(out->store_, store::MetricStore::open(store_settings(config), clock, out->files_));
  const std::string host = host_name();
  const auto sink = [&](std::string job) { return std::make_unique<store::BatchSink>(*out->store_, Labels{{"job", std::move(job)}, {"instance", host}}); };
  out->process_sink_ = sink("llm-monitor");
  out->gpu_sink_ = sink("gpu-exporter");
  out->own_sink_ = sink("monitorai");
  out->scraping_ = std::make_unique<collect::ScrapePool>(*out->store_, clock, read_target_file);
  out->runtimes_ = std::make_unique<collect::RuntimeTargets>(*out->scraping_, clock, collect::http_ask(kRuntimeTimeout),
                                                             collect::RuntimeSettings{.interval = config.scrape.interval, .timeout = kRuntimeTimeout});
  out->apply(config);
  return out;
}

Metrics::~Metrics() { stop(); }

void Metrics::stop() {
  runtimes_.reset();
  scraping_.reset();
}

void Metrics::apply(const Config& config) {
  {
    const std::lock_guard lock(config_mutex_);
    config_ = config;
  }
  scrape_runtimes_ = config.scrape.runtimes;
  scraping_->set_jobs("config", jobs_of(config));
  if (!config.scrape.runtimes) runtimes_->update(std::make_shared<const signals::ProcessSnapshot>());
}

void Metrics::observe(const serve::Observation& observation, const std::vector<MetricFamily>& own) {
  const auto store = [&](store::BatchSink& sink, std::string source, const std::vector<MetricFamily>& families) {
    const auto batch = std::make_shared<const signals::Batch>(signals::Batch{std::move(source), observation.time, families});
    if (const auto accepted = sink.accept(batch); !accepted) {
      if (batches_refused_++ == 0) log::warn("a scan could not be stored; further ones are only counted", {{"error", accepted.error().message}});
    }
  };
  store(*process_sink_, "process", observation.process_families);
  store(*gpu_sink_, "gpu", observation.gpu_families);
  store(*own_sink_, "own", own);
  if (scrape_runtimes_) runtimes_->update(observation.processes);
}

serve::TargetsView Metrics::targets() const {
  serve::TargetsView out;
  for (const collect::TargetStatus& status : scraping_->targets()) {
    const collect::Target& target = status.target;
    out.active.push_back({.discovered_labels = target.discovered_labels,
                          .labels = target.labels,
                          .pool = status.job,
                          .url = target.url,
                          .last_error = status.last.error,
                          .last_scrape = status.last.time,
                          .last_scrape_seconds = std::chrono::duration<double>(status.last.duration).count(),
                          .health = !status.scraped ? "unknown" : status.last.up() ? "up" : "down",
                          .interval = format_duration(target.interval),
                          .timeout = format_duration(target.timeout)});
  }
  for (collect::DroppedTarget& dropped : scraping_->dropped_targets()) out.dropped.emplace_back(std::move(dropped.job), std::move(dropped.discovered_labels));
  return out;
}

std::string Metrics::retention() const {
  const std::lock_guard lock(config_mutex_);
  std::string out = format_duration(config_.metrics.retention);
  if (config_.metrics.retention_bytes > 0) out += " or " + format_bytes(static_cast<double>(config_.metrics.retention_bytes));
  return out;
}

std::map<std::string, std::string> Metrics::flags() const {
  const std::lock_guard lock(config_mutex_);
  std::map<std::string, std::string> out;
  for (const Key& key : config_keys())
    if (!key.structured && key.path.find("password") == std::string::npos) out[key.path] = key.print(config_);
  return out;
}

void Metrics::add_routes(net::Router& router, std::function<serve::RuntimeView()> runtime,
                         std::function<std::vector<serve::RuleGroupView>()> rules, std::function<std::vector<std::string>()> alertmanagers) {
  auto api = std::make_shared<serve::PrometheusApi>();
  api->source = store_.get();
  api->engine = &engine_;
  api->clock = &clock_;
  api->targets = [this] { return targets(); };
  api->runtime = std::move(runtime);
  api->rules = std::move(rules);
  api->alertmanagers = std::move(alertmanagers);
  api->flags = [this] { return flags(); };
  api->config_yaml = [this] {
    const std::lock_guard lock(config_mutex_);
    return running_config(config_);
  };
  api->store = [this](size_t limit) { return store_view(store_->statistics(limit)); };
  if (config_.metrics.admin_api) {
    api->delete_series = [this](std::span<const std::vector<signals::Matcher>> selectors, TimeRange range) -> Result<void> {
      for (const std::vector<signals::Matcher>& matchers : selectors) {
        if (auto deleted = store_->delete_series(matchers, range); !deleted) return std::move(deleted).error();
      }
      return {};
    };
    api->clean_tombstones = [this] { return store_->clean_tombstones(); };
    api->snapshot = [this]() -> Result<std::string> {
      MAI_TRY_ASSIGN(const std::filesystem::path folder, store_->snapshot());
      return folder.filename().native();
    };
  }
  serve::add_prometheus_api(router, std::move(api));
  collect::add_remote_write(router, *store_, remote_write_);
}

void Metrics::append_families(std::vector<MetricFamily>& out) const {
  const store::Counters counts = store_->counters();
  gauge(out, "monitorai_store_series", "Series in the metric store.", static_cast<double>(store_->series_count()));
  gauge(out, "monitorai_store_blocked", "Whether writes are refused because the disk is full or failing.", store_->blocked() ? 1 : 0);
  counter(out, "monitorai_store_samples", "Samples offered to the metric store, by what became of them.",
          {{{{"outcome", "accepted"}}, counts.samples_accepted},
           {{{"outcome", "duplicate"}}, counts.samples_duplicate},
           {{{"outcome", "conflicting"}}, counts.samples_conflicting},
           {{{"outcome", "out_of_order"}}, counts.samples_out_of_order},
           {{{"outcome", "too_old"}}, counts.samples_too_old},
           {{{"outcome", "too_new"}}, counts.samples_too_new},
           {{{"outcome", "over_limit"}}, counts.samples_over_limit},
           {{{"outcome", "invalid"}}, counts.samples_invalid}});
  const store::DiskUsage disk = store_->disk_usage();
  gauge(out, "monitorai_store_partitions", "Partitions (days) in the metric store.", static_cast<double>(disk.partitions));
  gauge(out, "monitorai_store_partitions_set_aside", "Partitions that were damaged and are not read.", static_cast<double>(store_->set_aside().size()));
  MetricFamily bytes{.name = "monitorai_store_size_bytes", .help = "Bytes of the metric store on disk.", .unit = "bytes"};
  bytes.gauge({{"part", "partitions"}}, static_cast<double>(disk.partition_bytes));
  bytes.gauge({{"part", "log"}}, static_cast<double>(disk.log_bytes));
  out.push_back(std::move(bytes));
  counter(out, "monitorai_store_failures", "Operations on the disk that failed, by what was tried.",
          {{{{"operation", "log"}}, counts.log_failures},
           {{{"operation", "sync"}}, counts.sync_failures},
           {{{"operation", "checkpoint"}}, counts.checkpoint_failures},
           {{{"operation", "persist"}}, counts.persist_failures}});
  counter(out, "monitorai_store_writes_refused", "Writes refused as a whole because the disk could not follow.", {{{}, counts.writes_refused}});
  counter(out, "monitorai_store_late_samples_refused", "Late samples refused because there were too many in memory; also counted as over_limit.",
          {{{}, counts.samples_late_refused}});
  counter(out, "monitorai_store_exemplars_refused", "Exemplars refused because their labels are too long or not UTF-8.", {{{}, counts.exemplars_refused}});
  counter(out, "monitorai_store_families_refused", "Types and helps of metrics refused because they are too many or too long.", {{{}, counts.families_refused}});
  counter(out, "monitorai_store_series_created", "Series that the metric store has begun.", {{{}, counts.series_created}});
  counter(out, "monitorai_store_series_removed", "Series that left the metric store with their last partition.", {{{}, counts.series_removed}});
  counter(out, "monitorai_store_batches_refused", "Scans of our own collectors that could not be stored.", {{{}, batches_refused_.load()}});
  gauge(out, "monitorai_queries_running", "PromQL queries that are evaluated now.", static_cast<double>(engine_.running()));
  counter(out, "monitorai_queries_refused", "PromQL queries refused because as many as query.concurrent_max ran already.", {{{}, engine_.refused()}});
  const collect::ScrapeCounts scrapes = scraping_ ? scraping_->counts() : collect::ScrapeCounts{};
  counter(out, "monitorai_scrapes", "Scrapes of targets, by outcome.",
          {{{{"outcome", "up"}}, scrapes.scrapes - scrapes.failed}, {{{"outcome", "down"}}, scrapes.failed}, {{{"outcome", "late"}}, scrapes.late}});
  counter(out, "monitorai_scrape_target_errors", "Addresses and files that could not be made targets.", {{{}, scrapes.target_errors}});
  counter(out, "monitorai_remote_write_requests", "Requests of remote_write, by outcome.",
          {{{{"outcome", "taken"}}, remote_write_.requests - remote_write_.refused_requests}, {{{"outcome", "refused"}}, remote_write_.refused_requests}});
  counter(out, "monitorai_remote_write_samples", "Samples of remote_write, by outcome.",
          {{{{"outcome", "accepted"}}, remote_write_.samples},
           {{{"outcome", "duplicate"}}, remote_write_.duplicate_samples},
           {{{"outcome", "refused"}}, remote_write_.refused_samples},
           {{{"outcome", "native_histogram"}}, remote_write_.native_histograms}});
}

}  // namespace monitorai::app
