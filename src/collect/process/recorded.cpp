// The adapter of simdjson for this folder.
#include "collect/process/recorded.h"

#include <simdjson.h>

#include "base/files.h"
#include "base/text.h"
#include "collect/process/model_name.h"

namespace monitorai::collect {
namespace {

namespace json = simdjson::dom;
constexpr int kParentsMax = 16;

Error invalid(std::string_view field, std::string_view cause) {
  return {Code::invalid, fmt::format("cannot read field \"{}\": {}", field, cause)};
}

Result<std::vector<std::string>> strings(json::object object, std::string_view field) {
  std::vector<std::string> out;
  json::element element;
  if (object[field].get(element) != simdjson::SUCCESS || element.is_null()) return out;
  json::array array;
  if (element.get(array) != simdjson::SUCCESS) return invalid(field, "it is not an array");
  for (const json::element item : array) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return invalid(field, fmt::format("item {} is not a string", out.size()));
    out.emplace_back(text);
  }
  return out;
}

Result<std::string> text(json::object object, std::string_view field) {
  json::element element;
  if (object[field].get(element) != simdjson::SUCCESS || element.is_null()) return std::string();
  std::string_view value;
  if (element.get(value) != simdjson::SUCCESS) return invalid(field, "it is not a string");
  return std::string(value);
}

Result<Evidence> read_process(json::object object, int depth) {
  Evidence out;
  json::element argv;
  if (object["argv"].get(argv) != simdjson::SUCCESS) return Error{Code::invalid, "field \"argv\" is missing"};
  MAI_TRY_ASSIGN(out.argv, strings(object, "argv"));
  MAI_TRY_ASSIGN(out.exe, text(object, "exe"));
  MAI_TRY_ASSIGN(out.comm, text(object, "comm"));
  MAI_TRY_ASSIGN(out.cwd, text(object, "cwd"));
  MAI_TRY_ASSIGN(out.libraries, strings(object, "maps"));
  MAI_TRY_ASSIGN(out.model_files, strings(object, "model_files"));
  json::element element;
  if (object["env"].get(element) == simdjson::SUCCESS && !element.is_null()) {
    json::object environment;
    if (element.get(environment) != simdjson::SUCCESS) return invalid("env", "it is not an object");
    for (const auto& [name, value] : environment) {
      std::string_view string;
      if (value.get(string) != simdjson::SUCCESS) return invalid("env", fmt::format("the value of {} is not a string", name));
      out.environment.emplace(name, string);
    }
  }
  if (object["gpu_mem_mib"].get(element) == simdjson::SUCCESS && !element.is_null()) {
    double mib = 0;
    if (element.get(mib) != simdjson::SUCCESS || !(mib >= 0) || mib > 1e9) return invalid("gpu_mem_mib", "it is not a number of MiB");
    out.gpu_memory_bytes = static_cast<uint64_t>(mib * 1024 * 1024);
  }
  if (object["ports"].get(element) == simdjson::SUCCESS && !element.is_null()) {
    json::array ports;
    if (element.get(ports) != simdjson::SUCCESS) return invalid("ports", "it is not an array");
    for (const json::element port : ports) {
      int64_t number = 0;
      if (port.get(number) != simdjson::SUCCESS || number < 0 || number > 65535)
        return invalid("ports", "a port is not a number up to 65535");
      out.listening_ports.push_back(static_cast<uint16_t>(number));
    }
  }
  if (object["parent"].get(element) == simdjson::SUCCESS && !element.is_null() && depth < kParentsMax) {
    json::object parent;
    if (element.get(parent) != simdjson::SUCCESS) return invalid("parent", "it is not an object");
    auto read = read_process(parent, depth + 1);
    if (!read) return wrap(read.error(), "cannot read the parent");
    out.parent = std::make_shared<const Evidence>(std::move(read).value());
  }
  return out;
}

// registry.ollama.ai/library/gemma3/4b is "gemma3:4b"; of other owners and registries the rest stays.
std::string manifest_name(const std::filesystem::path& relative) {
  std::vector<std::string> parts;
  for (const auto& part : relative) parts.push_back(part.string());
  if (parts.size() < 2) return {};
  if (parts.front() == "registry.ollama.ai") parts.erase(parts.begin());
  if (parts.size() > 2 && parts.front() == "library") parts.erase(parts.begin());
  const std::string tag = parts.back();
  parts.pop_back();
  return join(parts, "/") + ":" + tag;
}

bool manifest_has(simdjson::dom::parser& parser, const std::string& bytes, std::string_view digest) {
  json::array layers;
  if (parser.parse(bytes).at_key("layers").get(layers) != simdjson::SUCCESS) return false;
  for (const json::element layer : layers) {
    std::string_view type, value;
    if (layer["mediaType"].get(type) != simdjson::SUCCESS || layer["digest"].get(value) != simdjson::SUCCESS) continue;
    if (type == "application/vnd.ollama.image.model" && value == digest) return true;
  }
  return false;
}

}  // namespace

Result<Evidence> read_recorded_process(std::string_view line) {
  thread_local json::parser parser;
  json::element document;
  if (const auto error = parser.parse(line.data(), line.size()).get(document); error != simdjson::SUCCESS)
    return Error{Code::invalid, fmt::format("not JSON: {}", simdjson::error_message(error))};
  json::object object;
  if (document.get(object) != simdjson::SUCCESS) return Error{Code::invalid, "not a JSON object"};
  return read_process(object, 0);
}

std::optional<std::string> ollama_model_of_blob(const std::filesystem::path& models, std::string_view digest) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path manifests = models / "manifests";
  json::parser parser;
  size_t read = 0;
  for (auto it = fs::recursive_directory_iterator(manifests, fs::directory_options::skip_permission_denied, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    if (++read > kManifestsMax) break;
    const auto bytes = read_file(it->path(), kManifestBytesMax);
    if (bytes && manifest_has(parser, *bytes, digest)) return manifest_name(it->path().lexically_relative(manifests));
  }
  return std::nullopt;
}

std::optional<std::string> ollama_model_of_blob_path(const std::filesystem::path& root, std::string_view blob_path) {
  const auto digest = blob_digest(blob_path);
  const std::string_view blobs = dirname(blob_path);
  if (!digest || basename(blobs) != "blobs" || blobs.find("..") != std::string_view::npos) return std::nullopt;
  std::string_view models = dirname(blobs);
  while (models.starts_with('/')) models.remove_prefix(1);
  return ollama_model_of_blob(root / models, *digest);
}

}  // namespace monitorai::collect
