// Model files of strangers: what is accepted lies within the file, and asking for any tensor by any shape ends.

#include "base/check.h"
#include "judge/quality/embed/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view file(reinterpret_cast<const char*>(bytes), size);
  const auto tensors = judge::parse_safetensors(file);
  if (!tensors) return 0;
  for (const auto& [name, tensor] : *tensors) {
    MAI_CHECK(tensor.bytes.data() >= file.data() && tensor.bytes.data() + tensor.bytes.size() <= file.data() + file.size());
    const auto floats = judge::floats_of(*tensors, name, tensor.shape);
    if (floats) MAI_CHECK(floats->size() == tensor.values());
  }
  return 0;
}
