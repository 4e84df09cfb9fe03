// Exporters that nobody here wrote: OpenTelemetry's own SDK for Node.js over gRPC, HTTP with protobuf and with JSON, and its Zipkin exporter.

#include <gmock/gmock.h>

#include "traces/traces_program.h"

namespace monitorai::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(OtlpPeers, opentelemetrys_exporters_send_traces_in_every_encoding) {
  if (!installed("npm") || !installed("node")) GTEST_SKIP() << "npm is not installed: ./dev test installs it";
  TracesProgram program({"otlp.grpc.listen=127.0.0.1:0"});
  const std::filesystem::path folder = program.folder() / "npm";
  std::filesystem::create_directory(folder);
  for (const char* name : {"package.json", "package-lock.json", "send.mjs"}) std::filesystem::copy_file(std::filesystem::path(MAI_SOURCE_DIR "/tests/otlp") / name, folder / name);
  const CommandOutput packages = run_command(fmt::format("cd {} && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error 2>&1", quoted(folder.native())));
  if (packages.code != 0) GTEST_SKIP() << "npm cannot install its packages here: " << packages.text;
  const std::string output = program.output();
  const size_t at = output.find("http://", output.find("OTLP gRPC"));
  const std::string grpc = output.substr(at, output.find('\n', at) - at);
  const CommandOutput out = run_command(fmt::format("cd {} && node send.mjs http://{} {} 2>&1", quoted(folder.native()), program.api.address, grpc));
  ASSERT_EQ(out.code, 0) << out.text << program.output();
  simdjson::dom::parser parser;
  simdjson::dom::object ids;
  ASSERT_EQ(parser.parse(out.text).get_object().get(ids), simdjson::SUCCESS) << out.text;
  size_t exporters = 0;
  for (const auto& [name, id] : ids) {
    ++exporters;
    const std::string trace(id.get_string().value());
    const HttpAnswer answer = program.traces.get("/api/v2/traces/" + trace);
    EXPECT_EQ(answer.status, 200) << name << ": " << out.text;
    for (const char* span : {"POST /ask", "embed", "retrieve", "inference", "post-process", "cache miss", "rag-"}) EXPECT_THAT(answer.body, HasSubstr(span)) << name;
    const HttpAnswer found = program.traces.get("/api/search", {{"q", fmt::format(R"({{ resource.service.name = "rag-{}" && name = "POST /ask" }} > {{ name = "retrieve" && status = error }})", name)}});
    EXPECT_THAT(found.body, AllOf(HasSubstr(trace), HasSubstr("\"errorCount\":1"))) << name;
    EXPECT_THAT(program.traces.get("/api/search", {{"q", "{ .tokens.generated = 30 || .tokens.generated = \"30\" }"}, {"limit", "100"}}).body, HasSubstr(trace)) << name;
  }
  EXPECT_EQ(exporters, 4u);
}

}  // namespace
}  // namespace monitorai::tests
