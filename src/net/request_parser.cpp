#include "net/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include <fmt/format.h>

#include "base/text.h"
#include "net/target.h"

namespace monitorai::net {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using BoostView = boost::beast::string_view;

std::string_view view(BoostView text) { return {text.data(), text.size()}; }

bool known_method(http::verb verb) {
  switch (verb) {
    case http::verb::get:
    case http::verb::head:
    case http::verb::post:
    case http::verb::put:
    case http::verb::patch:
    case http::verb::delete_:
    case http::verb::options:
      return true;
    default:
      return false;
  }
}

/// True when the first line ends as "HTTP/<digit>.<digit>" or "HTTP/<digit>" does: a version we do not speak, not nonsense.
bool names_another_version(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\r'));
  const size_t at = line.rfind(" HTTP/");
  if (at == std::string_view::npos) return false;
  const std::string_view version = line.substr(at + 6);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return (version.size() == 1 && digit(version[0])) || (version.size() == 3 && digit(version[0]) && version[1] == '.' && digit(version[2]));
}

/// The target in bytes that begin with a request line, complete or not.
std::string_view target_in(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\r'));
  const size_t start = line.find(' ');
  if (start == std::string_view::npos) return {};
  return line.substr(start + 1, line.find(' ', start + 1) - start - 1);
}

/// "0\r\n\r\n", which ends a chunked body: fewer bytes cannot bring one to its end, and Beast asserts that it has as many.
constexpr size_t kLastChunkBytes = 5;

bool valid_host(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:[]%").find(c) != std::string_view::npos;
  });
}

}  // namespace

/// One message. Beast reads the syntax and the framing; the callbacks fill the request and check what Beast leaves to its user.
class RequestParser::Beast final : public http::basic_parser<true> {
 public:
  Beast(const HttpLimits& limits, const BodyLimit& asked) : limits_(limits), body_limit_of_(asked), body_bytes_max_(limits.body_bytes_max) {
    // Beast counts the header's bytes anew after each line it took: feed() holds the limit, this only lifts Beast's default of 8 KiB.
    header_limit(static_cast<uint32_t>(limits.header_bytes_max + 16));
    body_limit(limits.body_bytes_max);
  }

  HttpRequest request;
  Refusal refusal;
  bool refused = false;
  bool started = false;
  bool has_request_line = false;
  bool header_complete = false;
  bool http_1_1 = false;
  bool expects_continue = false;
  size_t header_bytes = 0;

  void refuse(int status, Rejected reason, std::string text) {
    if (refused) return;
    refused = true;
    refusal = {status, reason, std::move(text)};
  }

  void refuse(ErrorCode error, std::string_view bytes) {
    if (refused) return;
    if (error == http::error::body_limit)
      refuse(413, Rejected::body_too_large, fmt::format("the body is larger than {} bytes", body_bytes_max_));
    else if (error == http::error::header_limit)
      refuse_long_header(bytes);
    else if (error == http::error::bad_version && names_another_version(bytes))
      refuse(505, Rejected::version, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    else
      refuse(400, Rejected::bad_request, fmt::format("the request is malformed: {}", error.message()));
  }

  void refuse_long_header(std::string_view bytes) {
    if (!has_request_line && target_in(bytes).size() > limits_.target_bytes_max)
      refuse(414, Rejected::target_too_long, fmt::format("the request target is longer than {} bytes", limits_.target_bytes_max));
    else
      refuse(431, Rejected::header_too_large, fmt::format("the header is larger than {} bytes", limits_.header_bytes_max));
  }

 private:
  void stop_at(ErrorCode& error, int status, Rejected reason, std::string text) {
    refuse(status, reason, std::move(text));
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb verb, BoostView method, BoostView target, int version, ErrorCode& error) override {
    has_request_line = true;
    http_1_1 = version == 11;
    if (!known_method(verb))
      return stop_at(error, 501, Rejected::method, fmt::format("the method {:.32} is not known here", to_valid_utf8(view(method))));
    if (target.size() > limits_.target_bytes_max)
      return stop_at(error, 414, Rejected::target_too_long,
                     fmt::format("the request target is longer than {} bytes", limits_.target_bytes_max));
    auto parsed = net::parse_target(view(target));
    if (!parsed) return stop_at(error, 400, Rejected::bad_request, parsed.error().message);
    request.method = view(method);
    request.path = std::move(parsed->path);
    request.query = std::move(parsed->query);
    if (body_limit_of_) body_limit(body_bytes_max_ = body_limit_of_(request.path));
  }

  void on_field_impl(http::field field, BoostView name, BoostView value, ErrorCode& error) override {
    if (header_complete) return;  // a trailer: it must not pass for a field of the header
    if (field == http::field::host) {
      if (++hosts_ > 1) return stop_at(error, 400, Rejected::bad_request, "there are two Host fields");
      if (!valid_host(view(value))) return stop_at(error, 400, Rejected::bad_request, "the Host field is malformed");
    }
    // Beast accepts a length that is said twice alike. Two parties that read a request differently begin with such forms.
    if (field == http::field::content_length && (++lengths_ > 1 || view(value).find(',') != std::string_view::npos))
      return stop_at(error, 400, Rejected::bad_request, "there are two Content-Length values");
    if (field == http::field::transfer_encoding) {
      if (!http_1_1) return stop_at(error, 400, Rejected::bad_request, "HTTP/1.0 has no Transfer-Encoding");
      if (lower(trim(view(value))) != "chunked")
        return stop_at(error, 501, Rejected::transfer_encoding, "the only transfer encoding understood here is chunked");
    }
    if (field == http::field::expect && http_1_1) {
      if (lower(trim(view(value))) != "100-continue")
        return stop_at(error, 417, Rejected::expectation, "the only expectation met here is 100-continue");
      expects_continue = true;
    }
    request.headers.emplace_back(lower(view(name)), view(value));
  }

  void on_header_impl(ErrorCode& error) override {
    header_complete = true;
    if (http_1_1 && hosts_ == 0) return stop_at(error, 400, Rejected::bad_request, "there is no Host field");
    const bool has_length = chunked() || content_length().has_value();
    if (!has_length && (expects_continue || !request.header("content-encoding").empty()))
      return stop_at(error, 411, Rejected::length_required, "a body is announced without its length");
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  size_t on_body_impl(BoostView bytes, ErrorCode&) override {
    request.body += view(bytes);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, BoostView, ErrorCode&) override {}
  size_t on_chunk_body_impl(std::uint64_t, BoostView bytes, ErrorCode&) override {
    request.body += view(bytes);
    return bytes.size();
  }
  void on_finish_impl(ErrorCode&) override {}
  void on_response_impl(int, BoostView, int, ErrorCode&) override {}

  const HttpLimits& limits_;
  const BodyLimit& body_limit_of_;
  size_t body_bytes_max_;
  int hosts_ = 0;
  int lengths_ = 0;
};

RequestParser::RequestParser(const HttpLimits& limits, BodyLimit body_limit)
    : limits_(limits), body_limit_(std::move(body_limit)), beast_(std::make_unique<Beast>(limits_, body_limit_)) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() { beast_ = std::make_unique<Beast>(limits_, body_limit_); }

size_t RequestParser::feed(std::string_view bytes) {
  size_t used = 0;
  while (!beast_->refused && !beast_->is_done() && used < bytes.size()) {
    const std::string_view rest = bytes.substr(used);
    // RFC 9112 section 2.2: an empty line before the request line is forgiven.
    if (!beast_->started && rest.starts_with("\r\n") && beast_->header_bytes < limits_.header_bytes_max) {
      used += 2;
      beast_->header_bytes += 2;
      continue;
    }
    if (!beast_->started && rest == "\r") break;
    beast_->started = true;
    if (beast_->header_complete && beast_->chunked() && rest.size() < kLastChunkBytes) break;

    ErrorCode error;
    const bool was_in_header = !beast_->header_complete;
    const size_t taken = beast_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    used += taken;
    if (error && error != http::error::need_more) {
      beast_->refuse(error, rest);
      break;
    }
    const size_t waiting = bytes.size() - used;
    if (was_in_header) {
      beast_->header_bytes += taken;
      if (beast_->header_bytes + (beast_->header_complete ? 0 : waiting) > limits_.header_bytes_max) beast_->refuse_long_header(rest);
    }
    if (error == http::error::need_more && taken == 0) {
      if (!was_in_header && waiting > limits_.header_bytes_max)
        beast_->refuse(400, Rejected::bad_request, "a chunk's header or the trailer is too long");
      break;
    }
  }
  return used;
}

RequestParser::State RequestParser::state() const {
  if (beast_->refused) return State::refused;
  if (beast_->is_done()) return State::complete;
  if (beast_->header_complete) return State::body;
  return beast_->started || beast_->header_bytes > 0 ? State::header : State::waiting;
}

bool RequestParser::keep_alive() const { return beast_->keep_alive(); }
bool RequestParser::http_1_1() const { return beast_->http_1_1; }
bool RequestParser::expects_continue() const { return beast_->expects_continue; }
size_t RequestParser::body_bytes() const { return beast_->request.body.size(); }
HttpRequest RequestParser::take() { return std::move(beast_->request); }
const Refusal& RequestParser::refusal() const { return beast_->refusal; }

}  // namespace monitorai::net
