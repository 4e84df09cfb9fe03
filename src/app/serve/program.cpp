#include "app/serve/program.h"

#include <sys/resource.h>

#include "app/serve/dashboard_file.h"
#include "app/serve/dashboard_folder.h"
#include "app/serve/own_rules.h"
#include "app/serve/session_file.h"
#include "app/serve/text_rules.h"
#include "base/log.h"
#include "base/text.h"
#include "serve/health.h"
#include "serve/login.h"
#include "serve/ui/dashboard_api.h"
#include "serve/ui/pages.h"
#include "serve/metrics_endpoint.h"
#include "serve/own_metrics.h"
#include "serve/rule_editor.h"

namespace monitorai::app {
namespace {

constexpr rlim_t kOpenFilesWanted = 65'536;
constexpr std::string_view kDashboardFile = "dashboards.db";
constexpr std::string_view kSessionFile = "sessions.db";

serve::AccessSettings access_settings(const Config& config) {
  serve::AccessSettings out{.user = config.auth.user, .password_hash = config.auth.password_hash, .tokens = {}};
  for (const Token& token : config.auth.tokens)
    out.tokens.push_back({token.name, token.sha256, token.scope == "write" ? serve::Scope::write : serve::Scope::read});
  out.secure_cookies = !config.main.tls.certificate.empty();
  out.cors_origins = config.otlp.cors_origins;
  return out;
}

/// Without the file nobody can log in; Basic and tokens still work.
std::shared_ptr<serve::SessionShelf> open_sessions(const Config& config, const Clock& clock) {
  auto sessions = SessionFile::open(std::filesystem::path(config.data) / kSessionFile, clock);
  if (sessions) return std::move(*sessions);
  log::error("nobody can log in by browser", {{"error", sessions.error().message}});
  return nullptr;
}

net::HttpLimits http_limits(const Config::Http& http) {
  net::HttpLimits limits;
  limits.connections_max = static_cast<size_t>(http.connections_max);
  limits.workers = static_cast<size_t>(http.workers);
  limits.body_bytes_max = static_cast<size_t>(http.request_bytes_max);
  limits.idle_timeout = http.idle_timeout;
  return limits;
}

net::HttpGuard guard_of(std::shared_ptr<serve::Access> access) {
  return [access = std::move(access)](const net::HttpRequest& request) { return access->check(request); };
}

/// Connections and the stat files that scanning keeps open need more descriptors than the 1024 that shells give.
void raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kOpenFilesWanted) return;
  limit.rlim_cur = std::min(limit.rlim_max, kOpenFilesWanted);
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool needs_restart(std::string_view key) {
  constexpr std::array<std::string_view, 12> kApplied{"traces.listen", "traces.tls.", "metrics.listen", "metrics.tls.", "logs.listen",  "logs.tls.",           "logs.files",
                                                      "logs.detected",  "logs.mask.",   "logs.content", "logs.scrape_configs", "logs.promtail"};
  constexpr std::array<std::string_view, 11> kOpenedOnce{"data",    "quality.",          "dashboards.",            "http.",     "metrics.", "query.", "logs.",
                                                         "traces.", "otlp.cors_origins", "otlp.request_bytes_max", "otlp.grpc."};
  const auto begins = [&](std::string_view part) { return key.starts_with(part); };
  return std::any_of(kOpenedOnce.begin(), kOpenedOnce.end(), begins) && std::none_of(kApplied.begin(), kApplied.end(), begins);
}

std::string lines_of(const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  for (const Problem& problem : problems) lines.push_back(problem.line());
  return join(lines, "\n");
}

}  // namespace

Result<std::unique_ptr<Program>> Program::start(ConfigSources sources, Config config, MainInbox& inbox) {
  raise_open_files_limit();
  MAI_TRY_ASSIGN(DataLock lock, DataLock::take(config.data));
  std::unique_ptr<Program> program(new Program(std::move(sources), std::move(config), std::move(lock), inbox));
  MAI_TRY(program->open());
  if (const auto applied = program->addresses_->apply(program->config_, guard_of(program->access_)); !applied)
    return Error{applied.error().code, applied.error().message + ". Choose another address with --listen HOST:PORT"};
  forward::ReadNotifyConfig notify = Alerting::read(program->config_);
  if (!notify.problems.empty()) return Error{Code::invalid, "cannot read alerting.config:\n" + lines_of(notify.problems)};
  program->alerting_->apply(program->config_, std::move(notify.config), program->url());
  program->grpc_ = program->traces_->start_grpc(guard_of(program->access_));
  judge::ReadRules rules = Rules::read(program->config_, program->config_.data);
  if (!rules.problems.empty()) return Error{Code::invalid, "cannot read the rules:\n" + lines_of(rules.problems)};
  program->alerting_->start();
  program->rules_->apply(program->config_, std::move(rules), program->url());
  program->rules_->start();
  program->lock_.say(program->url());
  return program;
}

Program::Program(ConfigSources sources, Config config, DataLock lock, MainInbox& inbox)
    : started_(clock_.now()),
      sources_(std::move(sources)),
      config_(std::move(config)),
      lock_(std::move(lock)),
      inbox_(inbox),
      reload_state_(std::make_shared<const ReloadState>(ReloadState{.last_success = started_})),
      observations_(std::make_shared<serve::PublishedObservation>()),
      access_(std::make_shared<serve::Access>(access_settings(config_), clock_, open_sessions(config_, clock_))) {}

Result<void> Program::open() {
  MAI_TRY_ASSIGN(metrics_, Metrics::open(config_, clock_));
  if (config_.logs.enabled) {
    MAI_TRY_ASSIGN(logs_, Logs::open(config_, clock_));
  }
  MAI_TRY_ASSIGN(quality_, Quality::open(config_, clock_));
  MAI_TRY_ASSIGN(alerting_, Alerting::open(config_, clock_));
  rules_ = std::make_unique<Rules>(metrics_->engine(), metrics_->store(), logs_ ? judge::logql_query(logs_->engine(), logs_->source()) : judge::no_log_query(), clock_,
                                   [this](std::span<const judge::Alert> alerts) {
                                     alerting_->notify(quality_->explained(alerts, config_.rules.external_url.empty() ? url() : config_.rules.external_url));
                                   });
  MAI_TRY_ASSIGN(traces_, Traces::open(config_, clock_, *metrics_, logs_.get(), quality_->span_tap()));
  if (logs_) quality_->follow(logs_->source());
  server_ = std::make_unique<net::HttpServer>(http_limits(config_.http));
  auto processes = std::make_shared<net::Router>();
  serve::add_metrics_endpoint(*processes, observations_, {.processes = true});
  auto gpus = std::make_shared<net::Router>();
  serve::add_metrics_endpoint(*gpus, observations_, {.gpus = true});
  std::vector<Role> roles{
      {"main", "Pages and APIs", "", true, [](const Config& c) -> const Listener& { return c.main; }, main_router()},
      {"process", "LLM processes", "/metrics", false, [](const Config& c) -> const Listener& { return c.exporters.process; },
       std::move(processes)},
      {"gpu", "GPUs", "/metrics", false, [](const Config& c) -> const Listener& { return c.exporters.gpu; }, std::move(gpus)},
      {"prometheus", "Prometheus API", "", false, [](const Config& c) -> const Listener& { return c.metrics.prometheus; },
       prometheus_router()}};
  if (logs_) {
    auto loki = std::make_shared<net::Router>();
    logs_->add_routes(*loki);
    serve::add_ruler_api(*loki, [this] { return rules_->groups(); });
    roles.push_back({"loki", "Loki API", "", false, [](const Config& c) -> const Listener& { return c.logs.loki; }, std::move(loki)});
  }
  if (config_.traces.enabled) {
    auto tempo = std::make_shared<net::Router>();
    traces_->add_tempo_routes(*tempo, true);
    roles.push_back({"tempo", "Tempo API", "", false, [](const Config& c) -> const Listener& { return c.traces.tempo; }, std::move(tempo)});
  }
  auto otlp = std::make_shared<net::Router>();
  traces_->add_otlp_routes(*otlp);
  roles.push_back({"otlp", "OTLP", "", false, [](const Config& c) -> const Listener& { return c.otlp.http; }, std::move(otlp)});
  addresses_ = std::make_unique<Addresses>(*server_, std::move(roles));
  sampler_ = std::make_unique<Sampler>(config_.collect, clock_, observations_, [this](const serve::Observation& observation) {
    metrics_->observe(observation, own_families());
    if (logs_) logs_->observe(observation);
    live_.publish(observation);
  });
  sampler_->start();
  return {};
}

Program::~Program() { stop(); }

void Program::add_prometheus(net::Router& router) {
  serve::add_metrics_endpoint(router, observations_, {.processes = true, .gpus = true, .own = [this] { return own_families(); }});
  serve::add_health_endpoints(router, observations_, [this] { return inbox_.ask_reload(); });
  metrics_->add_routes(router, [this] { return runtime_view(); }, [this] { return rules_->groups(); },
                       [this] { return alerting_->alertmanagers(); });
}

std::shared_ptr<net::Router> Program::prometheus_router() {
  auto router = std::make_shared<net::Router>();
  add_prometheus(*router);
  return router;
}

std::shared_ptr<net::Router> Program::main_router() {
  auto router = std::make_shared<net::Router>();
  serve::add_pages(*router, serve::embedded_assets());
  // Without the file the pages still show what comes with the program.
  if (auto dashboards = DashboardFile::open(std::filesystem::path(config_.data) / kDashboardFile, clock_))
    serve::add_dashboard_api(*router, std::make_shared<DashboardFolder>(config_.dashboards.files, std::move(*dashboards)));
  else
    log::error("own dashboards cannot be kept", {{"error", dashboards.error().message}});
  serve::add_login_endpoints(*router, access_);
  add_prometheus(*router);
  serve::add_snapshot_endpoints(*router, observations_);
  live_.add_endpoint(*router);
  alerting_->add_routes(*router);
  serve::add_rule_editor(*router, std::make_shared<OwnRules>(OwnRules::file_in(config_.data), [this] { return inbox_.ask_reload(); }));
  if (logs_) logs_->add_routes(*router);
  serve::add_ruler_api(*router, [this] { return rules_->groups(); });
  quality_->add_routes(*router);
  traces_->add_otlp_routes(*router);
  if (config_.traces.enabled) {
    traces_->add_tempo_routes(*router, false);
    traces_->add_context_route(*router, observations_, metrics_->store());
  }
  return router;
}

std::vector<signals::MetricFamily> Program::own_families() const {
  using signals::MetricFamily;
  using signals::MetricType;
  std::vector<MetricFamily> out;
  const auto add = [&](MetricType type, std::string name, std::string help, double value, std::string unit = {}) {
    MetricFamily family{.name = std::move(name), .help = std::move(help), .type = type, .unit = std::move(unit)};
    type == MetricType::counter ? family.counter({}, value) : family.gauge({}, value);
    out.push_back(std::move(family));
  };
  serve::append_program_families(out, started_);
  serve::append_log_families(out);
  serve::append_http_families(out, server_->counts());
  const auto seconds = [](TimeMs time) { return static_cast<double>(time.ms) / 1000; };
  const auto reload = reload_state_.read();
  add(MetricType::gauge, "monitorai_config_last_reload_successful", "Whether the newest reload of the configuration went well.",
      reload->successful ? 1 : 0);
  add(MetricType::gauge, "monitorai_config_last_reload_success_timestamp_seconds", "When the running configuration was read.",
      seconds(reload->last_success), "seconds");
  add(MetricType::counter, "monitorai_config_reload_failures", "Reloads that were refused because of errors.",
      static_cast<double>(reload->failed));
  std::error_code unknown;
  if (const auto disk = std::filesystem::space(config_.data, unknown); !unknown) {
    add(MetricType::gauge, "monitorai_data_disk_free_bytes", "What the file system of the data folder still takes.", static_cast<double>(disk.available), "bytes");
    add(MetricType::gauge, "monitorai_data_disk_size_bytes", "Size of the file system of the data folder.", static_cast<double>(disk.capacity), "bytes");
  }
  metrics_->append_families(out);
  rules_->append_families(out);
  alerting_->append_families(out);
  if (logs_) logs_->append_families(out);
  traces_->append_families(out);
  quality_->append_families(out);
  const SampleCounts scans = sampler_->counts();
  add(MetricType::counter, "monitorai_scans", "Scans of processes and GPUs.", static_cast<double>(scans.scans));
  add(MetricType::counter, "monitorai_scans_late", "Scans that took longer than the scan interval.", static_cast<double>(scans.late));
  add(MetricType::counter, "monitorai_scan_seconds", "Time spent in scans.", scans.scan_seconds, "seconds");
  add(MetricType::gauge, "monitorai_last_scan_duration_seconds", "How long the newest scan took.", scans.last_scan_seconds, "seconds");
  if (scans.scans > 0)
    add(MetricType::gauge, "monitorai_last_scan_timestamp_seconds", "When the newest scan was made.", seconds(scans.last_scan), "seconds");
  const serve::AccessCounts access = access_->counts();
  MetricFamily refused{.name = "monitorai_access_refused", .help = "Requests that were not let in.", .type = MetricType::counter};
  refused.counter({{"reason", "credentials"}}, static_cast<double>(access.failed));
  refused.counter({{"reason", "rate_limit"}}, static_cast<double>(access.limited));
  refused.counter({{"reason", "foreign_site"}}, static_cast<double>(access.foreign));
  refused.counter({{"reason", "scope"}}, static_cast<double>(access.scope));
  out.push_back(std::move(refused));
  add(MetricType::gauge, "monitorai_live_pages", "Pages that scans are pushed to.", static_cast<double>(live_.open()));
  add(MetricType::counter, "monitorai_logins", "Sessions that were opened by browser.", static_cast<double>(access.logins));
  return out;
}

serve::RuntimeView Program::runtime_view() const {
  const auto reload = reload_state_.read();
  return {.started = started_,
          .folder = std::filesystem::current_path().native(),
          .reload_succeeded = reload->successful,
          .last_reload = reload->last_success,
          .retention = metrics_->retention()};
}

std::string Program::reload() {
  const auto before = reload_state_.read();
  const auto fail = [&](std::string errors) {
    reload_state_.publish(std::make_shared<const ReloadState>(ReloadState{false, before->last_success, before->failed + 1}));
    log::error("cannot reload the configuration: the running one stays", {{"errors", errors}});
    return errors;
  };
  LoadedConfig loaded = load_config(sources_);
  for (const std::string& warning : loaded.warnings) log::warn(warning);
  if (!loaded.problems.empty()) return fail(lines_of(loaded.problems));
  judge::ReadRules rules = Rules::read(loaded.config, config_.data);
  if (!rules.problems.empty()) return fail(lines_of(rules.problems));
  forward::ReadNotifyConfig notify = Alerting::read(loaded.config);
  if (!notify.problems.empty()) return fail(lines_of(notify.problems));
  const std::vector<std::string> changed = changed_keys(config_, loaded.config);
  auto text = text_rules(loaded.config);
  if (!text) return fail(text.error().message);
  if (logs_) {
    if (const auto applied = logs_->apply(loaded.config); !applied) return fail(applied.error().message);
  }
  access_->configure(access_settings(loaded.config));
  if (const auto applied = addresses_->apply(loaded.config, guard_of(access_)); !applied) {
    access_->configure(access_settings(config_));
    if (logs_)
      if (const auto restored = logs_->apply(config_); !restored) log::error("cannot restore what is followed", {{"error", restored.error().message}});
    return fail(applied.error().message);
  }
  for (const std::string& key : changed)
    if (needs_restart(key)) log::warn("this change needs a restart", {{"key", key}});
  const auto below = [&](std::string_view section) {
    return std::any_of(changed.begin(), changed.end(), [&](const std::string& key) { return key.starts_with(section); });
  };
  const auto is = [&](std::string_view key) { return std::find(changed.begin(), changed.end(), key) != changed.end(); };
  if (below("collect."))
    sampler_->apply(loaded.config.collect,
                    {.process = is("collect.process.proc") || is("collect.process.events") || is("collect.process.signatures"),
                     .gpu = below("collect.gpu.") || is("collect.process.proc")});
  metrics_->apply(loaded.config);
  quality_->set_text(*text);
  traces_->set_text(std::move(*text));
  traces_->reload_tls();
  alerting_->apply(loaded.config, std::move(notify.config), url());
  rules_->apply(loaded.config, std::move(rules), url());
  config_ = std::move(loaded.config);
  log::set_level(config_.log.level);
  log::set_format(config_.log.format);
  lock_.say(url());
  reload_state_.publish(std::make_shared<const ReloadState>(ReloadState{true, clock_.now(), before->failed}));
  log::info("configuration reloaded", {{"changed", changed.empty() ? "nothing" : join(changed, ",")}});
  return {};
}

void Program::stop() {
  inbox_.refuse_reloads();
  if (server_) server_->stop();
  if (traces_) traces_->stop();
  if (sampler_) sampler_->stop();
  if (logs_) logs_->stop();
  if (quality_) quality_->stop();
  if (rules_) rules_->stop();
  if (alerting_) alerting_->stop();
  if (metrics_) metrics_->stop();
}

}  // namespace monitorai::app
