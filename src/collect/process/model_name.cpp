#include "collect/process/model_name.h"

#include <algorithm>

#include "base/text.h"
#include "collect/process/argv.h"

namespace monitorai::collect {
namespace {

constexpr std::string_view kFormats[] = {"gguf",      "ggml",      "safetensors", "bin",  "pt",     "pth",   "ckpt", "onnx",
                                         "llamafile", "engine",    "plan",        "nemo", "tflite", "task",  "h5",   "keras",
                                         "mlmodel",   "mlpackage", "npz",         "sbs",  "exl2",   "kcpps", "trt",  "tar.gz"};

// Base names that say nothing about the model: its directory does.
constexpr std::string_view kGenericNames[] = {"model",
                                              "models",
                                              "pytorch-model",
                                              "pytorch",
                                              "tf-model",
                                              "adapter-model",
                                              "adapter",
                                              "weights",
                                              "weight",
                                              "ckpt",
                                              "checkpoint",
                                              "checkpoints",
                                              "latest",
                                              "final",
                                              "best",
                                              "last",
                                              "current",
                                              "default",
                                              "consolidated",
                                              "ggml-model",
                                              "gguf",
                                              "hf",
                                              "hf-model",
                                              "huggingface",
                                              "merged",
                                              "output",
                                              "outputs",
                                              "out",
                                              "result",
                                              "results",
                                              "save",
                                              "saved",
                                              "saved-model",
                                              "cpu",
                                              "gpu",
                                              "cuda",
                                              "dml",
                                              "directml",
                                              "onnx",
                                              "engine",
                                              "engines",
                                              "trt-engine",
                                              "trt-engines",
                                              "trtllm",
                                              "tensorrt-llm",
                                              "tllm-checkpoint",
                                              "fp32",
                                              "fp16",
                                              "bf16",
                                              "fp8",
                                              "f16",
                                              "f32",
                                              "int8",
                                              "int4",
                                              "q4",
                                              "q8",
                                              "snapshot",
                                              "snapshots",
                                              "main",
                                              "params",
                                              "base",
                                              "llm"};
// Directories in which models are kept: never a name.
constexpr std::string_view kContainers[] = {"app",
                                            "data",
                                            "mnt",
                                            "opt",
                                            "srv",
                                            "home",
                                            "root",
                                            "tmp",
                                            "var",
                                            "usr",
                                            "workspace",
                                            "work",
                                            "cache",
                                            "storage",
                                            "model-storage",
                                            "model-store",
                                            "model-repository",
                                            "repository",
                                            "repo",
                                            "hub",
                                            "ml",
                                            "llms",
                                            "local",
                                            "content",
                                            "volume",
                                            "volumes",
                                            "share",
                                            "shared",
                                            "nfs",
                                            "scratch",
                                            "artifacts",
                                            "assets",
                                            "resources",
                                            "files",
                                            "downloads",
                                            "bundles",
                                            "blobs",
                                            "sha256",
                                            "server",
                                            "src",
                                            "project",
                                            "build",
                                            "lib",
                                            "model-cache"};

template <size_t N>
bool one_of(std::string_view text, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos; }
bool is_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

// "1-gpu", "checkpoint-500", "step_1000", "tp4", "v1", a bare number, a digest.
bool is_generic(std::string_view raw) {
  const std::string name = normalised(raw);
  if (name.empty() || one_of(std::string_view(name), kGenericNames)) return true;
  if (is_digits(name) || (name.size() >= 8 && is_hex(name) && name.find_first_of("0123456789") != std::string::npos)) return true;
  if (name.ends_with("-gpu") && is_digits(std::string_view(name).substr(0, name.size() - 4))) return true;
  for (const std::string_view prefix : {"checkpoint-", "step-", "global-step", "epoch-", "epoch", "step", "ckpt-", "iter-", "tp", "rank",
                                        "consolidated.", "v", "ep", "hf-ckpt", "pytorch-model-", "model-", "sha256-"}) {
    if (!std::string_view(name).starts_with(prefix)) continue;
    const std::string_view rest = std::string_view(name).substr(prefix.size());
    if (!rest.empty() && rest.find_first_not_of("0123456789.-") == std::string_view::npos) return true;
    if (prefix == "sha256-" && is_hex(rest)) return true;
  }
  return name == "model-optimized" || name == "model-quantized" || name == "model-q4" || name == "model-fp16" || name == "ggml-model-f16" ||
         name == "ggml-model-q4-0" || name == "decoder-model-merged";
}

bool is_container(std::string_view raw) {
  const std::string name = normalised(raw);
  return name.empty() || name == "." || name == ".." || name == "~" || name.front() == '.' || name.back() == ':' ||
         one_of(std::string_view(name), kContainers);
}

// "-00001-of-00010", ".part1of2", "-split-a" at the end of a stem.
std::string_view without_shard(std::string_view stem) {
  const size_t of = stem.rfind("-of-");
  if (of == std::string_view::npos || !is_digits(stem.substr(of + 4))) return stem;
  const size_t dash = stem.rfind('-', of - 1);
  if (of == 0 || dash == std::string_view::npos || !is_digits(stem.substr(dash + 1, of - dash - 1))) return stem;
  return stem.substr(0, dash);
}

std::string_view without_format(std::string_view name) {
  for (const std::string_view extra : {".index.json", ".exe"})
    if (name.ends_with(extra)) name.remove_suffix(extra.size());
  const std::string_view format = model_file_format(name);
  if (!format.empty()) name.remove_suffix(format.size() + 1);
  return without_shard(name);
}

// Hub caches: ".../models--ORG--NAME/snapshots/HASH/file", ".../modelscope/hub/[models/]ORG/NAME".
std::string cached_hub_id(std::string_view path) {
  if (const size_t at = path.find("models--"); at != std::string_view::npos) {
    std::string_view name = path.substr(at + 8);
    name = name.substr(0, name.find('/'));
    std::string out(name);
    for (size_t dashes = out.find("--"); dashes != std::string::npos; dashes = out.find("--", dashes + 1)) out.replace(dashes, 2, "/");
    return out;
  }
  if (const size_t at = path.find("modelscope/"); at != std::string_view::npos) {
    auto parts = split(path.substr(at + 11), '/');
    while (!parts.empty() && (parts[0] == "hub" || parts[0] == "models")) parts.erase(parts.begin());
    if (parts.size() >= 2 && !parts[1].empty()) {
      std::string out = std::string(parts[0]) + "/" + std::string(parts[1]);
      for (size_t at3 = out.find("___"); at3 != std::string::npos; at3 = out.find("___")) out.replace(at3, 3, ".");
      return out;
    }
  }
  return {};
}

std::string name_of_path(std::string_view path) {
  if (std::string id = cached_hub_id(path); !id.empty()) return id;
  std::vector<std::string_view> parts = split(path, '/');
  std::erase_if(parts, [](std::string_view part) { return part.empty() || part == "."; });
  if (parts.empty()) return {};
  const std::string_view first = without_format(parts.back());
  std::string_view best = first;
  parts.pop_back();
  while (is_generic(best)) {
    // A directory of storage ends the search: better the generic word than "data". A digest names nothing at all.
    if (parts.empty() || is_container(parts.back()) || (parts.size() == 1 && path.starts_with('/') && is_generic(parts.back()))) {
      best = first;
      break;
    }
    best = parts.back();
    parts.pop_back();
  }
  if (is_digits(best) || (best.size() >= 8 && is_hex(best))) return {};
  if (blob_digest(best)) return {};
  return std::string(best);
}

}  // namespace

bool is_generic_name(std::string_view name) { return is_generic(name); }

std::string_view model_file_format(std::string_view reference) {
  for (const std::string_view format : kFormats) {
    if (reference.size() <= format.size() + 1 || reference[reference.size() - format.size() - 1] != '.') continue;
    if (lower(reference.substr(reference.size() - format.size())) == format) return format;
  }
  return {};
}

bool is_model_path(std::string_view reference) {
  if (reference.empty()) return false;
  if (reference[0] == '/' || reference[0] == '.' || reference[0] == '~' || reference[0] == '$') return true;
  if (reference.size() > 2 && reference[1] == ':' && (reference[2] == '\\' || reference[2] == '/')) return true;
  if (reference.find('\\') != std::string_view::npos || !model_file_format(reference).empty()) return true;
  const auto slashes = std::count(reference.begin(), reference.end(), '/');
  if (slashes >= 2 || (slashes == 1 && reference.back() == '/')) return true;
  const std::string top = normalised(reference.substr(0, reference.find('/')));
  return slashes == 1 && (one_of(std::string_view(top), kGenericNames) || one_of(std::string_view(top), kContainers) ||
                          top == "cpu-and-mobile" || top.starts_with("my-models"));
}

bool is_hub_id(std::string_view reference) {
  if (is_model_path(reference) || reference.find("://") != std::string_view::npos) return false;
  const size_t slash = reference.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == reference.size()) return false;
  return reference.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@") == std::string_view::npos;
}

std::optional<std::string> blob_digest(std::string_view reference) {
  for (const std::string_view mark : {"sha256-", "sha256:"}) {
    const size_t at = reference.rfind(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view hex = reference.substr(at + mark.size());
    if (!hex.empty() && is_hex(hex)) return "sha256:" + std::string(hex);
  }
  return std::nullopt;
}

std::string display_name(std::string_view raw) {
  std::string_view reference = trim(raw);
  if (reference.size() >= 2 && (reference.front() == '"' || reference.front() == '\'') && reference.back() == reference.front())
    reference = reference.substr(1, reference.size() - 2);
  std::string text =
      is_model_path(reference) || reference.find("\\\\") != std::string_view::npos ? forward_slashes(reference) : std::string(reference);
  if (const size_t scheme = text.find("://"); scheme != std::string::npos) {
    const std::string name = lower(std::string_view(text).substr(0, scheme));
    std::string rest = text.substr(scheme + 3);
    if (const size_t query = rest.find_first_of("?#"); query != std::string::npos) rest.resize(query);
    if (const size_t user = rest.substr(0, rest.find('/')).rfind('@'); user != std::string::npos) rest.erase(0, user + 1);
    if (name == "http" || name == "https") {
      const std::string_view host = std::string_view(rest).substr(0, rest.find('/'));
      const std::vector<std::string_view> parts = split(rest, '/');
      const bool hub =
          host == "huggingface.co" || host == "hf.co" || host == "www.modelscope.cn" || host == "modelscope.cn" || host == "hf-mirror.com";
      // A file of a hub is its stem, a repository its id.
      if (hub && parts.size() >= 3 && model_file_format(rest).empty()) return std::string(parts[1]) + "/" + std::string(parts[2]);
      return name_of_path(rest);
    }
    if (name == "hf" || name == "huggingface" || name == "modelscope" || name == "ollama" || name == "docker" || name == "oci") {
      if (name == "hf" || name == "huggingface")
        if (const auto parts = split(rest, '/'); parts.size() >= 3)
          return model_file_format(rest).empty() ? std::string(parts[0]) + "/" + std::string(parts[1]) : name_of_path(rest);
      return rest;
    }
    return name_of_path(rest);
  }
  if (is_model_path(text)) return name_of_path(text);
  if (blob_digest(text)) return {};
  return text;
}

}  // namespace monitorai::collect
