#pragma once
// How the judge's values are written as JSON.

#include "base/json_writer.h"
#include "judge/quality/watch/watcher.h"

namespace monitorai::serve {

/// Seconds since 1970 with milliseconds.
double seconds_of(TimeMs time);
void write_series_key(JsonWriter& out, const judge::SeriesKey& key);
void write_signs(JsonWriter& out, const judge::Signs& signs);
void write_sentences(JsonWriter& out, const std::vector<judge::JudgedSentence>& sentences);
void write_judgement(JsonWriter& out, const judge::Judgement& judgement);
void write_kept(JsonWriter& out, const judge::KeptAnswer& kept);
void write_baseline(JsonWriter& out, const judge::BaselineInfo& baseline);
void write_hallucination(JsonWriter& out, const judge::SeriesView& series);
void write_model(JsonWriter& out, const judge::ScoreModel& model);

/// Appends JSON text that is there already as the value of a member: {"a":1} and ("b", "[2]") give {"a":1,"b":[2]}.
std::string with_members(std::string object, const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace monitorai::serve
