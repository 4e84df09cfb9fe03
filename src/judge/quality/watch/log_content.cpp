#include "judge/quality/watch/log_content.h"

#include <algorithm>

#include "base/text.h"
#include "judge/quality/watch/span_texts.h"

namespace monitorai::judge {
namespace {

using signals::LabelView;
using signals::LogLineView;
using signals::StreamWrite;

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

std::string allowed(std::string_view text, const TextRules& settings) {
  if (settings.content == TextContent::off)
    return is_length_only(text) ? std::string(text) : fmt::format("({} characters)", characters(text));
  std::string out(text);
  if (settings.redact) settings.redact(out);
  return out;
}

/// The lines of a write, and those of them that are stored otherwise than they came. Owns what their views point to.
class Masked {
 public:
  Masked(const TextRules& settings, const LogTexts& texts) : settings_(settings), texts_(texts) {}

  void stream(StreamWrite& stream) {
    std::vector<LogLineView>* copy = nullptr;
    for (size_t i = 0; i < stream.lines.size(); ++i) {
      const LogLineView& came = stream.lines[i];
      const std::vector<LogPlace> places = texts_.content_of(came);
      const bool beside =
          std::any_of(came.metadata.begin(), came.metadata.end(), [](const LabelView& one) { return is_content_label(one.name); });
      if (places.empty() && !beside) continue;
      const LogLineView stored = line(came, places, beside);
      if (stored.line == came.line && stored.metadata.data() == came.metadata.data()) continue;
      if (copy == nullptr) copy = &lines_.emplace_back(stream.lines.begin(), stream.lines.end());
      (*copy)[i] = stored;
    }
    if (copy != nullptr) stream.lines = *copy;
  }
  uint64_t count() const { return count_; }

 private:
  LogLineView line(const LogLineView& came, const std::vector<LogPlace>& places, bool beside) {
    LogLineView out = came;
    if (came.original == nullptr) out.original = &came;  // it lives until the write returns
    if (std::string text = masked(came.line, places); text != came.line) {
      ++count_;
      out.line = texts_kept_.emplace_back(std::move(text));
    }
    if (beside) out.metadata = metadata(came.metadata);
    return out;
  }

  std::string masked(std::string_view line, const std::vector<LogPlace>& places) const {
    std::string out;
    size_t copied = 0;
    for (const LogPlace& place : places) {
      const std::string text = allowed(line.substr(place.begin, place.size), settings_);
      out.append(line, copied, place.begin - copied);
      // A list of texts becomes one text; what the masks leave of it is still a list.
      const bool quotes = place.json_value && settings_.content == TextContent::off;
      out += quotes ? '"' + text + '"' : text;
      copied = place.begin + place.size;
    }
    out.append(line, copied);
    return out;
  }

  std::span<const LabelView> metadata(std::span<const LabelView> came) {
    std::vector<LabelView> out(came.begin(), came.end());
    bool changed = false;
    for (LabelView& one : out) {
      if (!is_content_label(one.name)) continue;
      std::string text = allowed(one.value, settings_);
      if (text == one.value) continue;
      changed = true;
      ++count_;
      one.value = texts_kept_.emplace_back(std::move(text));
    }
    return changed ? std::span<const LabelView>(metadata_.emplace_back(std::move(out))) : came;
  }

  const TextRules& settings_;
  const LogTexts& texts_;
  std::deque<std::string> texts_kept_;
  std::deque<std::vector<LabelView>> metadata_;
  std::deque<std::vector<LogLineView>> lines_;
  uint64_t count_ = 0;
};

}  // namespace

Result<std::unique_ptr<LogContent>> LogContent::make(TextRules settings, const std::vector<LogPattern>& patterns,
                                                     signals::LogWriter& store) {
  MAI_TRY_ASSIGN(auto texts, LogTexts::make(patterns));
  return std::unique_ptr<LogContent>(new LogContent(std::move(settings), std::move(texts), store));
}

Result<signals::LogWriteOutcome> LogContent::write(std::span<const StreamWrite> streams) {
  const auto settings = settings_.read();
  if (settings->content == TextContent::full) return store_.write(streams);
  Masked masked(*settings, *texts_);
  std::vector<StreamWrite> out(streams.begin(), streams.end());
  for (StreamWrite& stream : out) masked.stream(stream);
  masked_ += masked.count();
  return store_.write(out);
}

}  // namespace monitorai::judge
