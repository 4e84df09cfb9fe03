#include "forward/notify/template_objects.h"

#include "base/text.h"
#include "forward/notify/template_values.h"

namespace monitorai::forward {
namespace {

using query::templates::Args;
using query::templates::Object;
using query::templates::Run;
using query::templates::Value;
using query::templates::ValueResult;
using Kind = Value::Kind;
using Items = std::vector<std::pair<Value, Value>>;

class PairObject final : public Object {
 public:
  PairObject(std::string name, std::string value) : name_(std::move(name)), value_(std::move(value)) {}
  std::string_view type_name() const override { return "template.Pair"; }
  std::string text() const override { return fmt::format("{{{} {}}}", name_, value_); }
  std::optional<Value> field(Run&, std::string_view name) const override {
    if (name == "Name") return Value::of(std::string_view(name_));
    if (name == "Value") return Value::of(std::string_view(value_));
    return std::nullopt;
  }

 private:
  const std::string name_, value_;
};

using PairList = std::vector<std::pair<std::string, std::string>>;

/// Pairs in order: alertname first, then by name.
class PairsObject final : public Object {
 public:
  explicit PairsObject(PairList pairs) : pairs_(std::move(pairs)) {}
  std::string_view type_name() const override { return "template.Pairs"; }
  std::string text() const override {
    std::string out = "[";
    for (const auto& [name, value] : pairs_) out += fmt::format("{}{{{} {}}}", out.size() > 1 ? " " : "", name, value);
    return out + "]";
  }
  bool truth() const override { return !pairs_.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(pairs_.size()); }
  std::optional<Value> field(Run& run, std::string_view name) const override {
    if (name != "Names" && name != "Values") return std::nullopt;
    std::vector<std::string> out;
    for (const auto& pair : pairs_) out.push_back(name == "Names" ? pair.first : pair.second);
    return run.make<Texts>(std::move(out));
  }
  ValueResult index(Run& run, const Value& key) const override {
    if (!key.is(Kind::integer) || key.integer < 0 || key.integer >= static_cast<int64_t>(pairs_.size())) return std::string("index out of range");
    const auto& pair = pairs_[static_cast<size_t>(key.integer)];
    return run.make<PairObject>(pair.first, pair.second);
  }
  bool items(Run& run, Items& out) const override {
    for (const auto& [name, value] : pairs_) out.emplace_back(Value::of(static_cast<int64_t>(out.size())), run.make<PairObject>(name, value));
    return true;
  }

 private:
  const PairList pairs_;
};

/// Alertmanager's KV: labels or annotations.
class KvObject final : public Object {
 public:
  explicit KvObject(TextMap texts) : texts_(std::move(texts)) {}
  std::string_view type_name() const override { return "template.KV"; }
  std::string text() const override {
    std::string out = "map[";
    for (const auto& [name, value] : texts_) out += fmt::format("{}{}:{}", out.size() > 4 ? " " : "", name, value);
    return out + "]";
  }
  bool truth() const override { return !texts_.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(texts_.size()); }
  std::optional<Value> field(Run& run, std::string_view name) const override {
    if (name == "SortedPairs") return run.make<PairsObject>(sorted());
    if (name == "Names" || name == "Values") return PairsObject(sorted()).field(run, name);
    const auto found = texts_.find(std::string(name));
    return Value::of(found == texts_.end() ? std::string_view{} : std::string_view(found->second));
  }
  MaybeCalled call(Run& run, std::string_view name, std::span<const Value> args) const override {
    if (name != "Remove") return std::nullopt;
    const auto* names = args.size() == 1 && args[0].is(Kind::object) ? dynamic_cast<const Texts*>(args[0].object) : nullptr;
    if (names == nullptr) return ValueResult(std::string("Remove takes a list of names"));
    TextMap left = texts_;
    for (const std::string& one : names->texts()) left.erase(one);
    return ValueResult(run.make<KvObject>(std::move(left)));
  }
  ValueResult index(Run& run, const Value& key) const override {
    if (!key.is(Kind::text)) return query::templates::wrong_type("string", key);
    static_cast<void>(run);
    const auto found = texts_.find(std::string(key.text));
    return Value::of(found == texts_.end() ? std::string_view{} : std::string_view(found->second));
  }
  bool items(Run&, Items& out) const override {
    for (const auto& [name, value] : texts_) out.emplace_back(Value::of(std::string_view(name)), Value::of(std::string_view(value)));
    return true;
  }

 private:
  PairList sorted() const {
    PairList out;
    if (const auto name = texts_.find("alertname"); name != texts_.end()) out.emplace_back(*name);
    for (const auto& pair : texts_)
      if (pair.first != "alertname") out.emplace_back(pair);
    return out;
  }
  const TextMap texts_;
};

TextMap map_of(const signals::Labels& labels) {
  TextMap out;
  for (const signals::Label& label : labels) out.emplace(label.name, label.value);
  return out;
}

text::GoTime go_time(TimeMs time) { return {.ns = time.ms * 1'000'000}; }

class OneAlert final : public Object {
 public:
  OneAlert(const Alert& alert, TimeMs now) : alert_(alert), resolved_(alert.resolved(now)) {}
  std::string_view type_name() const override { return "template.Alert"; }
  std::string text() const override { return labels_text_of(); }
  std::optional<Value> field(Run& run, std::string_view name) const override {
    if (name == "Status") return Value::of(resolved_ ? std::string_view("resolved") : std::string_view("firing"));
    if (name == "Labels") return run.make<KvObject>(map_of(alert_.labels));
    if (name == "Annotations") return run.make<KvObject>(alert_.annotations);
    if (name == "StartsAt") return run.make<TimeObject>(go_time(alert_.starts_at));
    if (name == "EndsAt") return run.make<TimeObject>(go_time(resolved_ ? alert_.ends_at : TimeMs{}));
    if (name == "GeneratorURL") return Value::of(std::string_view(alert_.generator_url));
    if (name == "Fingerprint") return run.text(fingerprint_text(fingerprint(alert_.labels)));
    return std::nullopt;
  }

 private:
  std::string labels_text_of() const { return alert_.labels.text(); }
  const Alert& alert_;
  const bool resolved_;
};

class AlertList final : public Object {
 public:
  AlertList(std::vector<const Alert*> alerts, TimeMs now) : alerts_(std::move(alerts)), now_(now) {}
  std::string_view type_name() const override { return "template.Alerts"; }
  std::string text() const override { return fmt::format("[{} alerts]", alerts_.size()); }
  bool truth() const override { return !alerts_.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(alerts_.size()); }
  std::optional<Value> field(Run& run, std::string_view name) const override {
    if (name != "Firing" && name != "Resolved") return std::nullopt;
    std::vector<const Alert*> out;
    for (const Alert* alert : alerts_)
      if (alert->resolved(now_) == (name == "Resolved")) out.push_back(alert);
    return run.make<AlertList>(std::move(out), now_);
  }
  ValueResult index(Run& run, const Value& key) const override {
    if (!key.is(Kind::integer) || key.integer < 0 || key.integer >= static_cast<int64_t>(alerts_.size())) return std::string("index out of range");
    return run.make<OneAlert>(*alerts_[static_cast<size_t>(key.integer)], now_);
  }
  bool items(Run& run, Items& out) const override {
    for (const Alert* alert : alerts_) out.emplace_back(Value::of(static_cast<int64_t>(out.size())), run.make<OneAlert>(*alert, now_));
    return true;
  }

 private:
  const std::vector<const Alert*> alerts_;
  const TimeMs now_;
};

class NotificationObject final : public Object {
 public:
  explicit NotificationObject(const Notification& notification) : told_(notification) {}
  std::string_view type_name() const override { return "*template.Data"; }
  std::string text() const override { return fmt::format("{{{} {}}}", told_.receiver, told_.status()); }
  std::optional<Value> field(Run& run, std::string_view name) const override {
    if (name == "Receiver") return Value::of(std::string_view(told_.receiver));
    if (name == "Status") return Value::of(told_.status());
    if (name == "ExternalURL") return Value::of(std::string_view(told_.external_url));
    if (name == "GroupLabels") return run.make<KvObject>(map_of(told_.group_labels));
    if (name == "CommonLabels") return run.make<KvObject>(map_of(told_.common_labels()));
    if (name == "CommonAnnotations") return run.make<KvObject>(told_.common_annotations());
    if (name == "Alerts") {
      std::vector<const Alert*> all;
      for (const Alert& alert : told_.alerts) all.push_back(&alert);
      return run.make<AlertList>(std::move(all), told_.time);
    }
    return std::nullopt;
  }

 private:
  const Notification& told_;
};

}  // namespace

Value notification_value(Run& run, const Notification& notification) { return run.make<NotificationObject>(notification); }

}  // namespace monitorai::forward
