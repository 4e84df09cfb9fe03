#include "judge/quality/input/npy.h"

#include <bit>
#include <cstring>

#include "base/text.h"
#include "judge/quality/input/half.h"

namespace monitorai::judge {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

Error unreadable(std::string_view why) { return {Code::invalid, fmt::format("cannot read .npy data: {}", why)}; }

/// What follows 'key': in the header, a Python dictionary.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  const size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return std::nullopt;
  return trim(header.substr(at + key.size() + 3));
}

struct Shape {
  size_t rows = 0, columns = 1;
};

Result<Shape> shape_of(std::string_view text) {
  const size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) return unreadable("its shape is no tuple");
  std::vector<size_t> sizes;
  for (const std::string_view part : split(text.substr(1, close - 1), ',')) {
    if (trim(part).empty()) continue;
    const auto size = parse_integer<uint64_t>(trim(part));
    if (!size) return unreadable("its shape holds no number");
    sizes.push_back(*size);
  }
  if (sizes.empty() || sizes.size() > 2) return unreadable(fmt::format("it has {} dimensions, not 1 or 2", sizes.size()));
  const Shape shape{sizes[0], sizes.size() == 2 ? sizes[1] : 1};
  if (shape.rows > kNpyValuesMax || shape.columns > kNpyValuesMax || (shape.columns > 0 && shape.rows > kNpyValuesMax / shape.columns))
    return unreadable(fmt::format("it holds over {} numbers", kNpyValuesMax));
  return shape;
}

template <class T>
double read(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<double>(value);
}

double read_half(const char* at) {
  uint16_t bits = 0;
  std::memcpy(&bits, at, sizeof bits);
  return from_half(bits);
}

struct Type {
  std::string_view name;
  size_t size;
  double (*read)(const char*);
};
constexpr Type kTypes[] = {{"<f4", 4, read<float>},    {"<f8", 8, read<double>},   {"<f2", 2, read_half},      {"<i8", 8, read<int64_t>},
                           {"<i4", 4, read<int32_t>},  {"<i2", 2, read<int16_t>},  {"|i1", 1, read<int8_t>},   {"|u1", 1, read<uint8_t>},
                           {"<u2", 2, read<uint16_t>}, {"<u4", 4, read<uint32_t>}, {"<u8", 8, read<uint64_t>}, {"|b1", 1, read<uint8_t>}};

}  // namespace

Result<Matrix> parse_npy(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  if (!bytes.starts_with(kMagic) || bytes.size() < 12) return unreadable("it does not begin with \\x93NUMPY");
  const auto byte = [&](size_t i) { return size_t{static_cast<uint8_t>(bytes[i])}; };
  const bool wide = byte(6) > 1;
  const size_t header_size = byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : 0), header_at = wide ? 12 : 10;
  if (byte(6) < 1 || byte(6) > 3) return unreadable(fmt::format("format version {} is not known", byte(6)));
  if (bytes.size() - header_at < header_size) return unreadable("its header is cut off");
  const std::string_view header = bytes.substr(header_at, header_size), body = bytes.substr(header_at + header_size);
  const auto descr = value_of(header, "descr"), order = value_of(header, "fortran_order"), shape_text = value_of(header, "shape");
  if (!descr || !order || !shape_text) return unreadable("its header lacks descr, fortran_order or shape");
  MAI_TRY_ASSIGN(const Shape shape, shape_of(*shape_text));
  for (const Type& type : kTypes) {
    if (descr->size() < 5 || descr->substr(1, 3) != type.name) continue;
    if (body.size() != shape.rows * shape.columns * type.size)
      return unreadable(fmt::format("{} bytes follow the header, not {} x {} x {}", body.size(), shape.rows, shape.columns, type.size));
    Matrix out(shape.rows, shape.columns);
    const bool fortran = order->starts_with("True");
    for (size_t i = 0; i < shape.rows; ++i)
      for (size_t k = 0; k < shape.columns; ++k)
        out.values[i * shape.columns + k] = type.read(body.data() + (fortran ? k * shape.rows + i : i * shape.columns + k) * type.size);
    return out;
  }
  return unreadable(fmt::format("numbers of type {} are not supported", json_string(descr->substr(0, 16))));
}

}  // namespace monitorai::judge
