#include "collect/logs/positions.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>

#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr std::string_view kHeader = "monitorai log positions 1\n";
constexpr size_t kReadBytesMax = size_t{256} << 20;
constexpr size_t kChecksumDigits = 8;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/' || c == ':';
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (plain(c)) out += c;
    else fmt::format_to(std::back_inserter(out), "%{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    if (error != std::errc{} || end != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

std::string pairs_text(const auto& labels) {
  std::string out;
  for (const signals::Label& label : labels) {
    if (!out.empty()) out += ',';
    out += escaped(label.name) + "=" + escaped(label.value);
  }
  return out;
}

std::optional<std::vector<signals::Label>> read_pairs(std::string_view text) {
  std::vector<signals::Label> out;
  if (text.empty()) return out;
  for (const std::string_view pair : split(text, ',')) {
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto name = unescaped(pair.substr(0, equals)), value = unescaped(pair.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    out.push_back({std::move(*name), std::move(*value)});
  }
  return out;
}

std::string line_of(const std::string& record) {
  return fmt::format("{:08x} {}\n", static_cast<uint32_t>(XXH3_64bits(record.data(), record.size())), record);
}

std::string file_line(uint64_t id, const KnownFile& file, const FileContext& context) {
  return line_of(fmt::format("F\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", id, file.identity.device, file.identity.inode, escaped(file.origin),
                             line_format_name(file.format), escaped(file.path), pairs_text(context.labels), pairs_text(context.metadata)));
}

std::string range_line(uint64_t id, Fingerprint print, const FileRange& range) {
  return line_of(fmt::format("R\t{}\t{}\t{:016x}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", id, print.length, print.hash, range.from, range.to,
                             range.time.ns, range.previous.own.ns, range.previous.read.ns, range.part, range.backlog ? 1 : 0, range.written.ns));
}

std::string cursor_line(const std::string& unit, const KnownCursor& cursor) {
  return line_of(fmt::format("J\t{}\t{}\t{}\t{}", escaped(unit), escaped(cursor.cursor), cursor.time.ns, cursor.previous.ns));
}

std::optional<uint64_t> hex(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<Positions> Positions::open(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error{Code::unavailable, fmt::format("cannot make folder {}: {}", folder.native(), failed.message())};
  Positions out(folder / "positions");
  MAI_TRY(out.load());
  out.loaded_newest_ = out.newest_;
  MAI_TRY(out.rewrite());
  return out;
}

Result<void> Positions::load() {
  auto bytes = read_file(path_, kReadBytesMax);
  if (!bytes && bytes.error().code == Code::not_found) return {};
  if (!bytes) return bytes.error();
  std::string_view rest = *bytes;
  if (!rest.starts_with(kHeader)) {
    damaged_bytes_ = rest.size();
    return {};
  }
  rest.remove_prefix(kHeader.size());
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    const bool whole = end != std::string_view::npos && line.size() > kChecksumDigits + 1 && line[kChecksumDigits] == ' ';
    const std::string_view record = whole ? line.substr(kChecksumDigits + 1) : std::string_view{};
    if (!whole || hex(line.substr(0, kChecksumDigits)) != static_cast<uint32_t>(XXH3_64bits(record.data(), record.size())) ||
        !read_record(record)) {
      damaged_bytes_ = rest.size();
      return {};
    }
    rest.remove_prefix(end + 1);
  }
  return {};
}

bool Positions::read_record(std::string_view record) {
  const std::vector<std::string_view> fields = split(record, '\t');
  const auto whole = [&](size_t i) { return parse_integer<uint64_t>(fields[i]); };
  const auto time = [&](size_t i) { return parse_integer<int64_t>(fields[i]); };
  if (fields[0] == "F" && fields.size() == 9) {
    const auto id = whole(1), device = whole(2), inode = whole(3);
    auto origin = unescaped(fields[4]), path = unescaped(fields[6]);
    const auto format = line_format_of(fields[5]);
    auto labels = read_pairs(fields[7]), metadata = read_pairs(fields[8]);
    if (!id || !device || !inode || !origin || !path || !format || !labels || !metadata) return false;
    KnownFile& file = files_[*id];
    file.identity = {*device, *inode};
    file.origin = std::move(*origin);
    file.path = std::move(*path);
    file.format = *format;
    file.context = std::make_shared<const FileContext>(signals::Labels::from(std::move(*labels)), std::move(*metadata));
    next_id_ = std::max(next_id_, *id + 1);
    return true;
  }
  if (fields[0] == "R" && fields.size() == 12) {
    const auto id = whole(1), length = whole(2), hash = hex(fields[3]), from = whole(4), to = whole(5), part = whole(9), backlog = whole(10);
    const auto at = time(6), own = time(7), read = time(8), written = time(11);
    if (!id || !length || !hash || !from || !to || !at || !own || !read || !part || !backlog || !written || *length > kFingerprintBytesMax || *to < *from)
      return false;
    const auto file = files_.find(*id);
    if (file == files_.end()) return false;
    file->second.fingerprint = {static_cast<uint32_t>(*length), *hash};
    keep(file->second, {*from, *to, {*at}, {{*own}, {*read}}, static_cast<uint32_t>(*part), *backlog != 0, {*written}});
    return true;
  }
  if (fields[0] == "J" && fields.size() == 5) {
    auto unit = unescaped(fields[1]), cursor = unescaped(fields[2]);
    const auto at = time(3), previous = time(4);
    if (!unit || !cursor || !at || !previous) return false;
    keep(*unit, {std::move(*cursor), {*at}, {*previous}});
    return true;
  }
  if (fields[0] == "N" && fields.size() == 2) {
    next_id_ = std::max(next_id_, whole(1).value_or(1));
    return whole(1).has_value();
  }
  if (fields[0] == "D" && fields.size() == 2) {
    const auto id = whole(1);
    if (id) files_.erase(*id);
    return id.has_value();
  }
  return false;
}

void Positions::keep(KnownFile& file, const FileRange& range) {
  newest_ = std::max(newest_, range.written);
  file.ranges.push_back({range, file.context});
  auto first = file.ranges.begin();
  while (std::next(first) != file.ranges.end() && range.written - first->range.written > kReplayTime) ++first;
  file.ranges.erase(file.ranges.begin(), first);
}

void Positions::keep(const std::string& unit, KnownCursor cursor) {
  newest_ = std::max(newest_, cursor.time);
  auto& cursors = cursors_[unit];
  while (!cursors.empty() && cursor.time - cursors.front().time > kReplayTime) cursors.erase(cursors.begin());
  cursors.push_back(std::move(cursor));
}

std::vector<KnownRange> Positions::to_replay(const KnownFile& file) const {
  std::vector<KnownRange> out;
  for (const KnownRange& one : file.ranges)
    if (loaded_newest_ - one.range.written <= kReplayTime) out.push_back(one);
  return out;
}

uint64_t Positions::add(KnownFile file) {
  const uint64_t id = next_id_++;
  files_.emplace(id, std::move(file));
  unwritten_.insert(id);
  return id;
}

void Positions::set_context(uint64_t id, std::shared_ptr<const FileContext> context) {
  KnownFile& file = files_.at(id);
  if (*file.context == *context) return;
  file.context = std::move(context);
  unwritten_.insert(id);
}

void Positions::forget(uint64_t id) {
  files_.erase(id);
  unwritten_.erase(id);
  // Where the record cannot be written now, the next rewriting leaves the file out.
  (void)write(line_of(fmt::format("D\t{}", id)));
}

Result<void> Positions::append(std::span<const Step> steps, std::span<const std::pair<std::string, KnownCursor>> cursors) {
  std::string bytes;
  for (const Step& step : steps) {
    if (unwritten_.contains(step.id)) bytes += file_line(step.id, files_.at(step.id), *files_.at(step.id).context);
    bytes += range_line(step.id, step.fingerprint, step.range);
  }
  for (const auto& [unit, cursor] : cursors) bytes += cursor_line(unit, cursor);
  MAI_TRY(write(bytes));
  for (const Step& step : steps) {
    unwritten_.erase(step.id);
    KnownFile& file = files_.at(step.id);
    file.fingerprint = step.fingerprint;
    keep(file, step.range);
  }
  for (const auto& [unit, cursor] : cursors) keep(unit, cursor);
  if (bytes_ > kPositionsBytesMax) MAI_TRY(rewrite());
  return {};
}

Result<void> Positions::write(std::string_view bytes) {
  const std::string_view all = bytes;
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_.number(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const Error error = system_error(fmt::format("cannot write {}", path_.native()), errno);
      // Half a record would hide those behind it.
      if (::ftruncate(fd_.number(), static_cast<off_t>(bytes_)) != 0) return wrap(error, "cannot take back a torn record");
      return error;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  bytes_ += all.size();
  synced_ = false;
  return {};
}

Result<void> Positions::sync() {
  if (synced_) return {};
  if (::fdatasync(fd_.number()) != 0) return system_error(fmt::format("cannot sync {}", path_.native()), errno);
  synced_ = true;
  return {};
}

std::string Positions::all_records() const {
  std::string bytes(kHeader);
  bytes += line_of(fmt::format("N\t{}", next_id_));
  for (const auto& [id, file] : files_) {
    const FileContext* written = nullptr;
    for (const KnownRange& one : file.ranges) {
      if (written == nullptr || !(*written == *one.context)) bytes += file_line(id, file, *one.context);
      written = one.context.get();
      bytes += range_line(id, file.fingerprint, one.range);
    }
    if (written == nullptr || !(*written == *file.context)) bytes += file_line(id, file, *file.context);
  }
  for (const auto& [unit, cursors] : cursors_)
    for (const KnownCursor& cursor : cursors) bytes += cursor_line(unit, cursor);
  return bytes;
}

Result<void> Positions::rewrite() {
  while (files_.size() > kKnownFilesMax) {
    const auto oldest = std::min_element(files_.begin(), files_.end(), [](const auto& a, const auto& b) {
      const auto time = [](const KnownFile& file) { return file.ranges.empty() ? TimeNs{INT64_MAX} : file.ranges.back().range.written; };
      return time(a.second) < time(b.second);
    });
    files_.erase(oldest);
  }
  const std::string bytes = all_records();
  MAI_TRY(write_file_atomically(path_, bytes, 0600));
  Fd fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!fd) return system_error(fmt::format("cannot open {}", path_.native()), errno);
  fd_ = std::move(fd);
  bytes_ = bytes.size();
  unwritten_.clear();
  synced_ = true;
  return {};
}

}  // namespace monitorai::collect
