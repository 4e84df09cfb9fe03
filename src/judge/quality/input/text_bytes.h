#pragma once
// What must be known of the bytes of a file before its text is read: encodings and formats that are not read, said in words that help, and
// the numbers that Python writes into JSON. Pure.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai::judge {

/// Code::invalid where these bytes are no text in UTF-8: what they are instead, and where.
Result<void> check_text(std::string_view bytes);

/// What a person can do about a file whose ending names a format that is not read (Parquet, Arrow, .npz, Excel, an archive); "" for others.
std::string advice_for(const std::filesystem::path& path);

/// Python writes numbers that JSON does not have: outside of strings, NaN becomes null and the infinities become texts.
std::string without_python_numbers(std::string_view json);
bool may_hold_python_numbers(std::string_view json);

}  // namespace monitorai::judge
