#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config/load.h"
#include "app/config/schema.h"
#include "base/files.h"

namespace monitorai::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A hash of the right form.
const std::string kHash = "scrypt:16384:8:1:" + std::string(32, 'a') + ":" + std::string(64, 'b');

struct Outcome {
  Config config;
  std::vector<std::string> problems;
};

Outcome read(std::string_view yaml) {
  Outcome out;
  std::vector<Problem> problems;
  read_config(read_yaml(yaml, "m.yml", problems), "m.yml", out.config, problems);
  for (const Problem& problem : problems) out.problems.push_back(problem.line());
  return out;
}

std::vector<std::string> load_problems(const ConfigSources& sources) {
  std::vector<std::string> lines;
  for (const Problem& problem : load_config(sources).problems) lines.push_back(problem.line());
  return lines;
}

TEST(ConfigExample, is_the_one_in_the_repository) {
  const auto file = read_file(MAI_SOURCE_DIR "/monitorai.example.yml", kYamlBytesMax);
  ASSERT_TRUE(file);
  EXPECT_EQ(*file, example_config()) << "run: monitorai check config --example > monitorai.example.yml";
}

TEST(ConfigExample, parses_to_the_defaults) {
  const Outcome out = read(example_config());
  EXPECT_THAT(out.problems, IsEmpty());
  EXPECT_THAT(changed_keys(Config{}, out.config), IsEmpty());
}

TEST(ConfigExample, every_key_has_a_place_of_its_own) {
  // Sets one key at a time and looks at which keys print differently: exactly that one.
  const std::map<std::string, std::string> others{{"listen", "1.2.3.4:5"},
                                                  {"exporters.process.listen", "off"},
                                                  {"exporters.gpu.listen", "off"},
                                                  {"collect.process.events", "off"},
                                                  {"collect.gpu.nvml", "off"},
                                                  {"collect.gpu.nvidia_smi", "off"},
                                                  {"collect.gpu.drm", "off"},
                                                  {"metrics.listen", "off"},
                                                  {"metrics.retention", "300h"},
                                                  {"metrics.durable_acknowledgement", "on"},
                                                  {"metrics.admin_api", "on"},
                                                  {"scrape.runtimes", "off"},
                                                  {"logs.enabled", "off"},
                                                  {"logs.listen", "off"},
                                                  {"logs.detected", "off"},
                                                  {"logs.scrape_configs", "[{job_name: engine, static_configs: [{labels: {__path__: /x/*.log}}]}]"},
                                                  {"logs.promtail", MAI_SOURCE_DIR "/deploy/promtail/promtail.yml"},
                                                  {"logs.journal", "off"},
                                                  {"logs.content", "full"},
                                                  {"logs.mask.builtin", "off"},
                                                  {"logs.mask.rules", "[{name: mine, pattern: 'CU-[0-9]+'}]"},
                                                  {"logs.retention", "300h"},
                                                  {"logs.durable_acknowledgement", "on"},
                                                  {"otlp.http.listen", "off"},
                                                  {"otlp.cors_origins", "[https://a.example]"},
                                                  {"traces.enabled", "off"},
                                                  {"traces.listen", "off"},
                                                  {"traces.prices", "[{model: gpt-4o, input: 2.5}]"},
                                                  {"otlp.grpc.listen", "off"},
                                                  {"traces.sampling.head_percent", "10"},
                                                  {"traces.sampling.tail_percent", "10"},
                                                  {"traces.retention", "300h"},
                                                  {"traces.durable_acknowledgement", "on"},
                                                  {"quality.enabled", "off"},
                                                  {"quality.spans", "off"},
                                                  {"quality.logs", "off"},
                                                  {"quality.patterns", "[{name: ours, pattern: '(?P<prompt>.*)'}]"},
                                                  {"quality.hallucination.baseline", "17m"},
                                                  {"quality.hallucination.share_percent", "17"},
                                                  {"scrape_configs", "[{job_name: node}]"},
                                                  {"log.level", "debug"},
                                                  {"log.format", "json"},
                                                  {"auth.tokens", "[{name: a, sha256: " + std::string(64, 'a') + "}]"},
                                                  {"auth.password_hash", kHash},
                                                  {"collect.gpu.info_path", "other-*.json"},
                                                  {"collect.process.signatures", "[{framework: mine, executables: [mine-server]}]"}};
  for (const Key& key : config_keys()) {
    const auto other = others.find(key.path);
    const std::string text = other != others.end()              ? other->second
                             : key.type.starts_with("duration") ? "17s"
                             : key.type.starts_with("number")   ? "4097"
                                                                : "other";
    const std::string used = key.path == "http.workers" ? "17" : text;
    const LoadedConfig loaded = load_config({.settings = {key.path + "=" + used, "auth.password_hash=" + kHash}});
    std::vector<std::string> changed = changed_keys(Config{}, loaded.config);
    std::erase(changed, "auth.password_hash");
    if (key.path == "auth.password_hash") changed.push_back(key.path);
    EXPECT_THAT(changed, ElementsAre(key.path));
  }
}

TEST(ConfigFile, reads_values_of_every_kind) {
  const auto f = [](std::string_view yaml, auto get) { return get(read(yaml).config); };
  EXPECT_EQ(f("listen: 0.0.0.0:80", [](const Config& c) { return c.main.address->text(); }), "0.0.0.0:80");
  EXPECT_EQ(f("listen: '[::1]:80'", [](const Config& c) { return c.main.address->text(); }), "[::1]:80");
  EXPECT_EQ(f("listen: 8080", [](const Config& c) { return c.main.address->text(); }), "127.0.0.1:8080");
  EXPECT_EQ(f("listen: :8080", [](const Config& c) { return c.main.address->text(); }), "0.0.0.0:8080");
  EXPECT_EQ(f("exporters: {gpu: {listen: off}}", [](const Config& c) { return c.exporters.gpu.address.has_value(); }), false);
  EXPECT_EQ(f("collect: {process: {interval: 1m30s}}", [](const Config& c) { return c.collect.process.interval.count(); }), 90'000);
  EXPECT_EQ(f("collect:\n  gpu:\n    nvml: no\n", [](const Config& c) { return c.collect.gpu.nvml; }), false);
  EXPECT_EQ(f("log: {level: warn}", [](const Config& c) { return c.log.level; }), log::Level::warn);
  EXPECT_EQ(f("log: {format: json}", [](const Config& c) { return c.log.format; }), log::Format::json);
}

TEST(ConfigFile, keeps_defaults_where_nothing_is_said) {
  for (const std::string_view yaml : {"", "# only a comment\n", "---\n", "collect:\n", "collect:\n  process:\n", "{}", "~"}) {
    const Outcome out = read(yaml);
    EXPECT_THAT(out.problems, IsEmpty()) << yaml;
    EXPECT_THAT(changed_keys(Config{}, out.config), IsEmpty()) << yaml;
  }
}

TEST(ConfigFile, reads_numbers_as_decimal) {
  EXPECT_EQ(read("http: {workers: 012}").config.http.workers, 12);
  EXPECT_THAT(read("http: {workers: 0x10}").problems, ElementsAre("m.yml:1: http.workers: \"0x10\" is not a whole number"));
  EXPECT_THAT(read("http: {workers: 1_0}").problems, ElementsAre("m.yml:1: http.workers: \"1_0\" is not a whole number"));
}

TEST(ConfigFile, names_line_and_key_and_suggests_the_nearest) {
  const auto f = [](std::string_view yaml) { return read(yaml).problems; };
  EXPECT_THAT(f("\n\ncollect:\n  proces: {}\n"), ElementsAre("m.yml:4: unknown key collect.proces: did you mean collect.process?"));
  EXPECT_THAT(f("colect: {}"), ElementsAre("m.yml:1: unknown key colect: did you mean collect?"));
  EXPECT_THAT(f("interval: 5s"), ElementsAre("m.yml:1: unknown key interval: did you mean collect.process.interval?"));
  EXPECT_THAT(f("log:\n  levle: info"), ElementsAre("m.yml:2: unknown key log.levle: did you mean log.level?"));
  EXPECT_THAT(f("zzzzzzzzz: 1"), ElementsAre("m.yml:1: unknown key zzzzzzzzz"));
  EXPECT_THAT(f("log: info"), ElementsAre("m.yml:1: log is a section, not one value: its keys are format, level"));
  EXPECT_THAT(f("listen: [1]"), ElementsAre("m.yml:1: listen: it is one value, not a list"));
  EXPECT_THAT(f("listen:"), ElementsAre("m.yml:1: listen: it has no value: give it one, or remove the line"));
  EXPECT_THAT(f("log: {level: loud}"), ElementsAre("m.yml:1: log.level: \"loud\" is not one of debug, info, warn, error"));
  EXPECT_THAT(f("collect: {process: {interval: 10}}"),
              ElementsAre("m.yml:1: collect.process.interval: \"10\" is not a duration such as 500ms, 15s or 1h30m"));
  EXPECT_THAT(f("collect: {process: {interval: 1ms}}"), ElementsAre("m.yml:1: collect.process.interval: 1ms is not within 100ms and 1h"));
  EXPECT_THAT(f("http: {workers: 0}"), ElementsAre("m.yml:1: http.workers: 0 is not within 1 and 256"));
  EXPECT_THAT(f("collect: {gpu: {nvml: maybe}}"), ElementsAre("m.yml:1: collect.gpu.nvml: \"maybe\" is not on or off"));
  EXPECT_THAT(f("listen: here:80"),
              ElementsAre(HasSubstr("m.yml:1: listen: \"here:80\" is no address: the host is an IP address or localhost")));
  EXPECT_THAT(f("listen: 127.0.0.1:99999"), ElementsAre(HasSubstr("the port is a number up to 65535")));
  EXPECT_THAT(f("listen: ::1:80"), ElementsAre(HasSubstr("an IPv6 address stands in brackets")));
  EXPECT_THAT(f("data: ''"), ElementsAre("m.yml:1: data: it must not be empty"));
  EXPECT_THAT(f("data: \"a\\nb\""), ElementsAre(HasSubstr("control characters")));
  EXPECT_THAT(f("[1, 2]"), ElementsAre("m.yml:1: the file is a list, not a map of keys"));
}

TEST(ConfigFile, reports_every_problem) {
  EXPECT_THAT(read("listn: 1\nlog:\n  level: x\n  level: y\nhttp:\n  workers: a\n").problems,
              ElementsAre("m.yml:4: key level stands here a second time (the first is in line 3)", HasSubstr("m.yml:1: unknown key listn"),
                          HasSubstr("m.yml:3: log.level"), HasSubstr("m.yml:6: http.workers")));
}

TEST(ConfigFile, refuses_duplicate_keys_wherever_they_stand) {
  const auto f = [](std::string_view yaml) { return read(yaml).problems; };
  EXPECT_THAT(f("log: {level: info, level: info}"), ElementsAre(HasSubstr("m.yml:1: key level stands here a second time")));
  EXPECT_THAT(f("log: {level: info}\nlog: {format: json}\n"),
              ElementsAre("m.yml:2: key log stands here a second time (the first is in line 1)"));
  EXPECT_THAT(f("auth:\n  tokens:\n  - name: a\n    name: b\n"),
              testing::Contains(HasSubstr("m.yml:4: key name stands here a second time")));
}

TEST(ConfigFile, refuses_what_is_no_yaml_or_too_much_of_it) {
  const auto f = [](const std::string& yaml) { return read(yaml).problems; };
  EXPECT_THAT(f("a: [1"), ElementsAre(HasSubstr("not YAML")));
  EXPECT_THAT(f("a:\n\t- b"), ElementsAre(HasSubstr("not YAML")));
  EXPECT_THAT(f("a: 1\n---\nb: 2\n"), ElementsAre(HasSubstr("a second document")));
  EXPECT_THAT(f("[a]: 1"), ElementsAre(HasSubstr("a key must be text")));
  EXPECT_THAT(f("? {a: b}\n: c"), ElementsAre(HasSubstr("a key must be text")));
  EXPECT_THAT(f("a: &x [*x]"), ElementsAre(HasSubstr("contains it")));
  EXPECT_THAT(f("a: *nowhere"), ElementsAre(HasSubstr("not YAML")));
  EXPECT_THAT(f(std::string("a: b\nc: \0d", 10)), ElementsAre("m.yml:2: a NUL byte"));
  EXPECT_THAT(f(std::string(kYamlBytesMax + 1, '#')), ElementsAre(HasSubstr("larger than")));
  EXPECT_THAT(f(std::string(100, '[')), ElementsAre(HasSubstr("is a bracket left open?")));
  EXPECT_THAT(f("a: " + std::string(30, '[') + std::string(30, ']')), ElementsAre(HasSubstr("nested deeper than 16 levels")));
  EXPECT_THAT(f(std::string(100'000, '[')), ElementsAre(HasSubstr("is a bracket left open?")));
}

TEST(ConfigFile, bounds_what_aliases_expand_to) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    yaml += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 10; ++j) yaml += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
    yaml += "]\n";
  }
  EXPECT_THAT(read(yaml).problems, ElementsAre(HasSubstr("more than 20000 values")));
}

TEST(ConfigFile, lets_aliases_be_used) {
  const Outcome out = read("collect: {gpu: {info_path: &p a.json, nvml_library: *p}}");
  EXPECT_THAT(out.problems, IsEmpty());
  EXPECT_EQ(out.config.collect.gpu.nvml_library, "a.json");
}

TEST(ConfigTokens, are_records_with_named_fields) {
  const std::string hash(64, 'a');
  const auto f = [](const std::string& yaml) { return read("auth:\n  tokens:\n" + yaml).problems; };
  EXPECT_THAT(f("  - {name: ci, sha256: " + hash + "}"), IsEmpty());
  EXPECT_THAT(f("  - {nam: ci, sha256: " + hash + "}"), ElementsAre("m.yml:3: auth.tokens: unknown field nam: did you mean name?"));
  EXPECT_THAT(f("  - {sha256: " + hash + "}"), ElementsAre("m.yml:3: auth.tokens: name is missing"));
  EXPECT_THAT(f("  - {name: ci, sha256: abc}"), ElementsAre(HasSubstr("is not 64 hex digits")));
  EXPECT_THAT(f("  - {name: ci, scope: write, sha256: " + hash + "}"), IsEmpty());
  EXPECT_THAT(f("  - {name: ci, scope: all, sha256: " + hash + "}"), ElementsAre(HasSubstr("scope: \"all\" is not one of read, write")));
  EXPECT_THAT(f("  - ci"), ElementsAre("m.yml:3: auth.tokens: an entry is a map of fields, not text"));
  EXPECT_THAT(f("   {}"), ElementsAre("m.yml:3: auth.tokens: it is a list, not a map"));
}

TEST(ConfigSignatures, are_read_with_their_fields) {
  const Outcome out = read(
      "collect:\n  process:\n    signatures:\n    - framework: ours\n      executables: our-server\n      ports: [8123, 8124]\n"
      "      model_is_word: on\n      weight: 2.5\n");
  EXPECT_THAT(out.problems, IsEmpty());
  const collect::Signature& signature = out.config.collect.process.signatures.at(0);
  EXPECT_EQ(signature.framework, "ours");
  EXPECT_THAT(signature.executables, ElementsAre("our-server"));
  EXPECT_THAT(signature.ports, ElementsAre(8123, 8124));
  EXPECT_TRUE(signature.model_is_word);
  EXPECT_EQ(signature.weight, 2.5);
}

TEST(ConfigSignatures, say_what_is_wrong_with_them) {
  const auto f = [](const std::string& fields) { return read("collect: {process: {signatures: [{" + fields + "}]}}").problems; };
  EXPECT_THAT(f("executables: x"), ElementsAre(HasSubstr("framework is missing")));
  EXPECT_THAT(f("framework: x"), ElementsAre(HasSubstr("nothing to find it by")));
  EXPECT_THAT(f("framework: x, executables: y, kind: robot"), ElementsAre(HasSubstr("kind: \"robot\" is not one of llm, embedding")));
  EXPECT_THAT(f("framework: x, executable: y"), ElementsAre(HasSubstr("unknown field executable: did you mean executables?")));
  EXPECT_THAT(f("framework: x, executables: [[y]]"), ElementsAre(HasSubstr("executables: it is text, not a list")));
  EXPECT_THAT(f("framework: x, executables: y, ports: 0"), ElementsAre(HasSubstr("ports: it is a port, 1 to 65535")));
  EXPECT_THAT(f("framework: x, executables: y, weight: heavy"), ElementsAre(HasSubstr("weight: it is a number")));
  EXPECT_THAT(f("framework: x, executables: y, model_is_word: 1"), ElementsAre(HasSubstr("model_is_word: it is on or off")));
}

TEST(ConfigPrecedence, is_default_file_environment_flags) {
  const TemporaryDirectory folder;
  const std::string file = folder.path() / "c.yml";
  ASSERT_TRUE(write_file_atomically(file, "log: {level: warn}\nhttp: {workers: 5}\ndata: from-file\n"));
  const LoadedConfig loaded = load_config({.file = file,
                                           .environment = {{"MONITORAI_HTTP_WORKERS", "6"}, {"MONITORAI_DATA", "from-environment"}},
                                           .settings = {"data=from-flag"}});
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.config.log.level, log::Level::warn);
  EXPECT_EQ(loaded.config.http.workers, 6);
  EXPECT_EQ(loaded.config.data, "from-flag");
  EXPECT_EQ(loaded.config.collect.process.interval.count(), 10'000);
}

TEST(ConfigPrecedence, a_later_setting_wins_and_values_may_hold_equals_signs) {
  const LoadedConfig loaded = load_config({.settings = {"data=a", "data=b=c"}});
  EXPECT_EQ(loaded.config.data, "b=c");
}

TEST(ConfigSettings, name_their_source_in_errors) {
  EXPECT_THAT(load_problems({.settings = {"log.levl=info"}}), ElementsAre("--set log.levl: unknown key: did you mean log.level?"));
  EXPECT_THAT(load_problems({.settings = {"log.level"}}), ElementsAre("--set log.level: a value is missing: --set path.to.key=value"));
  EXPECT_THAT(load_problems({.settings = {"http.workers=many"}}), ElementsAre("--set http.workers: \"many\" is not a whole number"));
  EXPECT_THAT(load_problems({.settings = {"auth.tokens=[{name: a}"}}), ElementsAre(HasSubstr("--set auth.tokens: a key must be text")));
  EXPECT_THAT(load_problems({.environment = {{"MONITORAI_LOG_LEVEL", "loud"}}}),
              ElementsAre(HasSubstr("environment variable MONITORAI_LOG_LEVEL: \"loud\" is not")));
  EXPECT_THAT(load_problems({.file = "/nonexistent/m.yml"}), ElementsAre(HasSubstr("cannot open /nonexistent/m.yml")));
}

TEST(ConfigEnvironment, warns_of_near_misses_and_leaves_foreign_variables_alone) {
  EXPECT_THAT(load_config({.environment = {{"MONITORAI_LOG_LEVLE", "x"}}}).warnings,
              ElementsAre(HasSubstr("did you mean MONITORAI_LOG_LEVEL?")));
  EXPECT_THAT(load_config({.environment = {{"MONITORAI_SERVICE_HOST", "10.0.0.1"}}}).warnings, IsEmpty());
}

TEST(ConfigWhole, refuses_other_machines_without_a_password) {
  EXPECT_THAT(load_problems({.settings = {"listen=0.0.0.0:3000"}}), ElementsAre(HasSubstr("so a password or a token is needed")));
  EXPECT_THAT(load_problems({.settings = {"exporters.gpu.listen=[::]:9100"}}),
              ElementsAre(HasSubstr("exporters.gpu.listen: [::]:9100 can be reached")));
  EXPECT_THAT(load_problems({.settings = {"listen=0.0.0.0:3000", "auth.password_hash=" + kHash}}), IsEmpty());
  for (const std::string loopback : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"})
    EXPECT_THAT(load_problems({.settings = {"listen=" + loopback}}), IsEmpty());
}

TEST(ConfigWhole, refuses_hashes_and_patterns_that_are_none) {
  EXPECT_THAT(load_problems({.settings = {"auth.password_hash=secret"}}),
              ElementsAre(HasSubstr("auth.password_hash: it is no password hash")));
  EXPECT_THAT(load_problems({.settings = {"auth.password_hash=scrypt:1048576:32:1:" + std::string(32, 'a') + ":" + std::string(64, 'b')}}),
              ElementsAre(HasSubstr("beyond the limits")));
  EXPECT_THAT(load_problems({.settings = {"collect.gpu.info_path=logs/gpu-info.json"}}), ElementsAre(HasSubstr("collect.gpu.info_path")));
  EXPECT_THAT(load_problems({.settings = {"collect.gpu.info_path="}}), IsEmpty());
}

TEST(ConfigWhole, refuses_halves_and_clashes) {
  EXPECT_THAT(load_problems({.settings = {"tls.key=a.pem"}}), ElementsAre(HasSubstr("tls: certificate and key belong together")));
  EXPECT_THAT(load_problems({.settings = {"otlp.grpc.tls.certificate=a.pem"}}), ElementsAre(HasSubstr("otlp.grpc.tls: certificate and key belong together")));
  EXPECT_THAT(load_problems({.settings = {"otlp.grpc.tls.client_ca=a.pem"}}), ElementsAre(HasSubstr("otlp.grpc.tls.client_ca: clients show certificates within TLS")));
  EXPECT_THAT(load_problems({.settings = {"listen=off"}}), ElementsAre("listen: the main listener cannot be off"));
  EXPECT_THAT(load_problems({.settings = {"listen=127.0.0.1:9100"}}),
              ElementsAre("exporters.gpu.listen: 127.0.0.1:9100 is the address of listen already"));
  EXPECT_THAT(load_problems({.settings = {"listen=127.0.0.1:0", "exporters.gpu.listen=127.0.0.1:0"}}), IsEmpty());
}

TEST(YamlScalar, reads_back_as_the_same_text) {
  for (const std::string text : {"", "plain", "a: b", "# no", "off", "null", "- x", "a#b", "a #b", "tab\t", "\"quoted\"", "back\\slash",
                                 "012", "*.json", "logs/gpu-info-*.json", "x:", "[a]", "ü"}) {
    std::vector<Problem> problems;
    const YamlNode node = read_yaml("k: " + yaml_scalar(text), "f", problems);
    ASSERT_THAT(problems, IsEmpty()) << text;
    EXPECT_EQ(node.entries.at(0).value.text, text);
  }
}

}  // namespace
}  // namespace monitorai::app
