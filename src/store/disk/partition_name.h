#pragma once
// How the folder of a partition is called: "2026-11-23", or "2026-11-23T063000000" where it does not begin at midnight (UTC). One that was
// set aside because it is damaged has kAsideSuffix behind its name.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace monitorai::store {

inline constexpr std::string_view kAsideSuffix = ".damaged";

std::string partition_name(int64_t begin_ms);
/// The beginning, of a name that partition_name() gave.
std::optional<int64_t> partition_begin_ms(std::string_view name);
/// A free path to which the folder of a damaged partition can be renamed.
std::filesystem::path aside_path(const std::filesystem::path& folder);

}  // namespace monitorai::store
