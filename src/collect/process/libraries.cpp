#include "collect/process/libraries.h"

#include "base/text.h"

namespace monitorai::collect {

LibraryFacts read_libraries(const std::vector<std::string>& libraries, const SignatureIndex& index) {
  LibraryFacts out;
  out.known = !libraries.empty();
  for (const std::string& full : libraries) {
    const std::string name = lower(basename(full));
    std::string_view bare = name;
    if (bare.starts_with("lib")) bare.remove_prefix(3);
    const auto note = [&](bool LibraryFacts::* fact) {
      out.*fact = true;
      if (out.example.empty() || fact == &LibraryFacts::text || fact == &LibraryFacts::llama) out.example = basename(full);
    };
    if (bare.starts_with("torchvision") || bare.starts_with("torchaudio") || bare.starts_with("cv2")) {
      out.other_media = true;
    } else if (bare.starts_with("torch") || bare.starts_with("c10")) {
      note(&LibraryFacts::torch);
    } else if (bare.starts_with("tensorflow") || bare.starts_with("_pywrap_tensorflow") || bare.starts_with("xla_extension")) {
      note(&LibraryFacts::tensorflow);
    } else if (bare.starts_with("onnxruntime")) {
      note(&LibraryFacts::onnx);
    } else if (bare.starts_with("nvinfer")) {
      note(&LibraryFacts::tensorrt);
    } else if (bare.starts_with("mlx")) {
      note(&LibraryFacts::mlx);
    } else if (bare.starts_with("ctranslate2")) {
      note(&LibraryFacts::ctranslate2);
    } else if (bare.starts_with("tokenizers") || bare.starts_with("sentencepiece") || bare.starts_with("_sentencepiece") ||
               bare.starts_with("safetensors") || bare.starts_with("_safetensors") || bare.starts_with("tiktoken") ||
               bare.starts_with("_tiktoken")) {
      note(&LibraryFacts::text);
    } else if (bare.starts_with("bitsandbytes") || bare.starts_with("flash_attn") || bare.starts_with("marlin") ||
               bare.starts_with("awq_ext") || bare.starts_with("autogptq")) {
      note(&LibraryFacts::quantised);
    } else if (bare.starts_with("llama.") || bare == "llama" || bare.starts_with("llama-")) {
      note(&LibraryFacts::llama);
    } else if (bare.starts_with("ggml")) {
      note(&LibraryFacts::ggml);
    }
    // In the end, as a runtime's own library may begin like a common one: libonnxruntime-genai.so.
    if (out.runtime == nullptr) {
      out.runtime = index.library(full);
      if (out.runtime != nullptr) out.runtime_library = basename(full);
    }
  }
  return out;
}

}  // namespace monitorai::collect
