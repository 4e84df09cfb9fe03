#include "scenario.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace fake {
namespace {

unsigned pid_of(const std::string& word) {
  return word == "self" ? static_cast<unsigned>(::getpid()) : static_cast<unsigned>(std::strtoul(word.c_str(), nullptr, 10));
}

std::vector<unsigned> numbers(const Words& words, size_t from) {
  std::vector<unsigned> out;
  for (size_t i = from; i < words.size(); ++i) out.push_back(static_cast<unsigned>(std::strtoul(words[i].c_str(), nullptr, 10)));
  return out;
}

std::string rest(const Words& words) {
  std::string text;
  for (size_t i = 1; i < words.size(); ++i) text += (i > 1 ? " " : "") + words[i];
  return text;
}

/// A line of a GPU or an instance.
void read_line(Gpu& gpu, const Words& words) {
  const std::string& key = words[0];
  if (key == "process" && words.size() >= 4) {
    gpu.processes.push_back({pid_of(words[1]), words[2][0], words[3], numbers(words, 4)});
  } else if (key == "sample" && words.size() >= 4) {
    gpu.samples.push_back({pid_of(words[1]), std::strtoull(words[2].c_str(), nullptr, 10), numbers(words, 3)});
  } else if (key == "xid" && words.size() >= 2) {
    gpu.xids.push_back(std::strtoull(words[1].c_str(), nullptr, 10));
  } else if (key == "grow" && words.size() >= 2) {
    gpu.grow = numbers(words, 1)[0];
  } else if (key == "fail" && words.size() >= 3) {
    gpu.failures[words[1]] = std::atoi(words[2].c_str());
  } else {
    gpu.values[key] = Words(words.begin() + 1, words.end());
  }
}

}  // namespace

const std::string* Gpu::word(const std::string& key, size_t at) const {
  const auto line = values.find(key);
  return line == values.end() || line->second.size() <= at ? nullptr : &line->second[at];
}

bool Scenario::hangs_in(const std::string& symbol) const { return std::find(hangs.begin(), hangs.end(), symbol) != hangs.end(); }

Scenario read_scenario() {
  Scenario scenario;
  const char* path = std::getenv("MONITORAI_FAKE_GPU");
  std::ifstream file(path == nullptr ? "" : path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream stream(line.substr(0, line.find('#')));
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty()) continue;
    Gpu* gpu = scenario.gpus.empty() ? nullptr : &scenario.gpus.back();
    if (words[0] == "driver" && words.size() > 1) {
      scenario.driver = words[1];
    } else if (words[0] == "hang" && words.size() > 1) {
      scenario.hangs.push_back(words[1]);
    } else if (words[0] == "gpu") {
      scenario.gpus.emplace_back().name = rest(words);
    } else if (words[0] == "mig" && gpu != nullptr) {
      gpu->instances.emplace_back().name = rest(words);
    } else if (gpu != nullptr) {
      read_line(gpu->instances.empty() ? *gpu : gpu->instances.back(), words);
    } else if (words[0] == "fail" && words.size() > 2) {
      scenario.failures[words[1]] = std::atoi(words[2].c_str());
    }
  }
  return scenario;
}

}  // namespace fake
