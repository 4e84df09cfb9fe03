#pragma once
// Functions over texts that the dialects of alerts and of notifications both add to text/template, as Go's strings and regexp have them.
// Entries of a dialect's table name them. Thread: any; they keep no state.

#include "query/template/value.h"

namespace monitorai::query::templates {

ValueResult to_upper(Run& run, Args args);
ValueResult to_lower(Run& run, Args args);
/// strings.Title: the first letter of each word, where letters, digits, `_` and `'` make words.
ValueResult to_title(Run& run, Args args);
/// match PATTERN TEXT: whether it is found anywhere.
ValueResult match(Run& run, Args args);
/// reReplaceAll PATTERN REPLACEMENT TEXT, with $1 and ${name}.
ValueResult replace_all(Run& run, Args args);

}  // namespace monitorai::query::templates
