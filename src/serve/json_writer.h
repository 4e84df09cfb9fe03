#pragma once
// The writer of JSON text (base/json_writer.h) under the name that the endpoints use.

#include "base/json_writer.h"

namespace monitorai::serve {

using monitorai::JsonWriter;

}  // namespace monitorai::serve
