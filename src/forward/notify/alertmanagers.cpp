#include "forward/notify/alertmanagers.h"

#include "base/json_writer.h"
#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"
#include "forward/notify/fields.h"
#include "forward/notify/http_options.h"
#include "forward/notify/message.h"
#include "net/http.h"

namespace monitorai::forward {
namespace {

using yaml::YamlNode;

/// Of what a client asked for: all its alerts or silences.
constexpr size_t kAlertmanagerAnswerBytesMax = size_t{64} << 20;

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// Moves "user:password@" of an address to where nobody shows it. False: it is not percent-encoded well.
bool take_credentials(AlertmanagerSettings& settings) {
  const size_t host = settings.url.find("://") + 3, end = std::min(settings.url.find_first_of("/?#", host), settings.url.size());
  const size_t at = std::string_view(settings.url).substr(0, end).rfind('@');
  if (at == std::string::npos || at < host) return true;
  const std::string_view both = std::string_view(settings.url).substr(host, at - host);
  const size_t colon = std::min(both.find(':'), both.size());
  const auto user = net::percent_decode(both.substr(0, colon), false),
             password = net::percent_decode(both.substr(std::min(colon + 1, both.size())), false);
  if (!user || !password) return false;
  settings.http.user = *user;
  settings.http.password = Secret::literal(*password);
  settings.url.erase(host, at + 1 - host);
  return true;
}

bool is_address(std::string_view url) { return url.starts_with("http://") || url.starts_with("https://"); }

void read_entry(const YamlNode& node, FileProblems& problems, std::vector<AlertmanagerSettings>& out) {
  if (node.kind == YamlNode::Kind::scalar) {
    if (!is_address(node.text))
      return problems.add(node, fmt::format("an Alertmanager's address begins with http:// or https://, not {}", json_string(node.text)));
    AlertmanagerSettings settings{.url = without_slash(node.text), .http = {}};
    if (!take_credentials(settings)) return problems.add(node, "user and password of an Alertmanager's address are percent-encoded");
    out.push_back(std::move(settings));
    return;
  }
  Fields fields(problems, node, "an Alertmanager");
  AlertmanagerSettings settings;
  std::string scheme = "http", prefix, version = "v2";
  fields.text("scheme", scheme,
              [](std::string_view text) { return text == "http" || text == "https" ? std::string() : std::string("it is http or https"); });
  fields.text("path_prefix", prefix);
  fields.text("api_version", version,
              [](std::string_view text) { return text == "v2" ? std::string() : std::string("only v2 is supported"); });
  fields.duration("timeout", settings.timeout);
  read_http_fields(fields, problems, settings.http);
  if (!prefix.empty() && !prefix.starts_with('/')) prefix.insert(0, "/");
  fields.each("static_configs", [&](const YamlNode& one) {
    Fields own(problems, one, "a static_config");
    std::vector<std::string> targets;
    own.texts("targets", targets);
    own.ignore("labels");
    own.end();
    for (const std::string& target : targets) {
      settings.url = without_slash(fmt::format("{}://{}{}", scheme, target, prefix));
      out.push_back(settings);
    }
  });
  fields.end();
}

}  // namespace

std::vector<AlertmanagerSettings> read_alertmanagers(const YamlNode& node, const std::string& file, std::vector<yaml::Problem>& found) {
  FileProblems problems(file, found);
  std::vector<AlertmanagerSettings> out;
  if (node.kind == YamlNode::Kind::null) return out;
  if (node.kind != YamlNode::Kind::list) {
    read_entry(node, problems, out);
  } else {
    for (const YamlNode& item : node.items) read_entry(item, problems, out);
  }
  if (out.size() > kAlertmanagersMax) problems.add(node, fmt::format("more than {} Alertmanagers", kAlertmanagersMax));
  return out;
}

std::string posted_alerts_json(std::span<const Alert> alerts) {
  JsonWriter out;
  out.begin_list();
  for (const Alert& alert : alerts) {
    out.begin_object().key("labels").begin_object();
    for (const signals::Label& label : alert.labels) out.field(label.name, label.value);
    out.end_object().key("annotations").begin_object();
    for (const auto& [name, text] : alert.annotations) out.field(name, text);
    out.end_object().field("startsAt", rfc3339_text(alert.starts_at)).field("endsAt", rfc3339_text(alert.ends_at));
    out.field("generatorURL", alert.generator_url).end_object();
  }
  return out.end_list().take();
}

Result<net::HttpClientResponse> ask_alertmanager(const AlertmanagerSettings& settings, std::string_view method, std::string_view target,
                                                 std::string_view body, const std::stop_token& stop) {
  MAI_TRY_ASSIGN(auto message, http_message(settings.http, fmt::format("{}{}", settings.url, target)));
  message.settings.total_timeout = settings.timeout;
  message.settings.body_bytes_max = kAlertmanagerAnswerBytesMax;
  if (!body.empty()) message.headers.emplace_back("Content-Type", "application/json");
  net::HttpClient client(message.settings);
  return client.send(method, message.url, body, message.headers, stop);
}

AlertmanagerSender::AlertmanagerSender(AlertmanagerSettings settings) : settings_(std::move(settings)) {
  thread_ = start_thread("alertmanager", [this](const std::stop_token& stop) { run(stop); });
}

AlertmanagerSender::~AlertmanagerSender() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void AlertmanagerSender::send(std::span<const Alert> alerts) {
  {
    const std::lock_guard lock(mutex_);
    for (const Alert& alert : alerts) {
      const uint64_t id = fingerprint(alert.labels);
      if (waiting_.size() >= kAlertsWaitingMax && !waiting_.contains(id))
        ++counts_.dropped;
      else
        waiting_.insert_or_assign(id, alert);
    }
  }
  changed_.notify_one();
}

std::vector<Alert> AlertmanagerSender::take() {
  std::vector<Alert> out;
  for (auto at = waiting_.begin(); at != waiting_.end() && out.size() < kAlertsARequestMax; at = waiting_.erase(at))
    out.push_back(std::move(at->second));
  return out;
}

void AlertmanagerSender::give_back(std::vector<Alert> alerts) {
  for (Alert& alert : alerts) {
    const uint64_t id = fingerprint(alert.labels);
    waiting_.try_emplace(id, std::move(alert));
  }
}

void AlertmanagerSender::run(const std::stop_token& stop) {
  std::chrono::milliseconds pause{0};
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (pause.count() > 0) changed_.wait_for(lock, stop, pause, [] { return false; });
    if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
    std::vector<Alert> batch = take();
    lock.unlock();
    Result<void> sent;
    auto message = http_message(settings_.http, settings_.url + "/api/v2/alerts");
    if (!message) {
      sent = message.error();
    } else {
      message->settings.total_timeout = settings_.timeout;
      net::HttpClient client(message->settings);
      const auto answer = client.post(message->url, posted_alerts_json(batch), "application/json", message->headers, stop);
      if (!answer)
        sent = answer.error();
      else if (answer->status / 100 != 2)
        sent = Error{answer->status / 100 == 4 && answer->status != 429 ? Code::invalid : Code::unavailable,
                     fmt::format("cannot send alerts to {}: it answered with status {}: {}", settings_.url, answer->status,
                                 cut_bytes(answer->body, 300))};
    }
    lock.lock();
    if (sent) {
      counts_.sent += batch.size();
      pause = std::chrono::milliseconds(0);
      continue;
    }
    if (stop.stop_requested()) return;
    if (counts_.errors++ == 0)
      log::warn("alerts cannot be sent to an Alertmanager", {{"url", settings_.url}, {"error", sent.error().message}});
    pause = std::clamp<std::chrono::milliseconds>(pause * 2, std::chrono::milliseconds(1'000), std::chrono::milliseconds(30'000));
    if (sent.error().code == Code::invalid)
      counts_.dropped += batch.size();
    else
      give_back(std::move(batch));
  }
}

AlertmanagerSender::Counts AlertmanagerSender::counts() const {
  const std::lock_guard lock(mutex_);
  Counts out = counts_;
  out.waiting = waiting_.size();
  return out;
}

}  // namespace monitorai::forward
