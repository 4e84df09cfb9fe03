// `monitorai model add` and `monitorai model list`: embedding models in the data folder.

#include <cstdio>

#include "app/commands.h"
#include "app/config/arguments.h"
#include "app/config/load.h"
#include "app/serve/model_folder.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

struct ModelArguments {
  ConfigArguments config;
  std::string source, name;
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai model: {}\n", message);
  return 1;
}

/// The data folder of the configuration.
std::optional<std::filesystem::path> data_folder(const ModelArguments& arguments) {
  const LoadedConfig loaded = load_config(arguments.config.sources());
  if (loaded.problems.empty()) return std::filesystem::path(loaded.config.data);
  print_problems(loaded.problems);
  return std::nullopt;
}

int add(const ModelArguments& arguments) {
  const auto data = data_folder(arguments);
  if (!data) return kExitMisconfigured;
  const auto added = install_model(arguments.source, *data, arguments.name);
  if (!added) return fail(added.error().message);
  fmt::print("Installed {} ({} numbers a text, {}) in {}.\n", added->name, added->dimension,
             format_bytes(static_cast<double>(added->bytes)), added->folder.native());
  if (installed_models(*data).size() > 1)
    fmt::print("Several models are installed now: set quality.model: {} to use this one.\n", added->name);
  fmt::print("A program that runs takes it at its next start; its baselines are of another embedding then, and are made anew.\n");
  return 0;
}

int list(const ModelArguments& arguments) {
  const auto data = data_folder(arguments);
  if (!data) return kExitMisconfigured;
  const auto names = installed_models(*data);
  if (names.empty()) fmt::print("No model is installed: prompts are compared by letters. `monitorai model add DIR` installs one.\n");
  for (const std::string& name : names) fmt::print("{}\n", name);
  return 0;
}

}  // namespace

Command model_add_command() {
  auto arguments = std::make_shared<ModelArguments>();
  return {.name = "model add",
          .summary = "Install an embedding model: drift and answers are judged by meaning",
          .description =
              "Copies a sentence-transformer of BERT's shape (such as all-MiniLM-L6-v2) into the data folder: config.json, vocab.txt or\n"
              "tokenizer.json, model.safetensors, and what belongs to them. PATH is its folder, or its model.safetensors. The model is "
              "loaded and tried\n"
              "first: one that is damaged, or of another kind, is refused, and nothing is changed. Nothing is downloaded.\n"
              "  monitorai model add ~/models/all-MiniLM-L6-v2",
          .declare =
              [arguments](Options& options) {
                options.positional("PATH", arguments->source, "The folder of the model, or its model.safetensors", true);
                options.value("--name", arguments->name, "Its name (default: that of its folder)", "NAME");
                options.value("--data", arguments->config.data, "The data folder", "DIR");
                arguments->config.declare_sources(options);
              },
          .run = [arguments] { return add(*arguments); }};
}

Command model_list_command() {
  auto arguments = std::make_shared<ModelArguments>();
  return {.name = "model list",
          .summary = "List the installed embedding models",
          .description = "One name a line: what quality.model may be set to.",
          .declare =
              [arguments](Options& options) {
                options.value("--data", arguments->config.data, "The data folder", "DIR");
                arguments->config.declare_sources(options);
              },
          .run = [arguments] { return list(*arguments); }};
}

}  // namespace monitorai::app
