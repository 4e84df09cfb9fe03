// monitorai detect: the detector over recorded processes, for tests, for the bench, and for whoever writes a signature.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/config/arguments.h"
#include "base/log.h"
#include "base/text.h"
#include "collect/process/detector.h"
#include "collect/process/recorded.h"

namespace monitorai::app {
namespace {

constexpr size_t kLineBytesMax = 16 * 1024 * 1024;

void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    append_json_string(out, text);
  }
}

std::string verdict_line(const signals::Verdict& verdict) {
  std::string out = verdict.is_llm ? R"({"is_llm":true,"framework":)" : R"({"is_llm":false,"framework":)";
  append_text_or_null(out, verdict.framework);
  out += R"(,"model":)";
  append_text_or_null(out, verdict.model);
  out += R"(,"role":)";
  append_text_or_null(out, verdict.role);
  out += R"(,"reasons":[)";
  for (size_t i = 0; i < verdict.reasons.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, verdict.reasons[i].evidence + ": " + verdict.reasons[i].text);
  }
  out += "]}\n";
  return out;
}

int judge_lines(std::istream& in, std::string_view name, const collect::Detector& detector) {
  int exit_code = 0;
  size_t number = 0;
  std::string line;
  while (std::getline(in, line)) {
    ++number;
    if (trim(line).empty()) continue;
    const auto complain = [&](std::string_view cause) {
      std::fprintf(stderr, "monitorai detect: cannot read %.*s line %zu: %.*s\n", static_cast<int>(name.size()), name.data(), number,
                   static_cast<int>(cause.size()), cause.data());
      exit_code = 1;
    };
    if (line.size() > kLineBytesMax) {
      complain("it is longer than 16 MiB");
      continue;
    }
    const auto evidence = collect::read_recorded_process(line);
    if (!evidence) {
      complain(evidence.error().message);
      continue;
    }
    const std::string out = verdict_line(detector.judge(*evidence));
    std::fwrite(out.data(), 1, out.size(), stdout);
  }
  if (in.bad()) {
    std::fprintf(stderr, "monitorai detect: cannot read %.*s to its end (line %zu)\n", static_cast<int>(name.size()), name.data(), number);
    exit_code = 1;
  }
  return exit_code;
}

void print_list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  std::string line = fmt::format("    {:<12}", title);
  for (const std::string& item : items) line += " " + item;
  std::puts(line.c_str());
}

int print_signatures() {
  for (const collect::Signature& signature : collect::builtin_signatures()) {
    std::printf("%s: %s%s\n", signature.framework.empty() ? "(none)" : signature.framework.c_str(), signature.title.c_str(),
                signature.kind == "llm" ? "" : fmt::format(" ({})", signature.kind).c_str());
    print_list("titles", signature.titles);
    print_list("executables", signature.executables);
    print_list("scripts", signature.scripts);
    print_list("modules", signature.modules);
    print_list("commands", signature.commands);
    print_list("when", signature.when);
    print_list("alias flags", signature.alias_flags);
    print_list("model flags", signature.model_flags);
    print_list("environment", signature.model_environment);
    print_list("libraries", signature.libraries);
    for (const uint16_t port : signature.ports) std::printf("    port         %u\n", static_cast<unsigned>(port));
    if (!signature.metrics_path.empty()) std::printf("    metrics      %s\n", signature.metrics_path.c_str());
  }
  return 0;
}

}  // namespace

Command detect_command() {
  struct Choice {
    std::string file;
    std::string config;
    bool signatures = false;
  };
  auto choice = std::make_shared<Choice>();
  return {
      .name = "detect",
      .summary = "Judge recorded processes: is it an LLM, which framework, which model",
      .description =
          "Reads one JSON object a line (argv, exe, comm, cwd, env, maps, model_files, gpu_mem_mib, ports, parent) and prints one a line:\n"
          "is_llm, framework, model, role, reasons. A line that cannot be read is reported on stderr, and the exit code is then 1.",
      .declare =
          [choice](Options& options) {
            options.value("--jsonl", choice->file, "The recorded processes; - reads stdin", "FILE");
            options.value("--config", choice->config, "Put the signatures of this configuration before the built-in ones", "FILE");
            options.flag("--signatures", choice->signatures, "List the built-in table of runtimes");
          },
      .run =
          [choice] {
            if (choice->signatures) return print_signatures();
            if (choice->file.empty()) {
              std::fputs("monitorai detect: --jsonl FILE or --signatures is needed\n", stderr);
              return 2;
            }
            std::vector<collect::Signature> own;
            if (!choice->config.empty()) {
              ConfigArguments arguments;
              arguments.file = choice->config;
              LoadedConfig loaded = load_config(arguments.sources());
              if (!loaded.problems.empty()) {
                print_problems(loaded.problems);
                return 1;
              }
              own = std::move(loaded.config.collect.process.signatures);
            }
            const collect::Detector detector(std::move(own));
            if (choice->file == "-") return judge_lines(std::cin, "stdin", detector);
            std::ifstream in(choice->file, std::ios::binary);
            if (!in) {
              std::fprintf(stderr, "monitorai detect: %s\n", system_error("cannot open " + choice->file, errno).message.c_str());
              return 1;
            }
            return judge_lines(in, choice->file, detector);
          }};
}

}  // namespace monitorai::app
