#include "collect/process/model_finder.h"

#include "base/text.h"
#include "collect/process/argv.h"
#include "collect/process/model_name.h"
#include "collect/process/model_words.h"
#include "collect/process/redact.h"

namespace monitorai::collect {
namespace {

constexpr std::string_view kCommonFlags[] = {"served-model-name",
                                             "model-name-or-path",
                                             "model-name",
                                             "model-id",
                                             "hf-model",
                                             "hf-model-id",
                                             "hf-model-name",
                                             "model",
                                             "model-path",
                                             "llm",
                                             "llm-model",
                                             "base-model",
                                             "base-model-name-or-path",
                                             "base-model-path",
                                             "pretrained-model-name-or-path",
                                             "pretrained-model",
                                             "pretrained-model-path",
                                             "pretrained",
                                             "pretrain",
                                             "model-repo",
                                             "model-repo-id",
                                             "repo-id",
                                             "hf-repo",
                                             "hf-path",
                                             "model-file",
                                             "model-dir",
                                             "model-checkpoint",
                                             "checkpoint",
                                             "checkpoint-path",
                                             "checkpoint-dir",
                                             "ckpt",
                                             "ckpt-path",
                                             "ckpt-dir",
                                             "weights",
                                             "weights-path",
                                             "preset",
                                             "engine-dir",
                                             "llama-model",
                                             "embedding-model",
                                             "embed-model",
                                             "reranker-model",
                                             "model.path",
                                             "model.name",
                                             "model.model-name-or-path",
                                             "model.pretrained-model-name-or-path",
                                             "model-args[pretrained]",
                                             "m",
                                             "gguf",
                                             "load"};
// The last resort: the tokenizer usually comes with the model.
constexpr std::string_view kTokenizerFlags[] = {"tokenizer-dir", "tokenizer-name", "tokenizer", "tokenizer-path", "tokenizer-name-or-path"};
constexpr std::string_view kCommonEnvironment[] = {"SERVED_MODEL_NAME",  "MODEL_ID",
                                                   "HF_MODEL_ID",        "MODEL_NAME",
                                                   "HF_MODEL_NAME",      "HF_MODEL",
                                                   "LLM_MODEL",          "LLM_MODEL_NAME",
                                                   "MODEL_NAME_OR_PATH", "TRANSFORMERS_MODEL_NAME",
                                                   "TRANSFORMERS_MODEL", "MODEL_REPO",
                                                   "BASE_MODEL",         "MODEL_PATH",
                                                   "MODEL_DIR",          "MODEL",
                                                   "CHECKPOINT_PATH"};

bool is_config_file(std::string_view word) {
  for (const std::string_view ending : {".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".txt", ".jsonl", ".csv", ".parquet", ".py",
                                        ".sh", ".md", ".jinja", ".wav", ".jpg", ".png", ".sock"})
    if (word.ends_with(ending)) return true;
  return false;
}

bool is_usable(std::string_view value) {
  if (value.empty() || value.front() == '{' || value.front() == '[' || is_config_file(value)) return false;
  if (value.find_first_not_of("0123456789.,:") == std::string_view::npos) return false;
  const std::string text = lower(value);
  return text != "true" && text != "false" && text != "none" && text != "null" && text != "auto" && !text.starts_with("localhost:") &&
         !text.starts_with("0.0.0.0:") && !text.starts_with("127.0.0.1:");
}

bool is_absolute(std::string_view value) {
  return value.front() == '/' || value.front() == '.' || value.find('\\') != std::string_view::npos;
}

// Flags that name tokenizers, draft models, adapters, projectors, data, results: never the model.
bool names_something_else(std::string_view flag) {
  for (const std::string_view part :
       {"token",   "draft",     "speculative", "spec", "lora",  "adapter", "mmproj", "proj",   "template", "data",
        "task",    "output",    "out",         "push", "hub",   "reward",  "judge",  "embed",  "critic",   "ref",
        "teacher", "processor", "config",      "code", "cache", "prompt",  "url",    "path-to"})
    if (flag.find(part) != std::string_view::npos) return true;
  return false;
}

// The first candidate with a name of its own; failing that, the first one at all.
class Choice {
 public:
  void offer(std::string_view value, std::string source, bool from_flag = false) {
    if (done_ || !is_usable(value)) return;
    // Redacted before it is cut into pieces: half a URL no longer looks like one.
    std::string reference = redact_text(value);
    FoundModel found{display_name(reference), reference, std::move(source), from_flag};
    if (!found.name.empty() && !is_generic_name(found.name)) {
      best_ = std::move(found);
      done_ = true;
    } else if (best_.reference.empty() || (best_.name.empty() && !found.name.empty())) {
      best_ = std::move(found);
    }
  }
  void offer_flag(const Arguments& arguments, std::string_view name) {
    if (done_) return;
    const std::string_view value = arguments.value(name);
    if (!value.empty())
      offer(value, (name.size() == 1 || name == "hf" || name == "mu" || name == "dr" ? "-" : "--") + std::string(name), true);
  }
  void offer_environment(const Evidence& evidence, std::string_view name) {
    if (done_) return;
    if (const auto it = evidence.environment.find(std::string(name)); it != evidence.environment.end())
      offer(it->second, std::string(name));
  }
  void offer_files(const Evidence& evidence) {
    for (const std::string& file : evidence.model_files) {
      const std::string stem = lower(basename(file));
      if (stem.find("mmproj") != std::string::npos || stem.find("draft") != std::string::npos || stem.find("lora") != std::string::npos ||
          stem.find("vocab") != std::string::npos)
        continue;
      offer(file, "mapped file");
    }
  }
  bool done() const { return done_; }
  FoundModel take() { return std::move(best_); }

 private:
  FoundModel best_;
  bool done_ = false;
};

void offer_common_environment(Choice& choice, const Evidence& evidence) {
  for (const std::string_view name : kCommonEnvironment) choice.offer_environment(evidence, name);
  if (choice.done()) return;
  // Any other variable that ends in MODEL, MODEL_NAME, MODEL_ID, MODEL_PATH.
  for (const auto& [name, value] : evidence.environment) {
    bool other = false;
    for (const std::string_view part : {"DRAFT", "TOKENIZER", "LORA", "ADAPTER", "PROVIDER", "CACHE", "LENGTH", "LEN", "ROOT", "STORE",
                                        "REPOSITORY", "TYPE", "CONFIG", "HOST", "PORT", "WHISPER", "TTS", "STT", "IMAGE"})
      other |= name.find(part) != std::string::npos;
    if (other) continue;
    for (const std::string_view ending :
         {"MODEL", "MODEL_NAME", "MODEL_ID", "MODEL_PATH", "MODEL_REPO", "CHECKPOINT", "MODEL_NAME_OR_PATH"})
      if (name.ends_with(ending)) choice.offer(value, name);
  }
}

}  // namespace

FoundModel find_model(const Signature& signature, size_t words_used, const Arguments& arguments, std::span<const std::string> raw,
                      const Evidence& evidence) {
  Choice choice;
  // A served name is the name, whatever its form.
  for (const std::string& flag : signature.alias_flags) {
    const std::string_view value = arguments.value(normalised(flag));
    if (is_usable(value) && !is_absolute(value))
      return {std::string(value.substr(0, value.find(','))), std::string(value), "--" + flag, true};
    choice.offer_flag(arguments, normalised(flag));
  }
  const auto& words = arguments.words();
  const bool has_word = signature.model_is_word && words.size() > words_used;
  // Directly behind the command it is sure to be the model; later it may be the value of a flag that we do not know.
  if (has_word && words_used < raw.size() && raw[words_used] == words[words_used]) choice.offer(words[words_used], "argument");
  for (const std::string& flag : signature.model_flags) choice.offer_flag(arguments, normalised(flag));
  if (has_word && (is_model_path(words[words_used]) || is_hub_id(words[words_used]) || judge_model_name(words[words_used]).language > 1))
    choice.offer(words[words_used], "argument");
  for (const std::string& name : signature.model_environment) choice.offer_environment(evidence, name);
  choice.offer_files(evidence);
  if (choice.done()) return choice.take();
  for (const std::string_view name : {"MODEL_NAME", "MODEL_ID", "HF_MODEL_ID", "SERVED_MODEL_NAME", "MODEL_PATH", "MODEL"})
    choice.offer_environment(evidence, name);
  for (const std::string_view flag : kTokenizerFlags) choice.offer_flag(arguments, flag);
  return choice.take();
}

FoundModel find_model(const Arguments& arguments, const Evidence& evidence) {
  Choice choice;
  for (const std::string_view flag : kCommonFlags) choice.offer_flag(arguments, flag);
  offer_common_environment(choice, evidence);
  choice.offer_files(evidence);
  // A flag that nobody foresaw, whose value is a hub's id of a language model.
  if (!choice.done()) {
    for (const Flag& flag : arguments.flags())
      if (!names_something_else(flag.name) && is_hub_id(flag.value) && judge_model_name(flag.value).language > 1)
        choice.offer(flag.value, "--" + flag.name, true);
  }
  // A word that is a model by its form: a model file, a hub id of a known family.
  for (const std::string_view word : arguments.words()) {
    if (word.find('=') != std::string_view::npos) continue;
    const std::string_view format = model_file_format(word);
    if (format == "gguf" || format == "safetensors" || format == "pt" || format == "pth" || format == "llamafile")
      choice.offer(word, "argument");
  }
  for (const std::string_view flag : kTokenizerFlags) choice.offer_flag(arguments, flag);
  return choice.take();
}

}  // namespace monitorai::collect
