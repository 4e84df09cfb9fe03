#pragma once
// Lists of records in the configuration (tokens, signatures): each record type has a table of its fields, and reading and printing
// follow from it.

#include <set>
#include <span>

#include "app/config/config.h"
#include "app/config/yaml.h"

namespace monitorai::app {

inline constexpr size_t kRecordsMax = 1000;     ///< in one list
inline constexpr size_t kRecordTextsMax = 200;  ///< in one field that is a list

/// A field of a record: text, a list of texts, a number or a switch.
template <class Record>
struct RecordField {
  std::string_view name;
  std::variant<std::string Record::*, std::vector<std::string> Record::*, bool Record::*, double Record::*, std::vector<uint16_t> Record::*>
      place;
};

/// Specialised for each record type, in records.cpp.
template <class Record>
std::span<const RecordField<Record>> record_fields();

/// What a record must hold beyond the types of its fields: "" when it is well.
template <class Record>
std::string record_problem(const Record& record);

/// Replaces `out` by the records of the list when all are well. Problems name the field.
template <class Record>
void read_records(const YamlNode& node, std::string_view file, std::vector<Record>& out, std::vector<Problem>& problems);

/// One line of YAML: "[{name: ci, sha256: ...}]"; fields with the record's default are left out.
template <class Record>
std::string print_records(const std::vector<Record>& records);

}  // namespace monitorai::app
