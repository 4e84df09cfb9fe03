#include "app/serve/logs.h"

#include "app/serve/text_rules.h"
#include "base/log.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

constexpr std::string_view kStoreFolder = "logs";
constexpr std::string_view kFollowFolder = "follow";

store::LogSettings store_settings(const Config& config) {
  store::LogSettings out;
  out.folder = std::filesystem::path(config.data) / kStoreFolder;
  out.retention = config.logs.retention;
  out.retention_bytes = static_cast<uint64_t>(config.logs.retention_bytes);
  out.out_of_order_window = config.logs.out_of_order_window;
  out.durability = config.logs.durable_acknowledgement ? store::Durability::sync : store::Durability::batched;
  out.limits.streams_max = static_cast<size_t>(config.logs.streams_max);
  out.limits.line_bytes_max = static_cast<size_t>(config.logs.line_bytes_max);
  return out;
}

collect::FollowSettings follow_settings(const Config& config) {
  collect::FollowSettings out;
  out.state = std::filesystem::path(config.data) / kFollowFolder;
  out.proc = config.collect.process.proc;
  out.detected = config.logs.detected;
  if (!config.logs.journal) out.journalctl.clear();
  out.mask = config.logs.mask;
  out.limits.line_bytes_max = static_cast<size_t>(config.logs.line_bytes_max);
  out.line_age_max = config.logs.retention;
  collect::FollowJob files{.name = "logs"};
  for (const std::string& pattern : config.logs.files) files.targets.push_back({.path = std::filesystem::absolute(pattern).lexically_normal().native()});
  if (!files.targets.empty()) out.jobs.push_back(std::move(files));
  for (const auto* jobs : {&config.logs.promtail_jobs, &config.logs.scrape_configs}) out.jobs.insert(out.jobs.end(), jobs->begin(), jobs->end());
  return out;
}

query::LogQlLimits query_limits(const Config& config) {
  return {.lines_returned_max = static_cast<uint64_t>(config.logs.lines_returned_max),
          .samples_max = static_cast<uint64_t>(config.query.samples_max),
          .timeout = config.query.timeout};
}

void counter(std::vector<MetricFamily>& out, std::string name, std::string help, std::vector<std::pair<Labels, uint64_t>> points, std::string unit = {}) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = MetricType::counter, .unit = std::move(unit)};
  for (auto& [labels, value] : points) family.counter(std::move(labels), static_cast<double>(value));
  out.push_back(std::move(family));
}

void gauge(std::vector<MetricFamily>& out, std::string name, std::string help, std::vector<std::pair<Labels, uint64_t>> points, std::string unit = {}) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .unit = std::move(unit)};
  for (auto& [labels, value] : points) family.gauge(std::move(labels), static_cast<double>(value));
  out.push_back(std::move(family));
}

}  // namespace

Logs::Logs(const Config& config, const Clock& clock)
    : clock_(clock), pool_(std::max<size_t>(1, std::thread::hardware_concurrency())), engine_(query_limits(config), pool_) {}

Result<std::unique_ptr<Logs>> Logs::open(const Config& config, const Clock& clock) {
  std::unique_ptr<Logs> out(new Logs(config, clock));
  MAI_TRY_ASSIGN(out->store_, store::LogStore::open(store_settings(config), clock, out->files_));
  out->tail_ = std::make_unique<serve::LiveTail>(*out->store_, out->engine_, clock);
  MAI_TRY_ASSIGN(judge::TextRules content, text_rules(config));
  MAI_TRY_ASSIGN(out->content_, judge::LogContent::make(std::move(content), config.quality.patterns, *out->store_));
  MAI_TRY_ASSIGN(out->follower_, collect::LogFollower::start(follow_settings(config), *out->content_, clock));
  return out;
}

Logs::~Logs() { stop(); }

void Logs::stop() {
  if (follower_) follower_->stop();
  tail_.reset();
}

void Logs::add_routes(net::Router& router) {
  serve::add_loki_api(router, std::make_shared<const serve::LokiApi>(serve::LokiApi{store_.get(), &engine_, &clock_, tail_.get()}));
  collect::add_loki_push(router, *content_, push_);
}

void Logs::observe(const serve::Observation& observation) { follower_->observe(observation.processes); }

Result<void> Logs::apply(const Config& config) {
  MAI_TRY_ASSIGN(judge::TextRules content, text_rules(config));
  MAI_TRY(follower_->apply(follow_settings(config)));
  content_->apply(std::move(content));
  return {};
}

void Logs::append_families(std::vector<MetricFamily>& out) const {
  const store::LogStoreCounts counts = store_->counts();
  counter(out, "monitorai_log_store_lines", "Lines offered to the log store, by what became of them.",
          {{{{"outcome", "accepted"}}, counts.lines_accepted},
           {{{"outcome", "duplicate"}}, counts.lines_duplicate},
           {{{"outcome", "out_of_order"}}, counts.lines_out_of_order},
           {{{"outcome", "too_old"}}, counts.lines_too_old},
           {{{"outcome", "too_new"}}, counts.lines_too_new},
           {{{"outcome", "too_long"}}, counts.lines_too_long},
           {{{"outcome", "over_limit"}}, counts.lines_over_limit},
           {{{"outcome", "invalid"}}, counts.lines_invalid}});
  counter(out, "monitorai_log_store_accepted_bytes", "Text of the lines that the log store accepted.", {{{}, counts.bytes_accepted}}, "bytes");
  counter(out, "monitorai_log_content_masked", "Prompts and answers of log lines that were stored masked, or as their length.", {{{}, content_->masked()}});
  gauge(out, "monitorai_log_store_streams", "Streams in the log store.", {{{}, counts.streams}});
  counter(out, "monitorai_log_store_streams_created", "Streams that the log store has begun.", {{{}, counts.streams_created}});
  counter(out, "monitorai_log_store_streams_removed", "Streams that left the log store with their last partition.", {{{}, counts.streams_removed}});
  gauge(out, "monitorai_log_store_blocked", "Whether writes are refused because the disk is full or failing.", {{{}, store_->blocked() ? 1u : 0u}});
  counter(out, "monitorai_log_store_writes_refused", "Writes refused because full blocks wait for the disk.", {{{}, counts.writes_refused}});
  gauge(out, "monitorai_log_store_memory_bytes", "Bytes that the log store holds in memory, by what they are.",
        {{{{"part", "open"}}, counts.head_bytes}, {{{"part", "waiting"}}, counts.waiting_bytes}, {{{"part", "filters"}}, counts.filter_bytes}}, "bytes");
  const store::LogDiskUsage disk = store_->disk_usage();
  gauge(out, "monitorai_log_store_size_bytes", "Bytes of the log store on disk.", {{{{"part", "partitions"}}, disk.partition_bytes}, {{{"part", "log"}}, disk.log_bytes}}, "bytes");
  gauge(out, "monitorai_log_store_partitions", "Partitions (days) in the log store.", {{{}, disk.partitions}});
  gauge(out, "monitorai_log_store_partitions_set_aside", "Partitions that were damaged and are not read.", {{{}, store_->set_aside().size()}});
  counter(out, "monitorai_log_store_persisted_bytes", "Text of the blocks that went to partitions.", {{{}, counts.bytes_persisted}}, "bytes");
  counter(out, "monitorai_log_store_blocks_persisted", "Blocks that went to partitions.", {{{}, counts.blocks_persisted}});
  counter(out, "monitorai_log_store_checkpoints", "Times that the batch log began anew.", {{{}, counts.checkpoints}});
  counter(out, "monitorai_log_store_failures", "Operations on the disk that failed, by what was tried.",
          {{{{"operation", "log"}}, counts.log_failures},
           {{{"operation", "sync"}}, counts.sync_failures},
           {{{"operation", "checkpoint"}}, counts.checkpoint_failures},
           {{{"operation", "persist"}}, counts.persist_failures}});
  counter(out, "monitorai_loki_push_requests", "Requests of Loki's push API, by outcome.",
          {{{{"outcome", "taken"}}, push_.requests - push_.refused_requests}, {{{"outcome", "refused"}}, push_.refused_requests}});
  counter(out, "monitorai_loki_push_lines", "Lines of Loki's push API, by outcome.",
          {{{{"outcome", "accepted"}}, push_.lines}, {{{"outcome", "duplicate"}}, push_.duplicate_lines}, {{{"outcome", "refused"}}, push_.refused_lines}});
  counter(out, "monitorai_loki_push_line_bytes", "Text of the lines that came by Loki's push API.", {{{}, push_.line_bytes}}, "bytes");
  const serve::TailCounts tails = tail_ ? tail_->counts() : serve::TailCounts{};
  gauge(out, "monitorai_log_tails_open", "Live tails that are open now.", {{{}, tails.open}});
  counter(out, "monitorai_log_tail_lines", "Lines for live tails, by what became of them.",
          {{{{"outcome", "sent"}}, tails.lines_sent}, {{{"outcome", "dropped"}}, tails.lines_dropped}});
  follower_->append_families(out);
}

}  // namespace monitorai::app
