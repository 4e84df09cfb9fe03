#pragma once
// What is known about each runtime, as data: one table (signature_table.cpp), to which a user adds his own in the configuration.
// A Signature is one way in which a runtime appears; several may share a framework.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace monitorai::collect {

/// Patterns compare without regard to case and with '_' as '-', and may end or begin with '*'. "pattern=role" gives the role of a process
/// that matches: server, worker, router, launcher, helper, cli, batch, script, notebook, trainer, tool, gui; "=-role" says that such a
/// process is no LLM itself (a client, a converter). A program without a role has it from `commands`.
struct Signature {
  std::string framework{};   ///< the value of the framework label
  std::string title{};       ///< for people: "llama.cpp's server"
  std::string kind = "llm";  ///< llm or embedding; speech, image, vision, ml: AI but no LLM; tool: neither

  std::vector<std::string> titles{};       ///< process titles: "VLLM::Worker*=worker"
  std::vector<std::string> executables{};  ///< base names without ".exe", console scripts of Python packages too; with directories where
                                           ///< the name alone says little: "lib/ollama/llama-server"
  std::vector<std::string>
      scripts{};  ///< the same for the source files that an interpreter runs, without ".py": "koboldcpp", "tabbyapi*/main"
  std::vector<std::string> modules{};   ///< python -m, uvicorn applications: "vllm.entrypoints.openai.api_server"
  std::vector<std::string> commands{};  ///< first words after the program: "serve=server", "bench serve=-tool", "*=-tool" for all others
  std::vector<std::string>
      when{};  ///< holds when one of them does: "flag", "flag=value", "env:NAME", "word:pattern", "lib:pattern", "!..."; no entry: always

  std::vector<std::string> alias_flags{};  ///< flags that give the name under which the model is served, without dashes
  std::vector<std::string> model_flags{};  ///< flags that name the model, first ones first; "model_args[pretrained]" looks into a list
  std::vector<std::string> model_environment{};  ///< environment variables that name the model
  bool model_is_word = false;                    ///< the first word after the command names the model: `vllm serve M`
  std::vector<std::string> libraries{};          ///< mapped libraries that only this runtime has

  std::vector<uint16_t> ports{};  ///< where it listens unless told otherwise
  std::string metrics_path{};     ///< of its own Prometheus endpoint; "" when it has none
  double weight = 3;              ///< what a hit is worth: from 2 on it decides alone; less needs other evidence (libraries, GPU, model)
};

/// The built-in table.
const std::vector<Signature>& builtin_signatures();

/// A pattern that matched, and the role it gives.
struct SignatureHit {
  const Signature* signature = nullptr;
  std::string_view pattern;
  std::string_view role;  ///< "" when the signature's commands decide
  bool negative = false;  ///< "=-role"
};

/// Looks names up in a set of signatures: exact names by hash, the few with '*' one after the other. Immutable, thread-safe.
/// Where several match, the longest pattern comes first, and the user's before the built-in ones.
class SignatureIndex {
 public:
  explicit SignatureIndex(std::vector<Signature> user);

  std::vector<SignatureHit> titles(std::string_view title) const;
  /// `name` is a program_name(), `path` the whole path with '/' as far as it is known.
  std::vector<SignatureHit> executables(std::string_view name, std::string_view path) const;
  std::vector<SignatureHit> scripts(std::string_view name, std::string_view path) const;
  std::vector<SignatureHit> modules(std::string_view name) const;
  /// The role that a signature's commands give to these words; `words_used` tells how many of them were the command.
  SignatureHit command(const Signature& signature, const std::vector<std::string_view>& words, size_t& words_used) const;
  /// The signature that has this library, or null.
  const Signature* library(std::string_view base_name) const;  // a path where it is known: "vllm/_C.abi3.so"
  /// The first signature of a framework, or null: for default ports and metrics paths.
  const Signature* framework(std::string_view name) const;
  const std::vector<Signature>& all() const { return signatures_; }

 private:
  struct Pattern {
    std::string directories;  // normalised: "lib/ollama"
    std::string text;         // normalised, without directories, role and '*'
    std::string shown;        // as it was written, without the role
    std::string role;
    const Signature* signature = nullptr;
    bool negative = false;
    bool prefix = false;  // "x*"
    bool suffix = false;  // "*x"
    size_t length() const { return directories.size() + text.size() + (prefix || suffix ? 0 : 1); }
  };
  struct Table {
    std::unordered_map<std::string, std::vector<Pattern>> exact;
    std::unordered_map<char, std::vector<Pattern>> prefixes;  // by their first character
    std::vector<Pattern> others;                              // "*x", and "directory/*"
  };
  static Pattern parse(const std::string& text, const Signature& signature);
  static bool matches(const Pattern& pattern, std::string_view text);
  static void add(Table& table, const std::vector<std::string>& patterns, const Signature& signature);
  static std::vector<SignatureHit> find(const Table& table, const std::string& name, std::string_view path);

  std::vector<Signature> signatures_;
  Table titles_, executables_, scripts_, modules_, libraries_;
  std::unordered_map<const Signature*, std::vector<Pattern>> commands_;
};

}  // namespace monitorai::collect
