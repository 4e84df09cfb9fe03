#pragma once
// What a name says: whether a model name, a script name or a directory speaks of a language model, of another kind of model, or of a
// program that is no model at all. Word lists, weighed; used where structure alone cannot decide.

#include <string_view>

namespace monitorai::collect {

/// The weights add up to evidence: at 2 a process counts as an LLM.
struct WordEvidence {
  double language = 0;    ///< > 0: a language or text embedding model or a program for one
  double other_ai = 0;    ///< > 0: speech, image, vision, tabular
  double no_model = 0;    ///< > 0: a client, a monitor, a converter, ...
  std::string_view word;  ///< the word that said most
};

/// For the name of a model: "meta-llama/Llama-3-8B" is language, "yolov8n.pt" is other AI, "invoice" is neither.
WordEvidence judge_model_name(std::string_view name);
/// For the name of a script or module: "chat_server", "train_resnet", "llm_monitor".
WordEvidence judge_program_words(std::string_view name);
/// A model that lives at a provider: "gpt-4o", "claude-3", "gemini-1.5-pro". Who names one is a client.
bool is_hosted_model(std::string_view name);

}  // namespace monitorai::collect
