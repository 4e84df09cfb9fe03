#pragma once
// What `python -c "..."` does: which framework its source loads a model with, and which model. A small search for calls, no parser:
// names bound to string literals are followed.

#include <string>
#include <string_view>

namespace monitorai::collect {

struct PythonSource {
  std::string framework;  ///< "" when the source runs no model
  std::string kind;       ///< "llm", "embedding", "image", "speech", "vision"; "" when framework is
  std::string model;      ///< the reference as written; "" when not found
  std::string_view call;  ///< what told: "AutoModelForCausalLM"
};

PythonSource judge_python_source(std::string_view source);

}  // namespace monitorai::collect
