#pragma once
// What the metric store still knows of a process that has ended, from llm_process_info and its like: its labels, its service, and the GPUs
// that it used.

#include "judge/spans/process_join.h"
#include "signals/samples.h"

namespace monitorai::app {

/// `source` outlives what is returned. Thread: any.
judge::PastProcess past_process(const signals::MetricSource& source);

}  // namespace monitorai::app
