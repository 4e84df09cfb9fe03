// The real program, as people and scrapers meet it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "net/http_client.h"
#include "serve/password.h"
#include "serve/plain_client.h"
#include "serve/running_program.h"

namespace monitorai::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

void write(const std::filesystem::path& path, std::string_view text) { ASSERT_TRUE(write_file_atomically(path, text)); }

std::string basic(std::string_view base64) { return fmt::format("Basic {}", base64); }

class Serve : public testing::Test {
 protected:
  TemporaryDirectory folder_;
  std::string file(std::string_view name) const { return (folder_.path() / name).native(); }
};

TEST_F(Serve, answers_at_every_endpoint) {
  RunningProgram program(folder_.path(), {});
  const std::string main = program.url("Pages and APIs");
  ASSERT_THAT(main, HasSubstr("http://127.0.0.1:")) << program.output();
  ASSERT_TRUE(eventually([&] { return get(main + "/-/ready").status == 200; }));
  const auto f = [&](const std::string& url) { return get(url).body; };
  EXPECT_THAT(f(main + "/"), HasSubstr("MonitorAI"));
  EXPECT_EQ(f(main + "/processes"), f(main + "/"));
  EXPECT_THAT(f(main + "/favicon.svg"), HasSubstr("<svg"));
  EXPECT_THAT(f(main + "/-/healthy"), HasSubstr("healthy"));
  EXPECT_THAT(f(main + "/api/v1/processes"), HasSubstr("\"processes\":["));
  EXPECT_THAT(f(main + "/api/v1/gpus"), HasSubstr("\"gpus\":["));
  EXPECT_THAT(f(main + "/metrics"),
              testing::AllOf(HasSubstr("monitorai_build_info{version="), HasSubstr("process_resident_memory_bytes "),
                             HasSubstr("monitorai_scans_total "), HasSubstr("monitorai_config_last_reload_successful 1")));
  EXPECT_THAT(f(program.url("LLM processes") + "/metrics"), Not(HasSubstr("monitorai_build_info")));
  EXPECT_THAT(f(program.url("GPUs") + "/metrics"), testing::AllOf(HasSubstr("monitorai_gpu"), Not(HasSubstr("llm_process"))));
  EXPECT_EQ(get(program.url("GPUs") + "/").status, 404);
  EXPECT_EQ(get(main + "/nothing").status, 404);
  const std::string prometheus = program.url("Prometheus API");
  EXPECT_THAT(f(prometheus + "/api/v1/query?query=1%2B1"), HasSubstr(R"("resultType":"scalar")"));
  EXPECT_EQ(get(prometheus + "/-/ready").status, 200);
  EXPECT_EQ(get(prometheus + "/processes").status, 404);
  EXPECT_EQ(get(main + "/-/reload").status, 405);
}

TEST_F(Serve, lets_no_page_load_anything_from_elsewhere) {
  RunningProgram program(folder_.path(), {});
  const auto page = get(program.url("Pages and APIs") + "/");
  EXPECT_THAT(std::string(page.header("content-security-policy")),
              testing::AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"), Not(HasSubstr("unsafe-eval"))));
  EXPECT_THAT(page.body, Not(HasSubstr("https://")));
}

TEST_F(Serve, speaks_the_format_that_is_asked_for_and_compresses) {
  RunningProgram program(folder_.path(), {});
  const std::string url = program.url("Pages and APIs") + "/metrics";
  EXPECT_EQ(get(url).header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const auto open = get(url, {{"Accept", "application/openmetrics-text; version=1.0.0"}});
  EXPECT_THAT(std::string(open.header("content-type")), HasSubstr("application/openmetrics-text; version=1.0.0"));
  EXPECT_TRUE(open.body.ends_with("# EOF\n"));
  EXPECT_EQ(open.body.find("# EOF"), open.body.size() - 6);
  const auto compressed = get(url, {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(compressed.header("content-encoding"), "gzip");
  EXPECT_THAT(compressed.body, testing::StartsWith("\x1f\x8b"));
  EXPECT_LT(compressed.body.size() * 3, open.body.size());
}

/// A shell under the name of an LLM server: it waits for its stdin, with arguments as that server has them.
std::vector<std::string> fake_server(const std::filesystem::path& folder) {
  const std::filesystem::path program = folder / "llama-server";
  std::filesystem::copy_file("/bin/sh", program, std::filesystem::copy_options::skip_existing);
  return {program.native(),           "-c", "read line", "-m", "/models/tiny-story-Q4_K_M.gguf", "--port", "8099", "--api-key",
          "sk-argument-secret-123456"};
}

TEST_F(Serve, shows_an_llm_process_and_forgets_it_when_it_ends) {
  RunningProgram program(folder_.path(), {});
  const std::string metrics = program.url("LLM processes") + "/metrics";
  Child llm(fake_server(folder_.path()));
  const std::string pid = fmt::format("pid=\"{}\"", llm.pid());
  ASSERT_TRUE(eventually([&] { return get(metrics).body.find(pid) != std::string::npos; })) << get(metrics).body;
  const std::string body = get(metrics).body;
  EXPECT_THAT(body, HasSubstr("llm_process_memory_bytes{framework=\"llama.cpp\",llm_type=\"llm\",model_name=\"tiny-story-Q4_K_M\""));
  const std::string json = get(program.url("Pages and APIs") + "/api/v1/processes").body;
  EXPECT_THAT(json, HasSubstr(fmt::format("\"pid\":{}", llm.pid())));
  llm.signal(SIGKILL);
  EXPECT_EQ(llm.wait(), 128 + SIGKILL);
  EXPECT_TRUE(eventually([&] { return get(metrics).body.find(pid) == std::string::npos; }));
}

TEST_F(Serve, never_shows_a_secret) {
  RunningProgram program(folder_.path(), {"--set", "log.level=debug"});
  const std::string main = program.url("Pages and APIs");
  Child llm(fake_server(folder_.path()), {"HF_TOKEN=hf_environment_secret_123456", "OPENAI_API_KEY=sk-environment-secret-123456"});
  const std::string pid = fmt::format("\"pid\":{}", llm.pid());
  ASSERT_TRUE(eventually([&] { return get(main + "/api/v1/processes").body.find(pid) != std::string::npos; }));
  const std::string all =
      get(main + "/api/v1/processes").body + get(main + "/metrics").body + get(program.url("LLM processes") + "/metrics").body;
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(all, HasSubstr("llama-server"));
  EXPECT_THAT(all + program.output(), Not(testing::ContainsRegex("secret[-_]123456")));
}

TEST_F(Serve, stops_well_at_sigterm_and_at_sigint) {
  for (const int number : {SIGTERM, SIGINT}) {
    RunningProgram program(folder_.path(), {});
    program.signal(number);
    EXPECT_EQ(program.wait(), 0);
    EXPECT_THAT(program.output(), HasSubstr("stopped"));
  }
}

TEST_F(Serve, ends_at_once_at_a_second_signal) {
  RunningProgram program(folder_.path(), {});
  const Fd slow = connect_to(program.url("Pages and APIs"));
  const std::string_view half = "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf";
  ASSERT_EQ(::send(slow.number(), half.data(), half.size(), MSG_NOSIGNAL), static_cast<ssize_t>(half.size()));
  ASSERT_TRUE(eventually([&] { return program.signal(SIGTERM), program.has_ended(); }));
  EXPECT_EQ(program.wait(), 128 + SIGTERM);
}

TEST_F(Serve, survives_readers_that_go_away) {
  RunningProgram program(folder_.path(), {});
  program.signal(SIGPIPE);
  EXPECT_EQ(get(program.url("Pages and APIs") + "/-/healthy").status, 200);
}

TEST_F(Serve, refuses_a_data_folder_that_is_in_use_and_names_the_user) {
  RunningProgram first(folder_.path(), {});
  RunningProgram second(folder_.path(), {});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.output(),
              testing::AllOf(HasSubstr(fmt::format("pid {}", first.pid())), HasSubstr(first.url("Pages and APIs")), HasSubstr("--data")));
  first.signal(SIGKILL);
  first.wait();
  RunningProgram third(folder_.path(), {});
  EXPECT_EQ(get(third.url("Pages and APIs") + "/-/healthy").status, 200);
}

TEST_F(Serve, warns_of_a_taken_role_port_and_goes_on) {
  RunningProgram first(folder_.path(), {});
  const std::string taken = first.url("GPUs").substr(std::string("http://").size());
  const TemporaryDirectory other;
  RunningProgram second(other.path(), {"--set", "exporters.gpu.listen=" + taken});
  EXPECT_THAT(second.output(), HasSubstr(fmt::format("(pid {})", first.pid())));
  EXPECT_THAT(second.output(), HasSubstr("WARN"));
  EXPECT_EQ(get(second.url("Pages and APIs") + "/-/healthy").status, 200);
}

TEST_F(Serve, does_not_start_on_a_taken_main_port_and_says_who_has_it) {
  RunningProgram first(folder_.path(), {});
  const std::string taken = first.url("Pages and APIs").substr(std::string("http://").size());
  const TemporaryDirectory other;
  RunningProgram second(other.path(), {"--listen", taken});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.output(), testing::AllOf(HasSubstr("cannot listen on " + taken), HasSubstr(fmt::format("(pid {})", first.pid())),
                                              HasSubstr("--listen")));
}

TEST_F(Serve, reloads_a_good_file_and_keeps_the_running_configuration_over_a_broken_one) {
  write(file("m.yml"), "log: {level: info}\n");
  RunningProgram program(folder_.path(), {"--config", file("m.yml")});
  const std::string main = program.url("Pages and APIs");

  write(file("m.yml"), "log: {level: debug}\ncollect: {gpu: {nvml: off}}\n");
  EXPECT_EQ(post(main + "/-/reload").status, 200);
  EXPECT_TRUE(program.prints("changed=collect.gpu.nvml,log.level"));

  write(file("m.yml"), "log: {levle: debug}\n");
  const auto refused = post(main + "/-/reload");
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("m.yml:1: unknown key log.levle: did you mean log.level?"));
  EXPECT_THAT(get(main + "/metrics").body, HasSubstr("monitorai_config_last_reload_successful 0"));
  EXPECT_TRUE(program.prints("the running one stays"));

  write(file("m.yml"), "log: {level: warn}\n");
  program.signal(SIGHUP);
  EXPECT_TRUE(
      eventually([&] { return get(main + "/metrics").body.find("monitorai_config_last_reload_successful 1") != std::string::npos; }));
}

TEST_F(Serve, closes_opens_and_moves_listeners_at_reload) {
  const std::string off = "exporters: {process: {listen: off}, gpu: {listen: off}}\n";
  write(file("m.yml"), "exporters: {process: {listen: off}, gpu: {listen: '127.0.0.1:0'}}\n");
  Child program({MAI_BINARY, "serve", "--config", file("m.yml"), "--data", file("data"), "--listen", "127.0.0.1:0", "--set",
                 "metrics.listen=off", "--set", "logs.listen=off", "--set", "otlp.grpc.listen=off", "--set", "traces.listen=off", "--set", "otlp.http.listen=off"});
  ASSERT_TRUE(program.prints("Ctrl-C stops it."));
  EXPECT_THAT(program.output(), HasSubstr("LLM processes   off\n"));
  const std::string main = printed_url(program.output(), "Pages and APIs"), gpu = printed_url(program.output(), "GPUs");
  EXPECT_EQ(get(gpu + "/metrics").status, 200);

  write(file("m.yml"), off);
  EXPECT_EQ(post(main + "/-/reload").status, 200);
  EXPECT_EQ(get(gpu + "/metrics").status, 0);

  write(file("m.yml"), "exporters: {gpu: {listen: off}, process: {listen: '" + gpu.substr(std::string("http://").size()) + "'}}\n");
  EXPECT_EQ(post(main + "/-/reload").status, 200);
  EXPECT_EQ(get(gpu + "/metrics").status, 200);
  EXPECT_EQ(get(main + "/-/healthy").status, 200);
}

TEST_F(Serve, refuses_to_start_with_a_broken_configuration) {
  write(file("m.yml"), "listn: 1\nlog: {level: loud}\n");
  RunningProgram program(folder_.path(), {"--config", file("m.yml")});
  EXPECT_EQ(program.wait(), 2);
  EXPECT_THAT(program.output(), testing::AllOf(HasSubstr("m.yml:1: unknown key listn: did you mean listen?"),
                                               HasSubstr("m.yml:2: log.level"), HasSubstr("2 problems")));
}

TEST_F(Serve, refuses_other_machines_without_a_password) {
  RunningProgram program(folder_.path(), {"--listen", "0.0.0.0:0"});
  EXPECT_EQ(program.wait(), 2);
  EXPECT_THAT(program.output(), testing::AllOf(HasSubstr("a password or a token is needed"), HasSubstr("monitorai passwd")));
}

TEST_F(Serve, lets_only_those_in_who_have_the_password_or_a_token) {
  const auto hash = serve::hash_password("correct horse");
  ASSERT_TRUE(hash);
  RunningProgram program(folder_.path(), {"--set", "auth.password_hash=" + *hash, "--set",
                                          "auth.tokens=[{name: ci, sha256: " + serve::sha256_hex("a-long-token") + "}]"});
  const std::string main = program.url("Pages and APIs");
  const auto f = [&](const std::string& path, const std::string& authorization) {
    return get(main + path, {{"Authorization", authorization}}).status;
  };
  EXPECT_EQ(get(main + "/metrics").status, 401);
  EXPECT_THAT(std::string(get(main + "/metrics").header("www-authenticate")), HasSubstr("Basic"));
  EXPECT_EQ(get(main + "/").status, 200) << "the page that asks for the password holds no data";
  EXPECT_EQ(get(main + "/api/v1/processes").status, 401);
  EXPECT_EQ(get(program.url("LLM processes") + "/metrics").status, 401);
  EXPECT_EQ(post(main + "/-/reload").status, 401);
  EXPECT_EQ(get(main + "/-/healthy").status, 200);
  EXPECT_EQ(f("/metrics", basic("YWRtaW46Y29ycmVjdCBob3JzZQ==")), 200);  // admin:correct horse
  EXPECT_EQ(f("/metrics", basic("YWRtaW46Y29ycmVjdCBob3JzZQ==")), 200);
  EXPECT_EQ(f("/metrics", basic("YWRtaW46YWRtaW4=")), 401);          // admin:admin
  EXPECT_EQ(f("/metrics", basic("cm9vdDpjb3JyZWN0IGhvcnNl")), 401);  // root:correct horse
  EXPECT_EQ(f("/metrics", "Bearer a-long-token"), 200);
  EXPECT_EQ(f("/metrics", "Bearer another-token"), 401);
  EXPECT_EQ(post(main + "/-/reload", {{"Authorization", "Bearer a-long-token"}}).status, 403) << "its scope is read";
  int limited = 0;
  for (int i = 0; i < 12; ++i) limited += f("/metrics", "Bearer wrong") == 429 ? 1 : 0;
  EXPECT_GT(limited, 0);
  EXPECT_EQ(f("/metrics", "Bearer a-long-token"), 200) << "who has a token is not shut out by somebody else's failures";
}

/// A certificate for 127.0.0.1 with this serial number.
bool make_certificate(const std::string& certificate, const std::string& key, int serial) {
  Child openssl({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1",
                 "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1", "-set_serial", fmt::format("{}", serial), "-out", certificate, "-keyout", key});
  return openssl.wait() == 0;
}

TEST_F(Serve, speaks_https_and_reads_a_renewed_certificate_at_reload) {
  if (!std::filesystem::exists("/usr/bin/openssl")) GTEST_SKIP() << "openssl is not installed";
  ASSERT_TRUE(make_certificate(file("cert.pem"), file("key.pem"), 1));
  RunningProgram program(folder_.path(), {"--set", "tls.certificate=" + file("cert.pem"), "--set", "tls.key=" + file("key.pem")});
  const std::string main = program.url("Pages and APIs");
  ASSERT_THAT(main, testing::StartsWith("https://127.0.0.1:")) << program.output();
  const auto f = [&](const std::string& method, const std::string& path) {
    net::HttpClient client({.ca_file = file("cert.pem")});
    const auto response = client.send(method, main + path);
    return response ? response->status : 0;
  };
  EXPECT_EQ(f("GET", "/-/healthy"), 200);
  ASSERT_TRUE(make_certificate(file("cert.pem"), file("key.pem"), 2));
  EXPECT_EQ(f("GET", "/-/healthy"), 0) << "the new certificate is not in use yet";
  program.signal(SIGHUP);
  EXPECT_TRUE(program.prints("configuration reloaded"));
  EXPECT_EQ(f("GET", "/-/healthy"), 200);
}

TEST_F(Serve, is_not_used_through_a_foreign_site) {
  RunningProgram program(folder_.path(), {});
  const std::string main = program.url("Pages and APIs");
  EXPECT_EQ(get(main + "/api/v1/processes", {{"Host", "attacker.example"}}).status, 403);
  EXPECT_EQ(post(main + "/-/reload", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(get(main + "/", {{"Host", "localhost:3000"}}).status, 200);
}

TEST_F(Serve, tells_the_service_manager_when_it_is_ready_and_when_it_stops) {
  const std::string path = file("notify");
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const auto receive = [&] {
    pollfd watched{socket.number(), POLLIN, 0};
    char text[256];
    ssize_t n = ::poll(&watched, 1, 20'000) == 1 ? ::recv(socket.number(), text, sizeof text, 0) : 0;
    return std::string(text, static_cast<size_t>(std::max<ssize_t>(n, 0)));
  };
  RunningProgram program(folder_.path(), {}, {"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=200000"});
  EXPECT_THAT(receive(), HasSubstr("READY=1"));
  EXPECT_EQ(receive(), "WATCHDOG=1");
  program.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return receive().starts_with("RELOADING=1\nMONOTONIC_USEC="); }));
  program.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return receive() == "STOPPING=1"; }));
  EXPECT_EQ(program.wait(), 0);
}

TEST_F(Serve, exposes_what_its_own_checker_accepts) {
  RunningProgram program(folder_.path(), {});
  Child llm(fake_server(folder_.path()));
  const std::string main = program.url("Pages and APIs");
  ASSERT_TRUE(eventually([&] { return get(main + "/metrics").body.find("tiny-story") != std::string::npos; }));
  for (const std::string& url : {main, program.url("LLM processes"), program.url("GPUs")}) {
    Child check({MAI_BINARY, "check", "metrics", url + "/metrics"});
    EXPECT_EQ(check.wait(), 0) << check.output();
    EXPECT_THAT(check.output(), HasSubstr("(OpenMetrics 1.0), 0 errors"));
    write(file("text"), get(url + "/metrics").body);
    Child text({MAI_BINARY, "check", "metrics", file("text")});
    EXPECT_EQ(text.wait(), 0) << text.output();
    EXPECT_THAT(text.output(), HasSubstr("(text 0.0.4), 0 errors"));
  }
}

TEST(CommandLine, serves_without_a_command) {
  const TemporaryDirectory folder;
  Child program({MAI_BINARY, "--data", folder.path().native(), "--listen", "127.0.0.1:0", "--set", "exporters.gpu.listen=off", "--set",
                 "exporters.process.listen=off", "--set", "metrics.listen=off", "--set", "logs.listen=off", "--set", "otlp.grpc.listen=off", "--set", "traces.listen=off", "--set", "otlp.http.listen=off"});
  EXPECT_TRUE(program.prints("Ctrl-C stops it."));
}

TEST(CommandLine, has_the_exit_codes_and_hints_that_people_expect) {
  const auto f = [](std::vector<std::string> arguments, int code, const std::string& says) {
    arguments.insert(arguments.begin(), MAI_BINARY);
    Child child(arguments);
    EXPECT_EQ(child.wait(), code) << join(arguments, " ");
    EXPECT_THAT(child.output(), HasSubstr(says)) << join(arguments, " ");
  };
  f({"--help"}, 0, "commands:\n  serve");
  f({"help", "serve"}, 0, "--listen HOST:PORT");
  f({"serve", "-h"}, 0, "usage: monitorai serve");
  f({"--version"}, 0, "monitorai ");
  f({"srve"}, 2, "did you mean \"serve\"?");
  f({"check"}, 2, "check config");
  f({"check", "confg"}, 2, "did you mean \"check config\"?");
  f({"serve", "--lisen", "x"}, 2, "did you mean --listen?");
  f({"serve", "--set"}, 2, "--set");
  f({"serve", "word"}, 2, "word");
  f({"completion", "bash"}, 0, "complete -o filenames -F _monitorai monitorai");
  f({"completion", "tcsh"}, 2, "bash, zsh, fish");
  f({"check", "metrics", "/nonexistent.txt"}, 1, "cannot open /nonexistent.txt");
  f({"check", "metrics", MAI_SOURCE_DIR "/README.md"}, 1, "README.md:3: ");
  f({"check", "config", "/nonexistent.yml"}, 1, "cannot open /nonexistent.yml");
  f({"check", "config", MAI_SOURCE_DIR "/monitorai.example.yml"}, 0, "good");
}

}  // namespace
}  // namespace monitorai::tests
