#include "app/serve/model_folder.h"

#include <algorithm>

#include "base/log.h"
#include "judge/quality/embed/bert_embedder.h"

namespace monitorai::app {

std::vector<std::string> installed_models(const std::filesystem::path& data) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data / kModelsFolder, error))
    if (entry.is_directory(error) && !entry.path().filename().native().starts_with('.')) out.push_back(entry.path().filename().native());
  std::sort(out.begin(), out.end());
  return out;
}

std::shared_ptr<const judge::Embedder> embedder_of(const std::filesystem::path& data, const std::string& model) {
  std::filesystem::path folder;
  if (!model.empty()) {
    std::error_code error;
    const std::filesystem::path installed = data / kModelsFolder / model;
    folder = std::filesystem::exists(installed, error) ? installed : std::filesystem::path(model);
  } else if (const auto installed = installed_models(data); installed.size() == 1) {
    folder = data / kModelsFolder / installed[0];
  } else if (installed.size() > 1) {
    log::warn("several models are installed and quality.model names none: prompts are compared by letters", {{"models", installed.size()}});
  }
  if (folder.empty()) return std::make_shared<judge::LexicalEmbedder>();
  auto loaded = judge::BertEmbedder::load(folder);
  if (loaded) return std::shared_ptr<const judge::Embedder>(std::move(*loaded));
  log::error("cannot load the embedding model: prompts are compared by letters", {{"error", loaded.error().message}});
  return std::make_shared<judge::LexicalEmbedder>();
}

}  // namespace monitorai::app
