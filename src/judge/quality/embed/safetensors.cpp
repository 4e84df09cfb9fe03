#include "judge/quality/embed/safetensors.h"

#include <simdjson.h>

#include <cstring>

#include "base/text.h"
#include "judge/quality/input/half.h"

namespace monitorai::judge {
namespace {

constexpr size_t kValuesMax = size_t{1} << 34;

Error corrupt(std::string_view why) { return {Code::corrupt, fmt::format("cannot read safetensors: {}", why)}; }

size_t width_of(std::string_view dtype) {
  if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16") return 2;
  if (dtype == "I8" || dtype == "U8" || dtype == "BOOL") return 1;
  return 0;
}

Result<Tensor> tensor_of(const simdjson::dom::object& entry, std::string_view name, std::string_view data) {
  Tensor out;
  std::string_view dtype;
  simdjson::dom::array shape, offsets;
  uint64_t begin = 0, end = 0;
  if (entry["dtype"].get_string().get(dtype) != simdjson::SUCCESS || entry["shape"].get_array().get(shape) != simdjson::SUCCESS ||
      entry["data_offsets"].get_array().get(offsets) != simdjson::SUCCESS || offsets.size() != 2 ||
      offsets.at(0).get_uint64().get(begin) != simdjson::SUCCESS || offsets.at(1).get_uint64().get(end) != simdjson::SUCCESS)
    return corrupt(fmt::format("tensor {} lacks dtype, shape or data_offsets", json_string(name)));
  out.dtype = std::string(dtype);
  size_t values = 1;
  for (const simdjson::dom::element size : shape) {
    uint64_t one = 0;
    if (size.get_uint64().get(one) != simdjson::SUCCESS || one > kValuesMax || (one > 0 && values > kValuesMax / one))
      return corrupt(fmt::format("the shape of tensor {} is no list of sound sizes", json_string(name)));
    values *= one;
    out.shape.push_back(one);
  }
  if (begin > end || end > data.size()) return corrupt(fmt::format("tensor {} lies at {} to {} of {} bytes", json_string(name), begin, end, data.size()));
  const size_t width = width_of(dtype);
  if (width > 0 && end - begin != values * width)
    return corrupt(fmt::format("tensor {} has {} bytes for {} values of {}", json_string(name), end - begin, values, out.dtype));
  out.bytes = data.substr(begin, end - begin);
  return out;
}

}  // namespace

size_t Tensor::values() const {
  size_t out = 1;
  for (const size_t size : shape) out *= size;
  return out;
}

Result<Tensors> parse_safetensors(std::string_view file) {
  uint64_t header_size = 0;
  if (file.size() < sizeof header_size) return corrupt(fmt::format("it has {} bytes", file.size()));
  std::memcpy(&header_size, file.data(), sizeof header_size);
  if (header_size > kSafetensorsHeaderBytesMax || header_size > file.size() - sizeof header_size)
    return corrupt(fmt::format("a header of {} bytes does not fit", header_size));
  const std::string_view header = file.substr(sizeof header_size, header_size), data = file.substr(sizeof header_size + header_size);
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  if (const auto error = parser.parse(header).get_object().get(root); error != simdjson::SUCCESS)
    return corrupt(fmt::format("its header is no JSON object: {}", simdjson::error_message(error)));
  Tensors out;
  for (const auto& [name, value] : root) {
    if (name == "__metadata__") continue;
    simdjson::dom::object entry;
    if (value.get_object().get(entry) != simdjson::SUCCESS) return corrupt(fmt::format("tensor {} is no object", json_string(name)));
    MAI_TRY_ASSIGN(Tensor tensor, tensor_of(entry, name, data));
    out.emplace(std::string(name), std::move(tensor));
  }
  return out;
}

Result<std::vector<float>> floats_of(const Tensors& tensors, std::string_view name, const std::vector<size_t>& shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return Error{Code::not_found, fmt::format("the model has no tensor {}", name)};
  const Tensor& tensor = found->second;
  if (tensor.shape != shape) return Error{Code::invalid, fmt::format("tensor {} has the shape [{}], not [{}]", name, fmt::join(tensor.shape, ", "), fmt::join(shape, ", "))};
  std::vector<float> out(tensor.values());
  if (tensor.dtype == "F32") {
    std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
    return out;
  }
  if (tensor.dtype != "F16" && tensor.dtype != "BF16") return Error{Code::invalid, fmt::format("tensor {} holds {}, not F32, F16 or BF16", name, tensor.dtype)};
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t bits = 0;
    std::memcpy(&bits, tensor.bytes.data() + i * sizeof bits, sizeof bits);
    out[i] = tensor.dtype == "F16" ? from_half(bits) : from_bfloat(bits);
  }
  return out;
}

}  // namespace monitorai::judge
