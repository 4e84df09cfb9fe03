#pragma once
// Prompts and answers of the simulated vLLM server, for `monitorai demo --incident hallucination` and `drift`: passages that were
// "retrieved", a question, and an answer that says what they say, or one that does not. Whether it does is for the judge to find out: nothing
// here is marked. Pure: the same number gives the same text.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "app/demo/incident.h"

namespace monitorai::app::demo {

struct AskedAnswer {
  std::string prompt, facts, answer;
  bool made_up = false;  ///< for tests alone
};

/// Of 50 answers one is made up; with the incident "hallucination" three of five. Prompts are about products; with "drift" nine of ten are
/// about contracts.
AskedAnswer asked_answer(uint64_t number, const Incident& incident, double seconds);
/// The body of POST /api/v1/quality/evaluate for a list of them, as of a model.
std::string evaluations_json(std::span<const AskedAnswer> answers, std::string_view model, std::string_view service);

}  // namespace monitorai::app::demo
