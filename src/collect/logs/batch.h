#pragma once
// Lines on their way to the store, with the ranges they came from: journalled first, then written, as one piece. Owns its text.

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "collect/logs/positions.h"
#include "signals/logs.h"

namespace monitorai::collect {

class Batch {
 public:
  /// `labels` are put over the context's ("" removes one); both lists of metadata are stored. `original`: the text before it was masked,
  /// "" where it was not.
  void add(const std::shared_ptr<const FileContext>& context, std::vector<signals::Label> labels, TimeNs time, std::string text,
           std::vector<signals::Label> metadata, std::string original = {});
  void add_step(const Positions::Step& step) { steps_.push_back(step); }

  /// The place in a journal behind which the lines that follow were read.
  void add_cursor(std::string unit, KnownCursor cursor) { cursors_.emplace_back(std::move(unit), std::move(cursor)); }

  const std::vector<std::pair<std::string, KnownCursor>>& cursors() const { return cursors_; }
  const std::vector<Positions::Step>& steps() const { return steps_; }
  /// Views into this batch, until it is changed.
  std::vector<signals::StreamWrite> streams() const;
  size_t bytes() const { return bytes_; }
  size_t lines() const { return lines_.size(); }
  bool empty() const { return lines_.empty() && steps_.empty() && cursors_.empty(); }
  void clear();

 private:
  struct Line {
    TimeNs time;
    std::string text;
    std::vector<signals::Label> metadata;
    std::vector<signals::LabelView> metadata_views{};
    std::string original{};
    signals::LogLineView original_view{};
  };
  struct Stream {
    signals::Labels labels;
    std::vector<signals::LabelView> views;
    std::vector<signals::LogLineView> lines;
  };
  /// Streams of one context by the labels added to it; the context is kept alive, so its metadata can be pointed to.
  struct OfContext {
    std::shared_ptr<const FileContext> context;
    std::vector<signals::LabelView> metadata;
    std::vector<std::pair<std::vector<signals::Label>, Stream*>> streams;
  };
  Stream& stream_of(OfContext& of, std::vector<signals::Label> labels);

  std::deque<Line> lines_;
  std::map<signals::Labels, Stream> streams_;
  std::map<const FileContext*, OfContext> contexts_;
  std::vector<Positions::Step> steps_;
  std::vector<std::pair<std::string, KnownCursor>> cursors_;
  size_t bytes_ = 0;
};

}  // namespace monitorai::collect
