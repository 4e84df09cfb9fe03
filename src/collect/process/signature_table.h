#pragma once
// The parts of the built-in table of runtimes, one file each. To add a runtime: docs/adding-a-runtime.md.

#include <vector>

#include "collect/process/signatures.h"

namespace monitorai::collect {

void add_gpu_engines(std::vector<Signature>& t);          ///< table_engines.cpp
void add_local_engines(std::vector<Signature>& t);        ///< table_local.cpp
void add_python_llm_programs(std::vector<Signature>& t);  ///< table_programs.cpp
void add_other_ai(std::vector<Signature>& t);             ///< table_other.cpp
void add_tools(std::vector<Signature>& t);                ///< table_other.cpp

}  // namespace monitorai::collect
