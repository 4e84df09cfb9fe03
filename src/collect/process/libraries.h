#pragma once
// What the mapped libraries of a process say: the machine learning frameworks in it.

#include <string>
#include <vector>

#include "collect/process/signatures.h"

namespace monitorai::collect {

struct LibraryFacts {
  bool known = false;  ///< the list was readable and not empty
  bool torch = false;
  bool tensorflow = false;
  bool onnx = false;
  bool tensorrt = false;
  bool mlx = false;
  bool ctranslate2 = false;
  bool text = false;                   ///< tokenizers, sentencepiece, safetensors: text models of the transformers kind
  bool quantised = false;              ///< bitsandbytes, flash attention: hardly ever anything but an LLM
  bool llama = false;                  ///< libllama: llama.cpp inside
  bool ggml = false;                   ///< libggml without libllama may be whisper.cpp or stable-diffusion.cpp
  bool other_media = false;            ///< torchvision's, torchaudio's, OpenCV's
  const Signature* runtime = nullptr;  ///< the runtime that alone has one of the libraries
  std::string runtime_library;
  std::string example;  ///< the name that said most, for reasons

  bool any() const {
    return torch || tensorflow || onnx || tensorrt || mlx || ctranslate2 || text || quantised || llama || ggml || runtime != nullptr;
  }
};

LibraryFacts read_libraries(const std::vector<std::string>& libraries, const SignatureIndex& index);

}  // namespace monitorai::collect
