#pragma once
// Spans that a target asks about: a trace whose spans are parents of each other in a circle, and one whose spans are long.

#include <memory>
#include <span>
#include <string_view>

#include "signals/spans.h"

namespace monitorai {

inline std::shared_ptr<const signals::SpanBatch> cyclic_spans() {
  auto out = std::make_shared<signals::SpanBatch>();
  const signals::Attribute attributes[] = {{"a", signals::AttributeValue::of(int64_t{-1})},
                                           {"b", signals::AttributeValue::of(std::string_view("x"))},
                                           {"c", signals::AttributeValue::of(0.5)},
                                           {"d", signals::AttributeValue::of(true)},
                                           {"service.name", signals::AttributeValue::of(std::string_view("s"))}};
  const auto kept = out->arena.keep(std::span<const signals::Attribute>(attributes));
  const auto* origin = out->arena.keep_one(signals::SpanOrigin{.resource = kept, .scope_name = "scope", .scope_attributes = kept});
  const auto* event = out->arena.keep_one(signals::SpanEvent{{5}, "event", kept});
  const auto* link = out->arena.keep_one(signals::SpanLink{.trace = {1, 2}, .span = {1}, .attributes = kept});
  for (uint64_t i = 1; i <= 5; ++i)
    out->spans.push_back({.trace = {1, 1},
                          .id = {i},
                          .parent = {i == 4   ? 5
                                     : i == 5 ? 4
                                              : i - 1},
                          .origin = origin,
                          .name = "n",
                          .start = {static_cast<int64_t>(i) * 20'000'000'000},
                          .duration_ns = 7,
                          .kind = i == 1 ? signals::SpanKind::server : signals::SpanKind::client,
                          .status = i == 3 ? signals::SpanStatus::error : signals::SpanStatus::unset,
                          .attributes = kept,
                          .events = {event, 1}});
  for (uint64_t i = 1; i <= 3; ++i)
    out->spans.push_back({.trace = {1, 2},
                          .id = {i},
                          .parent = {i / 2},
                          .origin = origin,
                          .name = "m",
                          .start = {90'000'000'000},
                          .duration_ns = static_cast<int64_t>(i) << 40,
                          .attributes = kept.first(i),
                          .links = {link, 1}});
  return out;
}

}  // namespace monitorai
