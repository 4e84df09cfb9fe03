#pragma once
// Reads safetensors files (https://github.com/huggingface/safetensors: 8 bytes length, a JSON header, raw tensors). Files come from
// strangers: every offset is checked, nothing is executed.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai::judge {

struct Tensor {
  std::string dtype;  ///< "F32", "F16", "BF16", "I64" ...
  std::vector<size_t> shape;
  std::string_view bytes;

  size_t values() const;
};

using Tensors = std::map<std::string, Tensor, std::less<>>;

constexpr size_t kSafetensorsHeaderBytesMax = size_t{16} << 20;

/// Views into `file`. Code::corrupt with the reason where header, shapes and sizes do not agree.
Result<Tensors> parse_safetensors(std::string_view file);
/// A tensor of this shape as floats; F32, F16 and BF16 are understood. Code::not_found, Code::invalid.
Result<std::vector<float>> floats_of(const Tensors& tensors, std::string_view name, const std::vector<size_t>& shape);

}  // namespace monitorai::judge
