#include "store/metrics/integers.h"

#include "store/metrics/bits.h"

namespace monitorai::store {
namespace {

enum Packing : unsigned { kFixed = 0, kRice = 1, kRiceCentred = 2 };
constexpr unsigned kPredictors = 3;
constexpr unsigned kShiftFlag = 0x10;
/// A quotient of this many ones says that the whole number follows instead: an outlier costs no more than its bits.
constexpr unsigned kEscapeOnes = 12;
/// A Rice code must fit the 57 bits that one load gives.
constexpr unsigned kRiceParameterMax = 44;
/// Above this width numbers are noise, for which a fixed width is as good.
constexpr unsigned kOneSidedRiceWidthMax = 12;

struct Plan {
  unsigned predictor = 0;
  Packing packing = kFixed;
  int64_t base = 0;
  unsigned shift = 0;
  unsigned width = 0;  ///< of a fixed code, or of an escaped number
  unsigned rice = 0;   ///< the low bits of a Rice code
  size_t bits = SIZE_MAX;
};

uint64_t offset_from(int64_t residual, const Plan& plan) {
  const int64_t d = minus(residual, plan.base);
  return (plan.packing == kRiceCentred ? zigzag(d) : static_cast<uint64_t>(d)) >> plan.shift;
}

size_t header_bits(const Plan& plan) {
  const size_t base_bytes = (std::bit_width(zigzag(plan.base) | 1) + 6u) / 7u;
  return 8 * (2 + base_bytes + (plan.shift > 0 ? 1 : 0) + (plan.packing == kFixed ? 0 : 1));
}

/// The Rice parameter that costs least, estimated from bit widths: numbers 1, 2 and 3 bits wider than the parameter have 1, 3 and 6 ones,
/// wider ones are escaped. The best parameter lies near the middle width, so only those around it are priced.
unsigned best_rice_parameter(std::span<const uint64_t> offsets) {
  constexpr unsigned kAround = 4;
  size_t counts[65 + kAround] = {};
  unsigned widest = 0;
  for (const uint64_t offset : offsets) {
    const auto width = static_cast<unsigned>(std::bit_width(offset));
    ++counts[width];
    widest = std::max(widest, width);
  }
  unsigned middle = 0;
  for (size_t below = counts[0]; below * 2 < offsets.size(); below += counts[middle]) ++middle;
  const unsigned first = middle > kAround ? middle - kAround : 0;
  const unsigned last = std::min({middle + 1, widest, kRiceParameterMax});
  size_t within = 0;
  for (unsigned width = 0; width <= first; ++width) within += counts[width];
  unsigned best = std::min(first, kRiceParameterMax);
  size_t best_bits = SIZE_MAX;
  for (unsigned k = first; k <= last; ++k) {
    if (k > first) within += counts[k];
    const size_t ones = counts[k + 1] + 3 * counts[k + 2] + 6 * counts[k + 3];
    const size_t unescaped = within + counts[k + 1] + counts[k + 2] + counts[k + 3];
    const size_t bits = unescaped * (k + 1) + ones + (offsets.size() - unescaped) * (kEscapeOnes + widest);
    if (bits < best_bits) best = k, best_bits = bits;
  }
  return best;
}

void price_rice(std::span<const int64_t> residuals, Plan plan, Plan& best) {
  thread_local std::vector<uint64_t> offsets;
  offsets.clear();
  uint64_t any = 0;
  for (const int64_t residual : residuals) {
    offsets.push_back(offset_from(residual, plan));
    any |= offsets.back();
  }
  if (any == 0) return;
  plan.shift = static_cast<unsigned>(std::countr_zero(any));
  if (plan.shift > 0)
    for (uint64_t& offset : offsets) offset >>= plan.shift;
  plan.rice = best_rice_parameter(offsets);
  uint64_t escaped = 0;
  size_t escapes = 0;
  plan.bits = header_bits(plan);
  for (const uint64_t offset : offsets) {
    const uint64_t ones = offset >> plan.rice;
    if (ones >= kEscapeOnes) {
      escaped |= offset;
      ++escapes;
    } else {
      plan.bits += ones + 1 + plan.rice;
    }
  }
  plan.width = static_cast<unsigned>(std::bit_width(escaped));
  plan.bits += escapes * (kEscapeOnes + plan.width);
  if (plan.bits < best.bits) best = plan;
}

/// The cheapest way to pack these residuals, if it beats `best`.
void price(std::span<const int64_t> residuals, unsigned predictor, Plan& best) {
  Plan plan{.predictor = predictor};
  if (residuals.empty()) {
    plan.bits = 16;
    if (plan.bits < best.bits) best = plan;
    return;
  }
  plan.base = *std::min_element(residuals.begin(), residuals.end());
  uint64_t any = 0;
  for (const int64_t residual : residuals) any |= static_cast<uint64_t>(minus(residual, plan.base));
  if (any != 0) plan.shift = static_cast<unsigned>(std::countr_zero(any));
  plan.width = static_cast<unsigned>(std::bit_width(any >> plan.shift));
  plan.bits = header_bits(plan) + residuals.size() * plan.width + 8 * predictor;
  if (plan.bits < best.bits) best = plan;
  if (plan.width <= 1) return;
  if (plan.width <= kOneSidedRiceWidthMax) {
    Plan one_sided{.predictor = predictor, .packing = kRice, .base = plan.base};
    price_rice(residuals, one_sided, best);
  }
  thread_local std::vector<int64_t> sorted;
  sorted.assign(residuals.begin(), residuals.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  price_rice(residuals, Plan{.predictor = predictor, .packing = kRiceCentred, .base = *middle}, best);
}

/// Replaces all but the first of these values by their difference from the one before.
void difference(std::span<int64_t> values) {
  for (size_t i = values.size(); i-- > 1;) values[i] = minus(values[i], values[i - 1]);
}

void pack(std::span<const int64_t> residuals, const Plan& plan, std::string& out) {
  BitWriter bits(out);
  for (const int64_t residual : residuals) {
    const uint64_t offset = offset_from(residual, plan);
    if (plan.packing == kFixed) {
      bits.put(offset, plan.width);
    } else if (offset >> plan.rice >= kEscapeOnes) {
      bits.put(low_bits(kEscapeOnes), kEscapeOnes);
      bits.put(offset, plan.width);
    } else {
      const auto ones = static_cast<unsigned>(offset >> plan.rice);
      bits.put(low_bits(ones), ones + 1);
      bits.put(offset & low_bits(plan.rice), plan.rice);
    }
  }
  bits.finish();
}

void unpack_fixed(BitReader& bits, unsigned width, unsigned shift, int64_t base, std::span<int64_t> out) {
  // Constants and straight lines, the times of a regular scrape among them, are the common case.
  if (width == 0) return std::fill(out.begin(), out.end(), base);
  for (int64_t& value : out) value = plus(base, static_cast<int64_t>(bits.take(width) << shift));
}

template <bool centred>
void unpack_rice(BitReader& bits, unsigned rice, unsigned width, unsigned shift, int64_t base, std::span<int64_t> out) {
  const uint64_t mask = low_bits(rice);
  for (int64_t& value : out) {
    const uint64_t window = bits.peek();
    const auto ones = static_cast<unsigned>(std::countr_one(window));
    uint64_t offset;
    if (ones < kEscapeOnes) [[likely]] {
      offset = (static_cast<uint64_t>(ones) << rice) | ((window >> (ones + 1)) & mask);
      bits.skip(ones + 1 + rice);
    } else {
      bits.skip(kEscapeOnes);
      offset = bits.take(width);
    }
    offset <<= shift;
    value = plus(base, centred ? unzigzag(offset) : static_cast<int64_t>(offset));
  }
}

}  // namespace

void encode_integers(std::span<const int64_t> values, std::string& out) {
  thread_local std::vector<int64_t> residuals;
  residuals.assign(values.begin(), values.end());
  Plan best;
  for (unsigned predictor = 0; predictor < kPredictors && predictor <= values.size(); ++predictor) {
    price(std::span(residuals).subspan(predictor), predictor, best);
    if (best.width == 0 && best.packing == kFixed) break;
    difference(std::span(residuals).subspan(predictor));
  }
  residuals.assign(values.begin(), values.end());
  for (unsigned predictor = 0; predictor < best.predictor; ++predictor) difference(std::span(residuals).subspan(predictor));
  out += static_cast<char>(best.predictor | (best.packing << 2) | (best.shift > 0 ? kShiftFlag : 0));
  for (unsigned i = 0; i < best.predictor; ++i) put_signed(out, residuals[i]);
  put_signed(out, best.base);
  if (best.shift > 0) out += static_cast<char>(best.shift);
  if (best.packing != kFixed) out += static_cast<char>(best.rice);
  out += static_cast<char>(best.width);
  pack(std::span<const int64_t>(residuals).subspan(best.predictor), best, out);
}

bool decode_integers(ByteReader& in, std::span<int64_t> out) {
  const unsigned header = in.byte();
  const unsigned predictor = header & 3;
  const unsigned packing = (header >> 2) & 3;
  if (header > 0x1f || predictor >= kPredictors || packing > kRiceCentred || predictor > out.size()) return false;
  for (unsigned i = 0; i < predictor; ++i) out[i] = in.signed_varint();
  const int64_t base = in.signed_varint();
  const unsigned shift = (header & kShiftFlag) != 0 ? in.byte() : 0;
  const unsigned rice = packing == kFixed ? 0 : in.byte();
  const unsigned width = in.byte();
  if (!in.ok() || shift > 63 || rice > kRiceParameterMax || width > 64) return false;

  BitReader bits({in.position(), in.left()});
  const std::span<int64_t> rest = out.subspan(predictor);
  if (packing == kFixed)
    unpack_fixed(bits, width, shift, base, rest);
  else if (packing == kRice)
    unpack_rice<false>(bits, rice, width, shift, base, rest);
  else
    unpack_rice<true>(bits, rice, width, shift, base, rest);
  if (!bits.ok()) return false;
  in.bytes(bits.bytes_used());

  for (unsigned level = predictor; level-- > 0;)
    for (size_t i = level + 1; i < out.size(); ++i) out[i] = plus(out[i], out[i - 1]);
  return in.ok();
}

}  // namespace monitorai::store
