#include "judge/quality/watch/comparison_json.h"

#include "base/json_writer.h"

namespace monitorai::judge {
namespace {

void write_texts(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_list();
  for (const std::string& text : texts) out.value(text);
  out.end_list();
}

void write_column(JsonWriter& out, const TestedColumn& column) {
  out.begin_object()
      .field("name", column.name)
      .field("kind", column.kind)
      .field("score", column.score)
      .field("p", column.p)
      .field("p_adjusted", column.p_adjusted);
  out.field("null_score_95", column.null_score_95);
  write_texts(out, "what_changed", column.what_changed);
  out.end_object();
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
  JsonWriter out;
  out.begin_object()
      .field("time", static_cast<double>(comparison.time.ms) / 1000)
      .field("baseline", comparison.baseline)
      .field("embedder", comparison.embedder);
  out.field("baseline_rows", comparison.baseline_rows).field("window_rows", comparison.window_rows).field("block", comparison.block);
  out.field("verdict", verdict_name(comparison.verdict)).field("score", comparison.score).field("raw_score", comparison.raw_score);
  out.field("null_score_95", comparison.null_score_95)
      .field("p", comparison.p)
      .field("share", comparison.share)
      .field("cosine", comparison.cosine);
  out.key("columns").begin_list();
  for (const TestedColumn& column : comparison.columns) write_column(out, column);
  out.end_list().key("topics").begin_list();
  for (const TopicChange& topic : comparison.topics) {
    out.begin_object().field("share_before", topic.share_before).field("share_now", topic.share_now).field("surprise", topic.surprise);
    write_texts(out, "prompts", topic.prompts);
    out.end_object();
  }
  out.end_list();
  write_texts(out, "what_changed", comparison.what_changed);
  write_texts(out, "examples", comparison.examples);
  return out.end_object().take();
}

}  // namespace monitorai::judge
