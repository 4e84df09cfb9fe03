// Exporters that nobody here wrote: OpenTelemetry's own SDK for Node.js over gRPC, HTTP with protobuf and with JSON, its Zipkin exporter,
// and Zipkin's own client. With and without TLS.

#include <gmock/gmock.h>

#include "net/certificate_for_test.h"
#include "traces/traces_program.h"

namespace monitorai::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// What follows "http://" or "https://" after a word of the program's output, with it.
std::string address_after(const TracesProgram& program, const std::string& word) {
  const std::string output = program.output();
  const size_t at = output.find("http", output.find(word));
  return output.substr(at, output.find('\n', at) - at);
}

/// Each of the traces in the answer of send.mjs is there as it was sent; returns how many.
size_t expect_traces(const TracesProgram& program, const std::string& printed) {
  simdjson::dom::parser parser;
  simdjson::dom::object ids;
  EXPECT_EQ(parser.parse(printed).get_object().get(ids), simdjson::SUCCESS) << printed;
  size_t exporters = 0;
  for (const auto& [name, id] : ids) {
    ++exporters;
    const std::string trace(id.get_string().value());
    const HttpAnswer answer = program.traces.get("/api/v2/traces/" + trace);
    EXPECT_EQ(answer.status, 200) << name << ": " << printed;
    const std::string root = name == "zipkin-js" ? "post /ask" : "POST /ask";  // that client writes names in lower case
    for (const std::string_view span : {std::string_view(root), std::string_view("embed"), std::string_view("retrieve"), std::string_view("inference"), std::string_view("post-process"),
                                        std::string_view("cache miss"), std::string_view("rag-")})
      EXPECT_THAT(answer.body, HasSubstr(std::string(span))) << name;
    const HttpAnswer found = program.traces.get("/api/search", {{"q", fmt::format(R"({{ resource.service.name = "rag-{}" && name = "{}" }} > {{ name = "retrieve" && status = error }})", name, root)}});
    EXPECT_THAT(found.body, AllOf(HasSubstr(trace), HasSubstr("\"errorCount\":1"))) << name;
    EXPECT_THAT(program.traces.get("/api/search", {{"q", "{ .tokens.generated = 30 || .tokens.generated = \"30\" }"}, {"limit", "100"}}).body, HasSubstr(trace)) << name;
  }
  return exporters;
}

TEST(OtlpPeers, exporters_of_others_send_traces_in_every_encoding) {
  if (!installed("npm") || !installed("node")) GTEST_SKIP() << "npm is not installed: ./dev test installs it";
  TracesProgram program({"otlp.grpc.listen=127.0.0.1:0"});
  const std::filesystem::path folder = program.folder() / "npm";
  std::filesystem::create_directory(folder);
  for (const char* name : {"package.json", "package-lock.json", "send.mjs"}) std::filesystem::copy_file(std::filesystem::path(MAI_SOURCE_DIR "/tests/otlp") / name, folder / name);
  const CommandOutput packages = run_command(fmt::format("cd {} && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error 2>&1", quoted(folder.native())));
  if (packages.code != 0) GTEST_SKIP() << "npm cannot install its packages here: " << packages.text;
  const CommandOutput out = run_command(fmt::format("cd {} && node send.mjs http://{} {} 2>&1", quoted(folder.native()), program.api.address, address_after(program, "OTLP gRPC")));
  ASSERT_EQ(out.code, 0) << out.text << program.output();
  EXPECT_EQ(expect_traces(program, out.text), 5u);

  const net::TlsFiles files = net::make_certificate(folder, "server"), client = net::make_certificate(folder, "client");
  TracesProgram secure({"otlp.grpc.listen=127.0.0.1:0", "otlp.grpc.tls.certificate=" + files.certificate, "otlp.grpc.tls.key=" + files.key, "otlp.grpc.tls.client_ca=" + client.certificate,
                        "otlp.http.listen=127.0.0.1:0", "otlp.http.tls.certificate=" + files.certificate, "otlp.http.tls.key=" + files.key});
  const std::string grpc = address_after(secure, "OTLP gRPC"), http = address_after(secure, "OTLP ");
  EXPECT_TRUE(grpc.starts_with("https://") && http.starts_with("https://") && grpc != http) << secure.output();
  const std::string send = fmt::format("node send.mjs {} {}", http, grpc), trusting = fmt::format("cd {} && NODE_NO_WARNINGS=1 NODE_EXTRA_CA_CERTS={} OTEL_EXPORTER_OTLP_CERTIFICATE={}", quoted(folder.native()), quoted(files.certificate), quoted(files.certificate));
  const CommandOutput known = run_command(fmt::format("{} OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE={} OTEL_EXPORTER_OTLP_CLIENT_KEY={} {} grpc proto json zipkin zipkin-js 2>&1", trusting, quoted(client.certificate), quoted(client.key), send));
  ASSERT_EQ(known.code, 0) << known.text << secure.output();
  EXPECT_EQ(expect_traces(secure, known.text), 5u);
}

}  // namespace
}  // namespace monitorai::tests
