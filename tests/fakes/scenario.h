#pragma once
// The scenario of fake GPUs (README.md), read from the file that MONITORAI_FAKE_GPU names.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fake {

using Words = std::vector<std::string>;

struct Process {
  unsigned pid = 0;
  char list = 'C';
  std::string memory_mib;
  std::vector<unsigned> use;  ///< sm, memory, encoder, decoder; empty: idle
};

struct Sample {
  unsigned pid = 0;
  uint64_t time_us = 0;
  std::vector<unsigned> use;
};

/// A GPU or a MIG instance.
struct Gpu {
  std::string name;
  std::map<std::string, Words> values;  ///< first word of a line -> the others
  std::map<std::string, int> failures;  ///< symbol -> code
  std::vector<Process> processes;
  std::vector<Sample> samples;
  std::vector<uint64_t> xids;
  std::vector<Gpu> instances;
  unsigned grow = 0;

  /// A word of a value line; nullptr where the line or the word is absent.
  const std::string* word(const std::string& key, size_t at) const;
};

struct Scenario {
  std::string driver = "550.54.15";
  std::map<std::string, int> failures;
  std::vector<std::string> hangs;
  std::vector<Gpu> gpus;

  bool hangs_in(const std::string& symbol) const;
};

/// An empty scenario when there is no file.
Scenario read_scenario();

}  // namespace fake
