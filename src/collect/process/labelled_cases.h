#pragma once
// For tests: recorded processes with their labels, one JSON object a line, as tests/data/detect/cases.jsonl has them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "collect/process/recorded.h"

namespace monitorai::collect {

struct LabelledCase {
  std::string line;
  Evidence evidence;
  bool is_llm = false;
  std::string framework;
  std::vector<std::string> models;  ///< every name that is right; empty when the label names none
};

/// The strings of a flat part of the label. The label's own form is simple enough to be read by search.
inline std::vector<std::string> label_strings(const std::string& label, const std::string& field) {
  std::vector<std::string> out;
  size_t at = label.find("\"" + field + "\": ");
  if (at == std::string::npos) return out;
  at += field.size() + 4;
  const size_t end = label[at] == '[' ? label.find(']', at) : std::min(label.find(", \"", at), label.find('}', at));
  while (at < end) {
    const size_t open = label.find('"', at);
    if (open == std::string::npos || open >= end) break;
    const size_t close = label.find('"', open + 1);
    out.push_back(label.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return out;
}

inline std::vector<LabelledCase> read_labelled_cases(const std::filesystem::path& path) {
  std::vector<LabelledCase> out;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    const auto evidence = read_recorded_process(line);
    EXPECT_TRUE(evidence) << evidence.error().message << ": " << line;
    const std::string label = line.substr(line.find("\"label\": "));
    LabelledCase c{line, *evidence, label.find("\"is_llm\": true") != std::string::npos, {}, label_strings(label, "model")};
    if (const auto framework = label_strings(label, "framework"); !framework.empty()) c.framework = framework[0];
    for (const std::string& name : label_strings(label, "model_alt")) c.models.push_back(name);
    out.push_back(std::move(c));
  }
  return out;
}

}  // namespace monitorai::collect
