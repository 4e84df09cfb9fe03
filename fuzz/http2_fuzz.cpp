// What a client of the gRPC listener sends: in one piece and byte by byte it must mean the same calls, whether answers come in between or not,
// and no byte stays counted.

#include <optional>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "net/grpc_session.h"

namespace {

using namespace monitorai::net;

/// Small, so that a short input reaches them; but for CONTINUATION, of which nghttp2 counts one more for each piece in which its head comes.
const GrpcLimits kLimits{.streams_max = 8, .header_bytes_max = 512, .continuations_max = 100'000, .idle_frames_max = 16, .resets_max = 3, .message_bytes_max = 256, .bodies_bytes_max = 1024};
constexpr GrpcTime kNow{std::chrono::hours(1)};
constexpr size_t kOutputBytes = 1 << 20;

struct Meaning {
  std::string calls;
  bool goes_on = true;  ///< after the last piece
};

Meaning meaning(std::string_view bytes, size_t piece, bool answers) {
  GrpcLimits limits = kLimits;
  if (answers) limits.continuations_max = 4;
  GrpcCounters counters;
  size_t bodies_bytes = 0;
  Meaning out;
  std::string sent;
  {
    std::optional<GrpcSession> session;
    std::vector<GrpcCall> calls;
    session.emplace(limits, counters, bodies_bytes, [&](GrpcCall call) { calls.push_back(std::move(call)); }, kNow);
    const auto answer_all = [&] {
      for (GrpcCall& call : calls) {
        bodies_bytes -= call.body.size();
        out.calls += fmt::format("{} {} {}\n", call.id, monitorai::json_string(call.path), call.headers.size());
        auto message = grpc_message(std::move(call.body), call.encoding, kLimits.message_bytes_max);
        session->answer(call.id, message ? GrpcReply{.body = std::move(*message)} : std::move(message).error());
      }
      calls.clear();
      session->output(sent, sent.size() + kOutputBytes);
    };
    for (size_t at = 0; at < bytes.size() && out.goes_on; at += piece) {
      out.goes_on = session->receive(bytes.substr(at, piece), kNow);
      MAI_CHECK(bodies_bytes <= kLimits.bodies_bytes_max);
      if (answers) answer_all();
    }
    (void)session->tick(kNow + kLimits.body_timeout);
    answer_all();
    (void)session->tick(kNow + kLimits.ping_interval + kLimits.ping_timeout + std::chrono::seconds(1));
    MAI_CHECK(session->ended() || session->finished());
  }
  MAI_CHECK(bodies_bytes == 0);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Meaning slow = meaning(bytes, 1, false), fast = meaning(bytes, bytes.size() + 1, false);
  // Behind an end, what came in the same piece may have been read yet.
  MAI_CHECK(slow.goes_on && fast.goes_on ? slow.calls == fast.calls : fast.calls.starts_with(slow.calls));
  (void)meaning(bytes, bytes.size() / 3 + 1, true);
  (void)meaning(bytes, 1, true);
  return 0;
}
