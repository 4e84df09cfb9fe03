#pragma once
// What a user may set, typed, with its defaults. Made by config/load.h from the file, the environment and the command line; a Config is
// a value: whoever got one keeps it unchanged, and a reload makes another. The keys and their documentation are in config/schema.cpp.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "collect/logs/follow_settings.h"
#include "collect/scrape/scrape_settings.h"
#include "collect/process/signatures.h"
#include "judge/quality/watch/log_texts.h"
#include "judge/spans/prices.h"
#include "forward/notify/alertmanagers.h"

namespace monitorai::app {

/// Where to listen. Port 0 asks the kernel for a free one.
struct Address {
  std::string host = "127.0.0.1";  ///< an IPv4 or IPv6 address, or "localhost"
  uint16_t port = 0;
  bool operator==(const Address&) const = default;
  /// "127.0.0.1:3000", "[::1]:3000"
  std::string text() const;
  /// True for 127.0.0.0/8, ::1 and localhost: only this machine can connect.
  bool is_loopback() const;
};

/// "HOST:PORT", "[::1]:3000", ":3000" (every address of this machine) and "3000" (loopback).
Result<Address> parse_address(std::string_view text);

struct TlsFiles {
  std::string certificate;  ///< PEM, the chain; "" with the key: no TLS
  std::string key;
  std::string client_ca;    ///< PEM: clients must show a certificate that it vouches for; "": they need none
  bool operator==(const TlsFiles&) const = default;
};

struct Listener {
  std::optional<Address> address;  ///< nullopt: off
  TlsFiles tls;
  bool operator==(const Listener&) const = default;
};

struct Token {
  std::string name;    ///< who has it: shown in logs
  std::string sha256;  ///< 64 hex digits of the SHA-256 of the token
  std::string scope = "read";  ///< "read" or "write"
  bool operator==(const Token&) const = default;
};

struct Config {
  Listener main{.address = Address{"127.0.0.1", 3000}, .tls = {}};
  std::string data = "data";

  struct Exporters {
    Listener process{.address = Address{"127.0.0.1", 9101}, .tls = {}};
    Listener gpu{.address = Address{"127.0.0.1", 9100}, .tls = {}};
  } exporters{};

  struct Auth {
    std::string user = "admin";
    std::string password_hash;
    std::vector<Token> tokens;
    bool is_set() const { return !password_hash.empty() || !tokens.empty(); }
  } auth{};

  struct ProcessSettings {
    std::chrono::milliseconds interval{10'000};
    std::chrono::milliseconds cleanup_timeout{10'000};
    std::string proc = "/proc";
    bool events = true;
    std::vector<collect::Signature> signatures{};
  };

  struct GpuSettings {
    std::string info_path = "logs/gpu-info-*.json";
    std::chrono::milliseconds info_age_max{60'000};
    std::string service = "monitorai";
    std::string service_namespace = "default";
    bool nvml = true;
    std::string nvml_library = "libnvidia-ml.so.1";
    bool nvidia_smi = true;
    std::string nvidia_smi_program = "nvidia-smi";
    bool drm = true;
  };

  struct Collect {
    ProcessSettings process{};
    GpuSettings gpu{};
  } collect{};

  struct Metrics {
    Listener prometheus{.address = Address{"127.0.0.1", 9090}, .tls = {}};
    std::chrono::milliseconds retention = std::chrono::hours(200);
    int64_t retention_bytes = 0;
    std::chrono::milliseconds out_of_order_window = std::chrono::hours(1);
    int64_t series_max = 5'000'000;
    bool durable_acknowledgement = false;
    bool admin_api = false;
  } metrics{};

  struct Logs {
    bool enabled = true;
    Listener loki{.address = Address{"127.0.0.1", 3100}, .tls = {}};
    std::vector<std::string> files{"logs/*.log"};
    std::string promtail;                             ///< a promtail.yml
    std::vector<collect::FollowJob> promtail_jobs;    ///< its scrape_configs
    std::vector<collect::FollowJob> scrape_configs;
    std::string scrape_configs_text = "[]";           ///< as YAML on one line
    bool detected = true;
    bool journal = true;
    collect::MaskSettings mask{};
    std::chrono::milliseconds retention = std::chrono::hours(200);
    int64_t retention_bytes = 0;
    std::chrono::milliseconds out_of_order_window = std::chrono::hours(1);
    bool durable_acknowledgement = false;
    int64_t streams_max = 100'000;
    int64_t line_bytes_max = 256 << 10;
    int64_t lines_returned_max = 5000;
  } logs{};

  struct Otlp {
    Listener http{.address = Address{"127.0.0.1", 4318}, .tls = {}};
    Listener grpc{.address = Address{"127.0.0.1", 4317}, .tls = {}};
    std::vector<std::string> cors_origins;
    int64_t request_bytes_max = int64_t{64} << 20;
  } otlp{};

  struct Traces {
    bool enabled = true;
    Listener tempo{.address = Address{"127.0.0.1", 3200}, .tls = {}};
    std::chrono::milliseconds retention = std::chrono::hours(200);
    int64_t retention_bytes = 0;
    bool durable_acknowledgement = false;
    int64_t head_percent = 100;  ///< sampling
    int64_t tail_percent = 100;
    std::chrono::milliseconds slow{1'000};
    std::chrono::milliseconds decision_wait{10'000};
    std::vector<judge::ModelPrice> prices;
  } traces{};

  struct Quality {
    bool enabled = true;
    std::string model;
    bool spans = true;
    bool logs = true;
    std::vector<judge::LogPattern> patterns;
    int64_t queue_max = 4096;
    int64_t series_max = 100;
    int64_t kept_max = 1000;
    struct Drift {
      std::chrono::milliseconds window{30 * 60'000};
      std::chrono::milliseconds interval{5 * 60'000};
      int64_t window_rows = 500;
      int64_t baseline_rows = 1000;
      int64_t rows_min = 50;
    } drift{};
    struct Hallucination {
      std::chrono::milliseconds window{5 * 60'000};
      std::chrono::milliseconds baseline = std::chrono::hours(24);
      int64_t answers_min = 30;
      int64_t share_percent = 10;
    } hallucination{};
  } quality{};

  struct Scrape {
    std::chrono::milliseconds interval{15'000};
    std::chrono::milliseconds timeout{10'000};
    bool runtimes = true;
  } scrape{};
  std::vector<collect::ScrapeSettings> scrape_configs;
  std::string scrape_configs_text = "[]";  ///< as YAML on one line

  struct Dashboards {
    std::vector<std::string> files;
  } dashboards{};

  struct Rules {
    std::vector<std::string> files{"rules/*.yml"};
    std::chrono::milliseconds interval{15'000};
    std::chrono::milliseconds query_offset{0};
    std::chrono::milliseconds resend_delay{60'000};
    std::string external_url;
  } rules{};

  struct Alerting {
    std::string config;
    std::vector<forward::AlertmanagerSettings> alertmanagers;
    std::string alertmanagers_text = "[]";  ///< as YAML on one line
  } alerting{};

  struct Query {
    std::chrono::milliseconds timeout{120'000};
    std::chrono::milliseconds lookback{300'000};
    int64_t samples_max = 50'000'000;
    int64_t concurrent_max = 20;
  } query{};

  struct Http {
    int64_t connections_max = 4096;
    int64_t workers = 4;
    int64_t request_bytes_max = int64_t{16} << 20;
    std::chrono::milliseconds idle_timeout{60'000};
  } http{};

  struct Log {
    log::Level level = log::Level::info;
    log::Format format = log::Format::text;
  } log{};
};

}  // namespace monitorai::app
