#pragma once
// The name of a model for people and labels, made from what a process was told: a path, a hub id, a URL. Pure text.
// served name > hub id > hub cache snapshot > base name of a path, without format and shard; generic base names give way to their
// directory.

#include <optional>
#include <string>
#include <string_view>

namespace monitorai::collect {

/// "meta-llama/Llama-3.1-8B" stays; "/models/Qwen3-8B" is "Qwen3-8B"; ".../models--BAAI--bge-m3/snapshots/5617..." is "BAAI/bge-m3";
/// ".../GLM-5-Q4_K_M-00001-of-00010.gguf" is "GLM-5-Q4_K_M"; "HF://mlc-ai/X" is "mlc-ai/X". "" where the reference names nothing
/// (an Ollama blob, a digest).
std::string display_name(std::string_view reference);

/// "model", "cpu", "checkpoint-500", "1-gpu": a name that any model could have. Take it only when nothing better is known.
bool is_generic_name(std::string_view name);
/// A path of the local machine rather than the id of a hub: by its form, or by the extension of a model file.
bool is_model_path(std::string_view reference);
/// "org/name" as Hugging Face writes it, with an optional ":quant".
bool is_hub_id(std::string_view reference);
/// The format by extension, in lower case without the dot: "gguf", "safetensors", "pt", ...; "" for none.
std::string_view model_file_format(std::string_view reference);
/// The digest of ".../blobs/sha256-<hex>" (also "sha256:<hex>"); nullopt for other references.
std::optional<std::string> blob_digest(std::string_view reference);

}  // namespace monitorai::collect
