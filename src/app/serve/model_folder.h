#pragma once
// Installed embedding models: folders below `models` in the data folder, made by `monitorai model add`.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "judge/quality/embed/embedder.h"

namespace monitorai::app {

inline constexpr std::string_view kModelsFolder = "models";

/// The names of installed models, sorted.
std::vector<std::string> installed_models(const std::filesystem::path& data);

/// What texts are embedded with: the model of this name or path; where `model` is "", the installed one, if there is exactly one, else
/// letters ("lexical"). A model that cannot be loaded is an error in the log, and letters: its name stands beside every number.
std::shared_ptr<const judge::Embedder> embedder_of(const std::filesystem::path& data, const std::string& model);

}  // namespace monitorai::app
