#pragma once
// A recorded process: one line of JSON with the fields argv, exe, comm, cwd, env, maps, model_files, gpu_mem_mib, ports and
// parent (an object of the same kind). Unknown fields are ignored. The only file of this folder that knows the JSON library is
// recorded.cpp.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/process/evidence.h"

namespace monitorai::collect {

/// Code::invalid with the cause when the line is no such object. argv must be there, as an array of strings.
Result<Evidence> read_recorded_process(std::string_view line);

/// The name that Ollama's manifests give to a model blob ("gemma3:4b", "hf.co/org/repo:Q4_K_M"). `models` is the directory that holds
/// manifests/ and blobs/, seen from this process (/proc/PID/root/... for another's). Reads at most kManifestsMax files; nullopt when no
/// manifest has the digest.
std::optional<std::string> ollama_model_of_blob(const std::filesystem::path& models, std::string_view digest);
/// The same from the path that a runner was given: ".../models/blobs/sha256-<hex>", looked up below `root`.
std::optional<std::string> ollama_model_of_blob_path(const std::filesystem::path& root, std::string_view blob_path);

inline constexpr size_t kManifestsMax = 2000;
inline constexpr size_t kManifestBytesMax = 256 * 1024;

}  // namespace monitorai::collect
