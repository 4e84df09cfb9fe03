#pragma once
// The tables behind unicode.h, made by tools/unicode_tables.py. All are sorted by code point.

#include <cstddef>
#include <cstdint>

namespace monitorai::judge::unicode_tables {

/// Code points from here to the next entry are of this kind (judge::CharKind).
struct KindFrom {
  uint32_t first;
  uint8_t kind;
};
struct FoldsToOne {
  uint32_t from, to;
};
/// Zero-terminated where shorter than 4.
struct FoldsToSeveral {
  uint32_t from;
  uint32_t to[4];
};
struct Span {
  uint32_t first, last;
};

extern const KindFrom kKinds[];
extern const size_t kKindCount;
extern const FoldsToOne kOne[];
extern const size_t kOneCount;
extern const FoldsToSeveral kSeveral[];
extern const size_t kSeveralCount;
extern const FoldsToOne kLower[];  ///< lower case, accents kept
extern const size_t kLowerCount;
extern const Span kRemoved[];
extern const size_t kRemovedCount;

}  // namespace monitorai::judge::unicode_tables
