// Judgements as they stand on the disk, damaged: what is read is written and read back the same.

#include "app/serve/quality_codec.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto rows = app::decode_rows(text)) {
    const std::string written = app::encode_rows(*rows);
    const auto again = app::decode_rows(written);
    MAI_CHECK(again && again->size() == rows->size() && app::encode_rows(*again) == written);
  }
  if (const auto signs = app::decode_signs(text)) {
    const std::string written = app::encode_signs(*signs);
    MAI_CHECK(app::decode_signs(written).has_value() && app::encode_signs(*app::decode_signs(written)) == written);
  }
  judge::KeptAnswer kept;
  if (app::decode_kept(text, kept)) {
    const std::string written = app::encode_kept(kept);
    judge::KeptAnswer again;
    MAI_CHECK(app::decode_kept(written, again) && app::encode_kept(again) == written);
  }
  return 0;
}
