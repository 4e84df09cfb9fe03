#include "judge/quality/watch/twin_calls.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::judge {
namespace {

/// "" where it belongs to no span.
std::string key_of(const Submission& call) {
  const AnswerOrigin& origin = call.answer.origin;
  if (origin.trace_id.empty() || origin.span_id.empty()) return {};
  return lower(origin.trace_id) + '/' + lower(origin.span_id);
}

bool can_be_judged(const Answer& answer) {
  return !answer.text.empty() && !answer.prompt.empty() && (!answer.facts.empty() || !answer.tokens.empty() || !answer.samples.empty());
}

uint8_t bit_of(TextSource source) { return static_cast<uint8_t>(1U << static_cast<unsigned>(source)); }

/// Where `into` says nothing, what `from` says. Of where a call came from, the span knows most.
void join(Submission& into, Submission&& from) {
  const auto fill = [](auto& empty, auto& full) {
    if (empty.empty()) empty = std::move(full);
  };
  Answer &a = into.answer, &b = from.answer;
  fill(a.prompt, b.prompt);
  fill(a.text, b.text);
  fill(a.facts, b.facts);
  fill(a.tokens, b.tokens);
  fill(a.samples, b.samples);
  if (!a.hallucinated) a.hallucinated = b.hallucinated;
  if (from.source == TextSource::span) {
    std::swap(a.origin, b.origin);
    std::swap(a.id, b.id);
    into.source = TextSource::span;
  }
  fill(a.id, b.id);
  fill(a.origin.model, b.origin.model);
  fill(a.origin.service, b.origin.service);
  fill(a.origin.route, b.origin.route);
  if (!a.origin.time) a.origin.time = b.origin.time;
}

}  // namespace

void TwinCalls::remember(const std::string& key, TextSource source, TimeMs now) {
  uint8_t& sources = done_[key];
  if (sources == 0) done_in_order_.emplace_back(now, key);
  sources = static_cast<uint8_t>(sources | bit_of(source));
}

void TwinCalls::forget(TimeMs now) {
  while (!done_in_order_.empty()) {
    const bool old = done_in_order_.front().first + settings_.remember<now, full = done_.size()> settings_.remembered_max;
    if (!old && !full) return;
    if (!old) ++counts_.forgotten;
    done_.erase(done_in_order_.front().second);
    done_in_order_.pop_front();
  }
}

Submission TwinCalls::take_out(Place place, TimeMs now) {
  Submission out = std::move(place->call);
  waiting_bytes_ -= place->bytes;
  remember(place->key, out.source, now);
  by_key_.erase(place->key);
  waiting_.erase(place);
  return out;
}

void TwinCalls::put_in(std::string key, Submission call, TimeMs now) {
  const size_t bytes = call.bytes();
  waiting_bytes_ += bytes;
  waiting_.push_back({key, std::move(call), now, bytes});
  by_key_[std::move(key)] = std::prev(waiting_.end());
}

std::vector<Submission> TwinCalls::take(std::vector<Submission> found, TimeMs now) {
  std::vector<Submission> out;
  out.reserve(found.size());
  for (Submission& one : found) {
    std::string key = key_of(one);
    if (key.empty()) {
      out.push_back(std::move(one));
      continue;
    }
    const auto done = done_.find(key);
    const auto waits = by_key_.find(key);
    if (waits != by_key_.end() && waits->second->call.source != one.source) {
      Submission joined = take_out(waits->second, now);
      remember(key, one.source, now);
      join(joined, std::move(one));
      ++counts_.joined;
      out.push_back(std::move(joined));
    } else if (waits != by_key_.end()) {
      // Two of one source are two calls within one span: the older one has no twin any more.
      out.push_back(take_out(waits->second, now));
      can_be_judged(one.answer) ? out.push_back(std::move(one)) : put_in(std::move(key), std::move(one), now);
    } else if (done != done_.end() && (done->second & ~bit_of(one.source)) != 0) {
      ++counts_.left_out;
      done->second = static_cast<uint8_t>(done->second | bit_of(one.source));
    } else if (done != done_.end() || can_be_judged(one.answer)) {
      remember(key, one.source, now);
      out.push_back(std::move(one));
    } else {
      put_in(std::move(key), std::move(one), now);
    }
    while (waiting_.size() > settings_.waiting_max || waiting_bytes_ > settings_.waiting_bytes_max) {
      ++counts_.hurried;
      out.push_back(take_out(waiting_.begin(), now));
    }
  }
  forget(now);
  return out;
}

void TwinCalls::asked(const Submission& call, TimeMs now) {
  const std::string key = key_of(call);
  // A prompt alone says nothing of the answer that the span may hold.
  if (key.empty() || call.answer.text.empty()) return;
  if (const auto waits = by_key_.find(key); waits != by_key_.end()) {
    take_out(waits->second, now);
    ++counts_.left_out;
  }
  remember(key, call.source, now);
  forget(now);
}

std::vector<Submission> TwinCalls::due(TimeMs now) {
  std::vector<Submission> out;
  while (!waiting_.empty() && waiting_.front().since + settings_.wait <= now) out.push_back(take_out(waiting_.begin(), now));
  forget(now);
  return out;
}

std::optional<TimeMs> TwinCalls::next_due() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().since + settings_.wait;
}

std::vector<Submission> TwinCalls::rest() {
  std::vector<Submission> out;
  while (!waiting_.empty()) out.push_back(take_out(waiting_.begin(), waiting_.front().since));
  return out;
}

}  // namespace monitorai::judge
