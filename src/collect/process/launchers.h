#pragma once
// torchrun, accelerate launch, deepspeed, mpirun, ...: launchers that belong to the job which they start. What they launch is judged as if
// it ran by itself.

#include <optional>

#include "collect/process/argv.h"
#include "collect/process/evidence.h"

namespace monitorai::collect {

/// Whether a resolved Python program is a launcher of training or inference jobs.
bool is_python_launcher(const Program& program);
/// What a Python launcher starts, as the evidence of a process of its own (without a parent); nullopt when no script is found.
std::optional<Evidence> launched_by_python(const Program& program, const Evidence& launcher);

}  // namespace monitorai::collect
