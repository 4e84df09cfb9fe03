#include "app/serve/model_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/files.h"

#include "base/log.h"
#include "judge/quality/embed/bert_embedder.h"

namespace monitorai::app {
namespace {

constexpr std::string_view kWeightsFile = "model.safetensors";
constexpr std::array<std::string_view, 11> kModelFiles{"config.json",
                                                       "vocab.txt",
                                                       "tokenizer.json",
                                                       "model.safetensors",
                                                       "tokenizer_config.json",
                                                       "special_tokens_map.json",
                                                       "modules.json",
                                                       "sentence_bert_config.json",
                                                       "config_sentence_transformers.json",
                                                       "1_Pooling/config.json",
                                                       "2_Normalize/config.json"};
constexpr size_t kNameBytesMax = 100;

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

Result<void> sync_file(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.number()) != 0) return system_error(fmt::format("write {}", path.native()), errno);
  return {};
}

}  // namespace

std::vector<std::string> installed_models(const std::filesystem::path& data) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data / kModelsFolder, error))
    if (entry.is_directory(error) && !entry.path().filename().native().starts_with('.')) out.push_back(entry.path().filename().native());
  std::sort(out.begin(), out.end());
  return out;
}

Result<InstalledModel> install_model(const std::filesystem::path& source, const std::filesystem::path& data, std::string name) {
  std::error_code error;
  const std::filesystem::path from =
      std::filesystem::absolute(std::filesystem::is_directory(source, error) ? source : source.parent_path(), error).lexically_normal();
  if (!std::filesystem::exists(source, error))
    return Error{Code::not_found, fmt::format("cannot install {}: there is no such file or folder", source.native())};
  if (!std::filesystem::is_directory(source, error) && source.filename() != kWeightsFile)
    return Error{Code::invalid,
                 fmt::format("cannot install {}: it is neither the folder of a model nor its {}", source.native(), kWeightsFile)};
  if (name.empty()) name = (from.has_filename() ? from : from.parent_path()).filename().native();
  if (!good_name(name))
    return Error{
        Code::invalid,
        fmt::format("cannot install {}: \"{}\" is no name for a model (letters, digits, . _ -, not first a point); give one with --name",
                    source.native(), name)};
  const std::filesystem::path models = data / kModelsFolder, place = models / name,
                              staged = models / fmt::format(".new-{}-{}", name, ::getpid());
  if (std::filesystem::exists(place, error))
    return Error{Code::invalid, fmt::format("cannot install {}: {} is there already; remove it, or choose another --name", source.native(),
                                            place.native())};
  const auto undo = [&](Error why) {
    std::filesystem::remove_all(staged, error);
    return why;
  };
  const auto failed = [&](std::string_view doing) {
    return undo(Error{Code::unavailable, fmt::format("cannot install {}: {}: {}", source.native(), doing, error.message())});
  };
  std::filesystem::create_directories(staged, error);
  if (error) return failed("cannot make a folder for it");
  InstalledModel out{.name = name, .folder = place};
  for (const std::string_view file : kModelFiles) {
    if (!std::filesystem::is_regular_file(from / file, error)) continue;
    std::filesystem::create_directories((staged / file).parent_path(), error);
    std::filesystem::copy_file(from / file, staged / file, error);
    if (error) return failed(fmt::format("cannot copy {}", file));
    if (const auto synced = sync_file(staged / file); !synced) return undo(synced.error());
    out.bytes += std::filesystem::file_size(staged / file, error);
  }
  // The copy is what is tried: what is installed has been read.
  const auto loaded = judge::BertEmbedder::load(staged);
  if (!loaded) {
    // A person knows the files by where they came from.
    Error why = loaded.error();
    for (size_t at = 0; (at = why.message.find(staged.native(), at)) != std::string::npos; at += from.native().size())
      why.message.replace(at, staged.native().size(), from.native());
    return undo(wrap(why, fmt::format("cannot install {}", source.native())));
  }
  const std::string tried = "Does it work?";
  const judge::Matrix row = (*loaded)->embed(std::span(&tried, 1));
  double squares = 0;
  for (const double value : row.values) squares += value * value;
  if (!(std::fabs(squares - 1) < 1e-3))
    return undo(Error{Code::corrupt,
                      fmt::format("cannot install {}: what it makes of a text is no vector of length 1 (but {}): its weights are damaged",
                                  source.native(), std::sqrt(squares))});
  out.dimension = (*loaded)->dimension();
  std::filesystem::rename(staged, place, error);
  if (error) return failed("cannot give it its name");
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
