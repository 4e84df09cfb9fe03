#pragma once
// ip("..."): one address, a range "a-b" or a network "a/16", of version 4 or 6, found anywhere in a text.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace monitorai::query::logql {

class IpRange {
 public:
  /// nullopt when the text is none of the three forms.
  static std::optional<IpRange> parse(std::string_view text);
  /// Whether an address of the range stands somewhere in the text.
  bool found_in(std::string_view text) const;

 private:
  struct Address {
    bool v6 = false;
    std::array<uint8_t, 16> bytes{};
    bool operator==(const Address&) const = default;
  };
  static std::optional<Address> address(std::string_view text);
  bool contains(const Address& a) const { return a.v6 == low_.v6 && low_.bytes <= a.bytes && a.bytes <= high_.bytes; }
  Address low_;
  Address high_;
};

}  // namespace monitorai::query::logql
