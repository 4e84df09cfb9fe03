// Replays a corpus folder (and simple mutations of each file) through a fuzz target, so that gcc builds test what libFuzzer found.

#include <cstdio>
#include <fstream>
#include <iterator>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace {

void run(const std::string& input) { LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size()); }

/// Every prefix of a short input (steps of 1/64 of a long one) and every 7th byte flipped: cheap, and deterministic.
void run_with_mutations(const std::string& input) {
  run(input);
  const size_t step = input.size() / 64 + 1;
  for (size_t size = 0; size < input.size(); size += step) run(input.substr(0, size));
  for (size_t at = 0; at < input.size(); at += 7 * step) {
    std::string flipped = input;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    run(flipped);
  }
}

}  // namespace

int main(int argc, char** argv) {
  size_t files = 0;
  run("");
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::exists(argv[i])) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      run_with_mutations({std::istreambuf_iterator<char>(stream), {}});
      ++files;
    }
  }
  std::printf("replayed %zu corpus files\n", files);
  return files == 0 ? 1 : 0;
}
