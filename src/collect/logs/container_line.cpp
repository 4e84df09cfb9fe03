#include "collect/logs/container_line.h"

#include "base/text.h"
#include "collect/logs/fields.h"
#include "collect/logs/line_time.h"

namespace monitorai::collect {
namespace {

std::optional<TimeNs> utc_time(std::string_view text) {
  size_t length = 0;
  auto civil = read_iso_time(text, length);
  if (!civil || length != text.size()) return std::nullopt;
  if (!civil->offset_seconds) civil->offset_seconds = 0;
  LineTimes times;
  return times.resolve(*civil, TimeNs{0});
}

std::optional<unsigned> hex4(std::string_view text) {
  unsigned value = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, value, 16);
  return error == std::errc{} && end == text.data() + 4 ? std::optional(value) : std::nullopt;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  if (code < 0x10000) return put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
}

}  // namespace

std::string json_unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'u': {
        auto code = hex4(text.substr(i + 1));
        if (!code) {
          out += "\\u";
          break;
        }
        i += 4;
        if (*code >= 0xd800 && *code < 0xdc00 && text.substr(i + 1, 2) == "\\u") {
          const auto low = hex4(text.substr(i + 3));
          if (low && *low >= 0xdc00 && *low < 0xe000) {
            code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
            i += 6;
          }
        }
        append_utf8(out, *code >= 0xd800 && *code < 0xe000 ? 0xfffd : *code);
        break;
      }
      default: out += text[i];
    }
  }
  return out;
}

std::optional<ContainerLine> read_docker_line(std::string_view line) {
  // Docker writes "log" first, and it may be long: the fields behind it are looked for from the end.
  constexpr std::string_view kLog = "{\"log\":\"";
  if (!line.starts_with(kLog)) return std::nullopt;
  size_t end = kLog.size();
  while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
  if (end >= line.size()) return std::nullopt;
  ContainerLine out;
  out.text = json_unescaped(line.substr(kLog.size(), end - kLog.size()));
  const std::string rest = "{\"log\":0" + std::string(line.substr(end + 1));
  const auto time = json_field(rest, "time");
  if (!time) return std::nullopt;
  out.time = utc_time(*time);
  out.stream = line.find("\"stream\":\"stderr\"", end) != std::string_view::npos ? "stderr" : "stdout";
  out.partial = !out.text.ends_with('\n');
  if (!out.partial) out.text.pop_back();
  if (out.text.ends_with('\r')) out.text.pop_back();
  return out;
}

std::optional<ContainerLine> read_cri_line(std::string_view line) {
  const size_t first = line.find(' ');
  const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || second + 1 >= line.size()) return std::nullopt;
  const std::string_view stream = line.substr(first + 1, second - first - 1);
  const size_t third = line.find(' ', second + 1);
  const std::string_view tag = line.substr(second + 1, third == std::string_view::npos ? third : third - second - 1);
  if ((stream != "stdout" && stream != "stderr") || (!tag.starts_with('P') && !tag.starts_with('F'))) return std::nullopt;
  ContainerLine out;
  out.time = utc_time(line.substr(0, first));
  if (!out.time) return std::nullopt;
  out.stream = stream;
  out.partial = tag.starts_with('P');
  out.text = third == std::string_view::npos ? std::string{} : std::string(line.substr(third + 1));
  return out;
}

}  // namespace monitorai::collect
