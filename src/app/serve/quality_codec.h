#pragma once
// What the file of judgements (quality_file.h) holds as bytes: prompts, and answers with their sentences and signs. Each begins with the
// number of its version; bytes of another or damaged ones are no value.

#include <optional>
#include <string>
#include <string_view>

#include "judge/quality/watch/shelf.h"

namespace monitorai::app {

std::string encode_rows(const std::vector<judge::PromptRow>& rows);
std::optional<std::vector<judge::PromptRow>> decode_rows(std::string_view bytes);

std::string encode_signs(const judge::Signs& signs);
std::optional<judge::Signs> decode_signs(std::string_view bytes);

/// Texts, facts, sentences, ids of trace and span: all that is not asked for by SQL.
std::string encode_kept(const judge::KeptAnswer& kept);
bool decode_kept(std::string_view bytes, judge::KeptAnswer& into);

}  // namespace monitorai::app
