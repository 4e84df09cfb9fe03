#pragma once
// Installed embedding models: folders below `models` in the data folder, made by `monitorai model add`.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "judge/quality/embed/embedder.h"

namespace monitorai::app {

inline constexpr std::string_view kModelsFolder = "models";

/// The names of installed models, sorted.
std::vector<std::string> installed_models(const std::filesystem::path& data);

struct InstalledModel {
  std::string name;
  std::filesystem::path folder;
  size_t dimension = 0;
  uint64_t bytes = 0;
};

/// Copies a model into the data folder: into a folder beside its place first, where it is loaded and tried, then under its name at once.
/// `source` is its folder or its model.safetensors; `name` is that of its folder where it is "". Code::invalid, Code::corrupt,
/// Code::not_found: what is wrong with its files; then nothing was changed.
Result<InstalledModel> install_model(const std::filesystem::path& source, const std::filesystem::path& data, std::string name);

/// What texts are embedded with: the model of this name or path; where `model` is "", the installed one, if there is exactly one, else
/// letters ("lexical"). A model that cannot be loaded is an error in the log, and letters: its name stands beside every number.
std::shared_ptr<const judge::Embedder> embedder_of(const std::filesystem::path& data, const std::string& model);

}  // namespace monitorai::app
