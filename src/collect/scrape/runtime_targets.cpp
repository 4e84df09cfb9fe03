#include "collect/scrape/runtime_targets.h"

#include <algorithm>

#include "base/log.h"
#include "base/threads.h"
#include "collect/scrape/standard_metrics.h"
#include "collect/scrape/status_json.h"

namespace monitorai::collect {
namespace {

using signals::Labels;
using signals::Process;
using signals::Service;

/// True for a text that has at least one sample: a page of HTML is none.
bool is_exposition(std::string_view text) {
  class Counting final : public ExpositionVisitor {
   public:
    Result<void> sample(const ExposedSample& sample) override {
      ++samples;
      auto series = parse_series(sample.series_text);
      return series ? Result<void>() : Result<void>(std::move(series).error());
    }
    void type(std::string_view, signals::MetricType) override {}
    void help(std::string_view, std::string_view) override {}
    void unit(std::string_view, std::string_view) override {}
    size_t samples = 0;
  } counting;
  return parse_exposition(text, ExpositionFormat::prometheus_text, counting) && counting.samples > 0;
}

/// The text and, behind it, the standard series that it says.
Fetch fetch_with_standard_metrics(RuntimeEndpoint endpoint, RuntimeTargets::Ask ask, const Clock& clock) {
  return [endpoint = std::move(endpoint), ask = std::move(ask), &clock, metrics = std::make_shared<StandardMetrics>()](
             const Target&, const std::stop_token& stop) -> Result<ScrapeAnswer> {
    MAI_TRY_ASSIGN(const ScrapeAnswer answer, ask(endpoint, stop));
    MAI_TRY_ASSIGN(std::string text, exposition_of(endpoint, answer));
    MAI_TRY_ASSIGN(const std::string standard, metrics->derive(text, clock.now()));
    if (!text.ends_with('\n')) text += '\n';
    return ScrapeAnswer{text + standard, "text/plain; version=0.0.4"};
  };
}

std::shared_ptr<const ScrapeSettings> job_of(const Service& service, const RuntimeEndpoint& endpoint, const RuntimeSettings& settings) {
  ScrapeSettings job{.job_name = "runtime",
                     .scrape_interval = settings.interval,
                     .scrape_timeout = settings.timeout,
                     .metrics_path = endpoint.path,
                     // What the runtime calls its model is better than what we read from its command line.
                     .honor_labels = true,
                     .follow_redirects = false};
  job.static_configs.push_back({{endpoint.address},
                                Labels{{"service", service.key},
                                       {"model_name", service.model},
                                       {"framework", service.framework},
                                       {"pid", fmt::format("{}", service.root.pid)}}});
  return std::make_shared<const ScrapeSettings>(std::move(job));
}

}  // namespace

Result<std::string> exposition_of(const RuntimeEndpoint& endpoint, const ScrapeAnswer& answer) {
  switch (endpoint.kind) {
    case EndpointKind::prometheus: return answer.body;
    case EndpointKind::ollama: return ollama_status_text(answer.body);
    case EndpointKind::koboldcpp: return koboldcpp_status_text(answer.body);
  }
  return Error{Code::invalid, "unknown kind of endpoint"};
}

RuntimeTargets::RuntimeTargets(ScrapePool& pool, const Clock& clock, Ask ask, RuntimeSettings settings)
    : pool_(pool), clock_(clock), ask_(std::move(ask)), settings_(settings) {
  thread_ = start_thread("probe", [this](const std::stop_token& stop) { run(stop); });
}

RuntimeTargets::~RuntimeTargets() {
  thread_.request_stop();
  thread_ = {};
}

void RuntimeTargets::update(std::shared_ptr<const signals::ProcessSnapshot> snapshot) {
  {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(snapshot);
  }
  changed_.notify_all();
}

void RuntimeTargets::run(const std::stop_token& stop) {
  for (;;) {
    std::shared_ptr<const signals::ProcessSnapshot> snapshot;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return newest_ != nullptr; })) return;
      snapshot = std::exchange(newest_, nullptr);
    }
    bool changed = false;
    for (const Service& service : snapshot->services) {
      const auto root = std::find_if(snapshot->processes.begin(), snapshot->processes.end(), [&](const Process& process) { return process.id == service.root; });
      if (root == snapshot->processes.end()) continue;
      changed |= look_at(service, *root, stop);
      if (stop.stop_requested()) return;
    }
    {
      const std::lock_guard lock(mutex_);
      changed |= std::erase_if(known_, [&](const auto& entry) {
                   return std::none_of(snapshot->services.begin(), snapshot->services.end(),
                                       [&](const Service& service) { return service.key == entry.first && service.root == entry.second.root; });
                 }) > 0;
    }
    if (changed) hand_over();
  }
}

bool RuntimeTargets::look_at(const Service& service, const Process& root, const std::stop_token& stop) {
  Known known;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(service.key); found != known_.end() && found->second.root == service.root) known = found->second;
  }
  if (known.endpoint || (known.root == service.root && clock_.monotonic() < known.next_try)) return false;
  known.root = service.root;
  ProbePlan plan = plan_probe(service, root);
  known.note = plan.candidates.empty() ? plan.left_alone : "asked, no answer";
  for (const RuntimeEndpoint& candidate : plan.candidates) {
    const auto answer = ask_(candidate, stop);
    if (stop.stop_requested()) return false;
    if (!answer) continue;
    const auto text = exposition_of(candidate, *answer);
    if (!text || !is_exposition(*text)) continue;
    known.endpoint = candidate;
    known.note.clear();
    known.job = job_of(service, candidate, settings_);
    known.fetch = fetch_with_standard_metrics(candidate, ask_, clock_);
    log::info("found the metrics of a runtime", {{"service", service.key}, {"endpoint", candidate.address + candidate.path}});
    break;
  }
  if (!known.endpoint) {
    known.next_try = clock_.monotonic() + known.pause;
    known.pause = std::min(known.pause * 2, kRetryMax);
  }
  const bool found = known.endpoint.has_value();
  const std::lock_guard lock(mutex_);
  known_[service.key] = std::move(known);
  return found;
}

void RuntimeTargets::hand_over() {
  std::vector<ScrapeJob> jobs;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, known] : known_)
      if (known.endpoint) jobs.push_back({known.job, known.fetch});
  }
  pool_.set_jobs("runtimes", std::move(jobs));
}

std::vector<RuntimeStatus> RuntimeTargets::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<RuntimeStatus> out;
  for (const auto& [key, known] : known_) out.push_back({key, known.endpoint, known.note});
  return out;
}

}  // namespace monitorai::collect
