#include <array>

#include "base/text.h"
#include "collect/logs/container_line.h"
#include "collect/logs/level.h"
#include "collect/logs/line_time.h"
#include "collect/logs/processor.h"
#include "collect/logs/traceback.h"

namespace monitorai::collect {
namespace {

/// Entries of one stream: a container's stdout and stderr are joined apart.
struct Joining {
  std::optional<Entry> entry;
  TracebackState traceback;
  size_t lines = 0;
};

/// The pieces of a line that the container's runtime cut.
struct Partial {
  std::optional<uint64_t> begin;
  std::string text;
};

class BuiltinProcessor final : public LineProcessor {
 public:
  explicit BuiltinProcessor(const BuiltinSettings& settings) : settings_(settings) {}

  void line(const RawLine& line, TimeNs now, std::vector<Entry>& out) override {
    if (settings_.format == LineFormat::plain) return add(line, line.text, nullptr, 0, now, out);
    auto unwrapped = settings_.format == LineFormat::docker ? read_docker_line(line.text) : read_cri_line(line.text);
    if (!unwrapped) return add(line, line.text, nullptr, 0, now, out);
    const size_t stream = unwrapped->stream == "stderr" ? 1 : 0;
    Partial& partial = partials_[stream];
    const bool whole = !unwrapped->partial || partial.text.size() + unwrapped->text.size() > settings_.entry_bytes_max;
    if (!whole) {
      if (!partial.begin) partial.begin = line.begin;
      partial.text += unwrapped->text;
      return;
    }
    RawLine joined = line;
    if (partial.begin) {
      joined.begin = *partial.begin;
      unwrapped->text.insert(0, partial.text);
      partial = Partial{};
    }
    add(joined, unwrapped->text, &*unwrapped, stream, now, out);
  }

  void flush(TimeNs now, std::vector<Entry>& out) override {
    for (size_t i = 0; i < partials_.size(); ++i) {
      Partial partial = std::exchange(partials_[i], Partial{});
      if (partial.begin) add(RawLine{.begin = *partial.begin, .end = last_end_, .text = partial.text}, partial.text, nullptr, i, now, out);
    }
    for (Joining& one : joining_) close(one, out);
  }

  std::optional<Held> held() const override {
    std::optional<Held> held;
    const auto note = [&](uint64_t begin, std::chrono::milliseconds wait) {
      held = held ? Held{std::min(held->begin, begin), std::max(held->wait, wait)} : Held{begin, wait};
    };
    for (const Partial& partial : partials_)
      if (partial.begin) note(*partial.begin, settings_.traceback_wait);
    for (const Joining& one : joining_)
      if (one.entry) note(one.entry->begin, one.traceback.incomplete() ? settings_.traceback_wait : settings_.error_wait);
    return held;
  }

 private:
  void add(const RawLine& raw, std::string_view text, const ContainerLine* container, size_t stream, TimeNs now, std::vector<Entry>& out) {
    last_end_ = raw.end;
    Joining& joining = joining_[stream];
    const bool room = joining.entry && joining.lines < settings_.entry_lines_max &&
                      joining.entry->text.size() + text.size() < settings_.entry_bytes_max;
    if (room && raw.part == 0 && joining.traceback.continues(text)) {
      joining.entry->text += '\n';
      joining.entry->text += text;
      joining.entry->end = raw.end;
      ++joining.lines;
      return;
    }
    close(joining, out);
    Entry entry{.begin = raw.begin, .end = raw.end, .text = std::string(text)};
    std::string_view level = raw.part > 1 ? std::string_view{} : level_of_line(text);
    if (container != nullptr) {
      entry.time = container->time;
      entry.exact_time = true;
      entry.labels.push_back({"stream", std::string(container->stream)});
    } else if (raw.part <= 1) {
      entry.time = times_.find(text, now);
    }
    joining.traceback.begin(text, level);
    if (joining.traceback.incomplete() && level.empty()) level = "error";
    if (!level.empty()) entry.labels.push_back({"level", std::string(level)});
    if (raw.part != 0) entry.metadata.push_back({"split_part", fmt::format("{}", raw.part)});
    if (raw.part == 0 && joining.traceback.open()) {
      joining.entry = std::move(entry);
      joining.lines = 1;
    } else {
      out.push_back(std::move(entry));
    }
  }

  void close(Joining& joining, std::vector<Entry>& out) {
    if (!joining.entry) return;
    while (joining.entry->text.ends_with('\n')) joining.entry->text.pop_back();
    out.push_back(std::move(*joining.entry));
    joining = Joining{};
  }

  BuiltinSettings settings_;
  LineTimes times_;
  std::array<Joining, 2> joining_;
  std::array<Partial, 2> partials_;
  uint64_t last_end_ = 0;
};

}  // namespace

std::string_view line_format_name(LineFormat format) {
  switch (format) {
    case LineFormat::plain: return "plain";
    case LineFormat::docker: return "docker";
    case LineFormat::cri: return "cri";
  }
  return "plain";
}

std::optional<LineFormat> line_format_of(std::string_view name) {
  for (const LineFormat format : {LineFormat::plain, LineFormat::docker, LineFormat::cri})
    if (name == line_format_name(format)) return format;
  return std::nullopt;
}

std::unique_ptr<LineProcessor> make_builtin_processor(const BuiltinSettings& settings) { return std::make_unique<BuiltinProcessor>(settings); }

}  // namespace monitorai::collect
