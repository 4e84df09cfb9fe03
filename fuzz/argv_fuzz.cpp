// Command lines of any bytes: the detector comes to a verdict, and no planted secret comes out of it or of the redaction.
// The input is words separated by NUL; the first byte chooses where a secret is planted.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "collect/process/detector.h"
#include "collect/process/redact.h"

namespace {

constexpr std::string_view kSecret = "Zq7XplantedXsecretX9";

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const std::string& text) { require(text.find(kSecret) == std::string::npos); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace monitorai;
  if (size == 0) return 0;
  static const collect::Detector detector;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  collect::Evidence evidence;
  std::string word;
  for (const char c : bytes) {
    if (c != '\0') {
      word += c;
      continue;
    }
    evidence.argv.push_back(std::move(word));
    word.clear();
  }
  if (!word.empty()) evidence.argv.push_back(word);
  if (data[0] & 0x40 && !evidence.argv.empty()) evidence.exe = evidence.argv[0];

  const std::string secret(kSecret);
  std::vector<std::string> planted;
  switch (data[0] & 7) {
    case 0:
      planted = {"--api-key", secret};
      break;
    case 1:
      planted = {"--api-key=" + secret};
      break;
    case 2:
      planted = {"HF_TOKEN=" + secret};
      break;
    case 3:
      planted = {"https://user:" + secret + "@host/model.gguf"};
      break;
    case 4:
      planted = {"hf_" + secret};
      break;
    case 5:
      planted = {"sk-" + secret};
      break;
    case 6:
      planted = {"Authorization: Bearer " + secret};
      break;
    default:
      planted = {"--model", "sk-" + secret};
      break;
  }
  evidence.argv.insert(evidence.argv.end(), planted.begin(), planted.end());

  check(collect::redact_command_line(evidence.argv));
  for (const std::string& redacted : collect::redact_words(evidence.argv)) check(redacted);
  const signals::Verdict verdict = detector.judge(evidence);
  check(verdict.model);
  check(verdict.model_ref);
  for (const auto& reason : verdict.reasons) check(reason.text);
  return 0;
}
