#include "collect/process/model_words.h"

#include <string>

#include "base/text.h"
#include "collect/process/argv.h"

namespace monitorai::collect {
namespace {

// Long enough to be sought anywhere in a model's name.
constexpr std::string_view kFamilies[] = {
    "llama",      "qwen",       "mistral",     "mixtral",     "gemma",       "deepseek",   "falcon",   "vicuna",      "bloom",
    "pythia",     "starcoder",  "codegen",     "distilgpt",   "gpt-neo",     "gpt-j",      "gptj",     "gpt-oss",     "gpt2",
    "gpt-2",      "gpt3",       "gptneo",      "opt-1",       "opt-6",       "opt-2",      "opt-3",    "opt-12",      "opt-66",
    "chatglm",    "glm-",       "glm4",        "internlm",    "baichuan",    "yi-",        "phi-",     "phi1",        "phi2",
    "phi3",       "phi4",       "zephyr",      "wizardlm",    "wizardcoder", "wizardmath", "openchat", "openhermes",  "hermes-",
    "dolly",      "stablelm",   "redpajama",   "mpt-",        "alpaca-",     "orca-",      "nemotron", "minitron",    "granite",
    "olmo",       "command-r",  "c4ai",        "aya-",        "jamba",       "mamba",      "rwkv",     "smollm",      "tinystories",
    "stories15m", "stories42m", "stories110m", "stories260k", "solar-",      "exaone",     "arctic-",  "dbrx",        "grok",
    "kimi",       "moonlight",  "minimax",     "ernie",       "hunyuan",     "t5-",        "-t5",      "mt5",         "ul2",
    "bart-",      "pegasus",    "marian",      "opus-mt",     "nllb",        "m2m100",     "bert",     "electra",     "deberta",
    "xlnet",      "minilm",     "mpnet",       "bge-",        "gte-",        "e5-",        "jina-emb", "nomic-embed", "embedding",
    "reranker",   "sentence-t", "instructor-", "dialogpt",    "blenderbot",  "godel",      "gpt4all",  "-instruct",   "-chat",
    "codellama",  "magistral",  "ministral",   "devstral",    "codestral",   "pixtral",    "llava",    "internvl",    "minicpm",
    "xglm"};
// Short ones: only as a word of their own, digits after it allowed.
constexpr std::string_view kShortFamilies[] = {"gpt",  "llm",  "glm", "phi", "yi",  "mpt",   "t5",  "lm",
                                               "orca", "rwkv", "e5",  "bge", "gte", "solar", "chat"};

// Of speech, image, vision, tables. Sought as words, digits and letters after them allowed.
constexpr std::string_view kOtherAi[] = {
    "resnet",   "yolo",      "yolov",     "vgg",      "alexnet",   "mobilenet",  "efficientnet", "inception",  "densenet",
    "unet",     "maskrcnn",  "rcnn",      "detr",     "segformer", "sam",        "sam2",         "dino",       "dinov2",
    "vit",      "deit",      "swin",      "clip",     "siglip",    "blip",       "imagenet",     "mnist",      "cifar",
    "coco",     "diffusion", "sd",        "sdxl",     "flux",      "controlnet", "vae",          "gan",        "stylegan",
    "esrgan",   "gfpgan",    "whisper",   "wav2vec",  "wav2vec2",  "hubert",     "asr",          "stt",        "tts",
    "vits",     "xtts",      "bark",      "musicgen", "encodec",   "vocoder",    "tacotron",     "fastspeech", "kokoro",
    "parakeet", "canary",    "conformer", "xgboost",  "lightgbm",  "catboost",   "sklearn",      "ocr"};
// The same, but language models have them in their names too: "Phi-3-vision", "Qwen2-Audio". They speak only where no family does.
constexpr std::string_view kOtherAiParts[] = {"speech", "audio", "music",  "sound",     "image",      "video",     "vision",    "pixel",
                                              "face",   "pose",  "detect", "segment",   "depth-",     "diffus",    "riffusion", "caption",
                                              "upscal", "img2",  "2img",   "vibevoice", "voicecraft", "openvoice", "cosyvoice"};
constexpr std::string_view kOtherAiWords[] = {"speech", "voice", "audio", "image",  "img",       "video",   "vision",
                                              "pixel",  "face",  "pose",  "detect", "detection", "segment", "segmentation"};
constexpr std::string_view kOtherAiProgram[] = {"dreambooth", "txt2img",  "img2img",    "camera",    "lidar",      "recommender",
                                                "recsys",     "ranking",  "classifier", "forecast",  "timeseries", "nerf",
                                                "splat",      "gaussian", "rl",         "ppo-atari", "robot",      "alphafold",
                                                "esmfold",    "openfold", "protein",    "transcribe"};

// Words of programs that run language models, and what they are worth.
struct Weighted {
  std::string_view word;
  double weight;
};
constexpr Weighted kLanguageProgram[] = {
    {"llm", 1.4},         {"gpt", 1.3},          {"gpt2", 1.6},     {"nanogpt", 1.6},    {"llama", 1.4},     {"llama2", 1.4},
    {"llama3", 1.4},      {"qwen", 1.4},         {"mistral", 1.4},  {"gemma", 1.4},      {"deepseek", 1.4},  {"falcon", 1.0},
    {"vicuna", 1.4},      {"bloom", 1.0},        {"chatglm", 1.6},  {"chatbot", 1.2},    {"chat", 1.1},      {"clm", 1.6},
    {"mlm", 1.2},         {"sft", 1.5},          {"dpo", 1.5},      {"grpo", 1.5},       {"rlhf", 1.5},      {"orpo", 1.5},
    {"kto", 1.2},         {"qlora", 1.5},        {"lora", 1.0},     {"peft", 1.2},       {"lm", 1.2},        {"text", 0.6},
    {"textgen", 1.4},     {"generation", 0.7},   {"generate", 0.7}, {"completion", 1.0}, {"summarize", 1.0}, {"summarization", 1.2},
    {"translation", 0.9}, {"translate", 0.8},    {"rag", 1.0},      {"embed", 1.0},      {"embedding", 1.0}, {"embeddings", 1.0},
    {"rerank", 1.2},      {"reranker", 1.2},     {"prompt", 0.8},   {"finetune", 0.6},   {"instruct", 1.0},  {"gptq", 1.4},
    {"awq", 1.2},         {"transformers", 0.8}, {"t5", 1.4},       {"bert", 1.2}};
// Words of programs that talk to models, move them or watch them.
constexpr std::string_view kNoModel[] = {
    "client",   "bench",     "benchmark", "monitor",   "exporter",  "download",   "downloader", "convert",   "converter", "quantize",
    "quantise", "export",    "upload",    "proxy",     "gateway",   "router",     "plot",       "visualize", "dashboard", "scraper",
    "crawl",    "crawler",   "loadtest",  "tokenize",  "tokenizer", "preprocess", "prepare",    "merge",     "webhook",   "bot",
    "sync",     "backup",    "install",   "setup",     "test",      "lint",       "docs",       "parse",     "watcher",   "healthcheck",
    "migrate",  "scheduler", "refresher", "collector", "validator", "ui"};

// Calls f with each run of letters and digits of a lower-case name; f returns true to stop.
template <class F>
void each_word(std::string_view name, F&& f) {
  size_t start = 0;
  while (start < name.size()) {
    while (start < name.size() && !((name[start] >= 'a' && name[start] <= 'z') || (name[start] >= '0' && name[start] <= '9'))) ++start;
    size_t end = start;
    while (end < name.size() && ((name[end] >= 'a' && name[end] <= 'z') || (name[end] >= '0' && name[end] <= '9'))) ++end;
    if (end > start) f(name.substr(start, end - start));
    start = end;
  }
}

// The word itself, or the word and a version: "yolov8n", "phi3", "sam2".
bool word_is(std::string_view word, std::string_view known) {
  if (!word.starts_with(known)) return false;
  return word.size() == known.size() || (word[known.size()] >= '0' && word[known.size()] <= '9');
}

}  // namespace

WordEvidence judge_model_name(std::string_view raw) {
  const std::string name = normalised(raw);
  WordEvidence out;
  each_word(name, [&](std::string_view word) {
    for (const std::string_view known : kOtherAi)
      if (word_is(word, known) && out.other_ai < 2) {
        out.other_ai = 2;
        out.word = known;
      }
  });
  if (out.other_ai > 0) return out;
  for (const std::string_view family : kFamilies)
    if (name.find(family) != std::string::npos) {
      out.language = 2;
      out.word = family;
      return out;
    }
  for (const std::string_view part : kOtherAiParts)
    if (name.find(part) != std::string::npos) {
      out.other_ai = 2;
      out.word = part;
      return out;
    }
  each_word(name, [&](std::string_view word) {
    for (const std::string_view known : kShortFamilies)
      if (word_is(word, known)) {
        out.language = 1.5;
        out.word = known;
      }
  });
  return out;
}

WordEvidence judge_program_words(std::string_view raw) {
  const std::string name = normalised(raw);
  WordEvidence out;
  double best = 0;
  each_word(name, [&](std::string_view word) {
    for (const std::string_view known : kNoModel)
      if (word == known) out.no_model = 2;
    for (const std::string_view known : kOtherAi)
      if (word_is(word, known)) out.other_ai = 2;
    for (const std::string_view known : kOtherAiWords)
      if (word_is(word, known)) out.other_ai = 2;
    for (const std::string_view known : kOtherAiProgram)
      if (word_is(word, known)) out.other_ai = 2;
    for (const auto& [known, weight] : kLanguageProgram)
      if (word == known) {
        out.language = std::min(2.0, out.language + weight);
        if (weight > best) {
          best = weight;
          out.word = known;
        }
      }
  });
  return out;
}

bool is_hosted_model(std::string_view raw) {
  const std::string name = normalised(raw);
  for (const std::string_view prefix :
       {"gpt-3.5",      "gpt-4",       "gpt-5",           "gpt4",         "chatgpt",       "o1-",
        "o3-",          "o4-mini",     "claude",          "gemini",       "openai/gpt-4",  "openai/gpt-3",
        "openai/gpt-5", "anthropic/",  "text-embedding-", "text-davinci", "azure/",        "bedrock/",
        "vertex",       "openrouter/", "ollama/",         "ollama-chat/", "deepseek-chat", "mistral-large-latest"})
    if (name.starts_with(prefix)) return !name.ends_with(".gguf");
  return name == "o1" || name == "o3";
}

}  // namespace monitorai::collect
