#include "net/grpc_call.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"
#include "net/content_encoding.h"

namespace monitorai::net {
namespace {

constexpr int64_t kRetrySecondsMax = 120;

std::string length_delimited(char tag, std::string_view bytes) {
  std::string out(1, tag);
  size_t size = bytes.size();
  for (; size > 0x7f; size >>= 7) out += static_cast<char>((size & 0x7f) | 0x80);
  out += static_cast<char>(size);
  return out.append(bytes);
}

}  // namespace

std::string grpc_framed(std::string_view message) {
  const auto size = static_cast<uint32_t>(message.size());
  std::string out;
  out.reserve(kGrpcFrameBytes + message.size());
  out += {'\0', static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size)};
  return out.append(message);
}

std::optional<size_t> grpc_frame_size(std::string_view body) {
  if (body.size() < kGrpcFrameBytes) return std::nullopt;
  size_t size = 0;
  for (size_t i = 1; i < kGrpcFrameBytes; ++i) size = (size << 8) | static_cast<uint8_t>(body[i]);
  return size;
}

Result<std::string, GrpcReply> grpc_message(std::string body, std::string_view encoding, size_t bytes_max) {
  const auto size = grpc_frame_size(body);
  if (!size) return GrpcReply{.status = GrpcStatus::invalid_argument, .message = "cannot read the call: it has no message"};
  if (*size != body.size() - kGrpcFrameBytes)
    return GrpcReply{.status = GrpcStatus::invalid_argument, .message = fmt::format("cannot read the call: its message says {} bytes and has {}", *size, body.size() - kGrpcFrameBytes)};
  if (body[0] != 1) {
    body.erase(0, kGrpcFrameBytes);
    return body;
  }
  if (encoding != "gzip") return GrpcReply{.status = GrpcStatus::unimplemented, .message = fmt::format("cannot read grpc-encoding {}: gzip and identity are", json_string(encoding.substr(0, 64)))};
  auto plain = gunzip(std::string_view(body).substr(kGrpcFrameBytes), bytes_max);
  if (plain) return std::move(*plain);
  return GrpcReply{.status = plain.error().code == Code::exhausted ? GrpcStatus::resource_exhausted : GrpcStatus::invalid_argument, .message = plain.error().message};
}

std::optional<std::chrono::nanoseconds> grpc_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  const auto number = parse_integer<int64_t>(text.substr(0, text.size() - 1));
  if (!number || *number < 0) return std::nullopt;
  switch (text.back()) {
    case 'H': return std::chrono::hours(std::min<int64_t>(*number, 1'000'000));  // a century: the largest does not fit
    case 'M': return std::chrono::minutes(*number);
    case 'S': return std::chrono::seconds(*number);
    case 'm': return std::chrono::milliseconds(*number);
    case 'u': return std::chrono::microseconds(*number);
    case 'n': return std::chrono::nanoseconds(*number);
    default: return std::nullopt;
  }
}

std::string grpc_percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') out += c;
    else fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<uint8_t>(c));
  }
  return out;
}

std::string grpc_retry_details(const GrpcReply& reply) {
  const std::string delay = std::string("\x08") + static_cast<char>(std::min<int64_t>(reply.retry_after->count(), kRetrySecondsMax));
  const std::string any = length_delimited('\x0a', "type.googleapis.com/google.rpc.RetryInfo") + length_delimited('\x12', length_delimited('\x0a', delay));
  std::string out = base64(std::string("\x08") + static_cast<char>(reply.status) + length_delimited('\x12', reply.message) + length_delimited('\x1a', any));
  while (out.ends_with('=')) out.pop_back();
  return out;
}

}  // namespace monitorai::net
