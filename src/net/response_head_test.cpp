#include "net/response_head.h"

#include <gtest/gtest.h>

namespace monitorai::net {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(ResponseHead, dates_are_as_in_rfc_9110) {
  EXPECT_EQ(http_date(784111777), kDate);
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(ResponseHead, has_the_framing_it_is_asked_for) {
  EXPECT_EQ(response_head(HttpResponse::text(200, ""), Framing::sized, 5, true, kDate),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: monitorai\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(response_head({204}, Framing::sized, 0, false, kDate),
            "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: monitorai\r\nConnection: close\r\n\r\n");
  EXPECT_NE(response_head({200}, Framing::chunked, 0, true, kDate).find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(response_head({200}, Framing::until_close, 0, false, kDate).find("Content-Length"), std::string::npos);
}

TEST(ResponseHead, no_field_of_a_handler_can_end_the_header_or_change_the_framing) {
  HttpResponse response{200};
  response.content_type = "text/html\r\nX-Evil: 1";
  response.headers = {{"X-A", "b\r\n\r\n<script>"}, {"X B", "name with a space"},     {"", "no name"},      {"X:Y", "colon"},
                      {"content-LENGTH", "99"},     {"Transfer-Encoding", "chunked"}, {"Location", "/x\ny"}};
  EXPECT_EQ(response_head(response, Framing::sized, 0, true, kDate),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: monitorai\r\nContent-Type: text/html  X-Evil: 1\r\n"
            "Content-Length: 0\r\nX-A: b    <script>\r\nLocation: /x y\r\nConnection: keep-alive\r\n\r\n");
}

}  // namespace
}  // namespace monitorai::net
