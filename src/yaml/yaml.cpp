#include "yaml/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace monitorai::yaml {
namespace {

struct Refused {
  int line;
  std::string text;
};

int line_of(const YAML::Mark& mark) { return mark.line < 0 ? 1 : mark.line + 1; }
int column_of(const YAML::Mark& mark) { return mark.column < 0 ? 1 : mark.column + 1; }

/// Builds the tree from parser events. Throws Refused through the parser for what ends the reading; caught in read_yaml.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view file, std::vector<Problem>& problems, size_t nodes_max) : file_(file), problems_(problems), nodes_max_(nodes_max) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({.kind = YamlNode::Kind::null, .line = line_of(mark), .column = column_of(mark)}, anchor, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    const bool plain = tag == "?" || tag.empty();
    const bool null = plain && (value.empty() || value == "~" || value == "null");
    if (null) return OnNull(mark, anchor);
    add({.kind = YamlNode::Kind::scalar, .line = line_of(mark), .column = column_of(mark), .text = value}, anchor, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{line_of(mark), "an alias refers to a value that contains it"};
    nodes_ += count(found->second);
    YamlNode copy = found->second;
    copy.line = line_of(mark);
    copy.column = column_of(mark);
    add(std::move(copy), 0, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key{};
    int key_line = 1;
    int key_column = 1;
  };

  static size_t count(const YamlNode& node) {
    size_t n = 1;
    for (const YamlNode& item : node.items) n += count(item);
    for (const YamlEntry& entry : node.entries) n += 1 + count(entry.value);
    return n;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= kYamlDepthMax) throw Refused{line_of(mark), fmt::format("nested deeper than {} levels", kYamlDepthMax)};
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_key)
      throw Refused{line_of(mark), "a key must be text, not a list or a map (is a bracket left open?)"};
    open_.push_back({.node = {.kind = kind, .line = line_of(mark), .column = column_of(mark)}, .anchor = anchor});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor, YAML::Mark::null_mark());
  }

  void add(YamlNode node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (++nodes_ > nodes_max_) throw Refused{node.line, fmt::format("more than {} values", nodes_max_)};
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      if (node.kind != YamlNode::Kind::scalar)
        throw Refused{line_of(mark), "a key must be text, not a list or a map (is a bracket left open?)"};
      parent.has_key = true;
      parent.key = std::move(node.text);
      parent.key_line = node.line;
      parent.key_column = node.column;
    } else {
      add_entry(parent, std::move(node));
    }
  }

  void add_entry(Open& parent, YamlNode value) {
    parent.has_key = false;
    for (const YamlEntry& entry : parent.node.entries) {
      if (entry.key != parent.key) continue;
      problems_.push_back({fmt::format("{}:{}", file_, parent.key_line),
                           fmt::format("key {} stands here a second time (the first is in line {})", parent.key, entry.line)});
      return;
    }
    parent.node.entries.push_back({std::move(parent.key), parent.key_line, parent.key_column, std::move(value)});
  }

  std::string_view file_;
  std::vector<Problem>& problems_;
  const size_t nodes_max_;
  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  size_t nodes_ = 0;
};

}  // namespace

std::string_view kind_name(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "text";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "nothing";
}

YamlNode read_yaml(std::string_view text, std::string_view file, std::vector<Problem>& problems, YamlLimits limits) {
  const auto refuse = [&](int line, std::string_view what) {
    problems.push_back({fmt::format("{}:{}", file, line), std::string(what)});
    return YamlNode{};
  };
  if (text.size() > limits.bytes_max) return refuse(1, fmt::format("larger than {} bytes", limits.bytes_max));
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos)
    return refuse(1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n')), "a NUL byte");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(file, problems, limits.nodes_max);
    if (!parser.HandleNextDocument(builder)) return {};
    std::vector<Problem> ignored;
    TreeBuilder second(file, ignored, limits.nodes_max);
    if (parser.HandleNextDocument(second)) return refuse(second.take().line, "a second document (---): one file is one document");
    return builder.take();
  } catch (const Refused& refused) { return refuse(refused.line, refused.text); } catch (const YAML::Exception& error) {
    return refuse(line_of(error.mark), fmt::format("not YAML: {} (column {})", error.msg, std::max(error.mark.column, 0) + 1));
  } catch (const std::exception& error) { return refuse(1, fmt::format("not YAML: {}", error.what())); }
}

}  // namespace monitorai::yaml
