#pragma once
// Which model a process was told to load: its flags, its words, its environment, the files it has mapped, in the order in which they are
// to be believed. Never from the flags of tokenizers, draft models, adapters and projectors.

#include <string>
#include <string_view>

#include "collect/process/arguments.h"
#include "collect/process/evidence.h"
#include "collect/process/signatures.h"

namespace monitorai::collect {

struct FoundModel {
  std::string name;       ///< for people; "" when nothing names it
  std::string reference;  ///< as it was told
  std::string source;     ///< "--model", "MODEL_ID", "argument", "mapped file"
  bool from_flag = false;
  explicit operator bool() const { return !reference.empty(); }
};

/// With the signature of the runtime. `words_used`: how many of the first words were the command ("serve").
FoundModel find_model(const Signature& signature, size_t words_used, const Arguments& arguments, std::span<const std::string> raw,
                      const Evidence& evidence);
/// Without: by what programs commonly call it.
FoundModel find_model(const Arguments& arguments, const Evidence& evidence);

}  // namespace monitorai::collect
