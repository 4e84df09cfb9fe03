#include "forward/notify/config.h"

#include <glob.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "forward/notify/fields.h"
#include "forward/notify/receiver_reader.h"
#include "forward/notify/shown_config.h"
#include "forward/notify/template_set.h"

namespace monitorai::forward {
namespace {

using yaml::YamlEntry;
using yaml::YamlNode;
using Kind = YamlNode::Kind;

class ConfigReader {
 public:
  ConfigReader(const std::string& file, ReadNotifyConfig& out) : file_(file), out_(out), problems_(file, out.problems) {}

  void read(const YamlNode& document) {
    if (document.kind == Kind::null) return problems_.add(document, "the file is empty: it needs a route and a receiver");
    Fields fields(problems_, document, "the file");
    std::vector<std::string> globs;
    fields.texts("templates", globs);
    read_templates(globs, document);
    const TemplateSet templates(config().templates);
    for (const std::string& text : config().templates)
      if (const std::string wrong = TemplateSet({text}).problem("{{ 0 }}"); !wrong.empty()) return problems_.add(document, "templates: " + wrong);
    ReceiverReader receivers(problems_, templates);
    if (const YamlNode* global = fields.find("global")) receivers.read_global(*global);
    config().resolve_timeout = receivers.global().resolve_timeout;
    for (const std::string_view key : {"time_intervals", "mute_time_intervals"})
      fields.each(key, [&](const YamlNode& one) { time_interval(one); });
    std::set<std::string> names;
    fields.each("receivers", [&](const YamlNode& one) {
      Receiver receiver = receivers.read(one);
      if (!receiver.name.empty() && !names.insert(receiver.name).second) problems_.add(one, fmt::format("the name of the receiver \"{}\" is not unique", receiver.name));
      config().receivers.push_back(std::move(receiver));
    });
    if (const YamlNode* route = fields.find("route"))
      root(*route);
    else
      problems_.add(document, "no route: every alert needs one");
    fields.each("inhibit_rules", [&](const YamlNode& one) { inhibit_rule(one); });
    fields.ignore("tracing");
    fields.end();
  }

 private:
  NotifyConfig& config() { return out_.config; }

  void read_templates(const std::vector<std::string>& globs, const YamlNode& at) {
    const auto folder = std::filesystem::path(file_).parent_path();
    for (const std::string& pattern : globs) {
      glob_t found{};
      const std::string path = (folder / pattern).native();
      if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && config().templates.size() < kTemplateFilesMax; ++i) {
          auto text = monitorai::read_file(found.gl_pathv[i], kTemplateFileBytesMax);
          text ? config().templates.push_back(std::move(*text)) : problems_.add(at, text.error().message);
        }
      }
      ::globfree(&found);
    }
  }

  void read_matchers(Fields& fields, std::string_view prefix, Matchers& out) {
    const auto key = [&](std::string_view name) { return fmt::format("{}{}", prefix, name); };
    TextMap equal, regex;
    fields.map(key("match"), equal);
    fields.map(key("match_re"), regex);
    const auto add = [&](const std::string& name, signals::MatchOp op, const std::string& value) {
      auto made = signals::Matcher::make(name, op, value);
      made ? out.push_back(std::move(*made)) : fields.problem(made.error().message);
    };
    for (const auto& [name, value] : equal) add(name, signals::MatchOp::equal, value);
    for (const auto& [name, value] : regex) add(name, signals::MatchOp::regex, value);
    std::vector<std::string> texts;
    fields.texts(key("matchers"), texts);
    for (const std::string& text : texts) {
      auto parsed = parse_matchers(text);
      if (!parsed)
        fields.problem(parsed.error().message);
      else
        std::move(parsed->begin(), parsed->end(), std::back_inserter(out));
    }
    std::sort(out.begin(), out.end(), [](const signals::Matcher& a, const signals::Matcher& b) {
      return std::tie(a.name(), a.value()) < std::tie(b.name(), b.value()) || (a.name() == b.name() && a.value() == b.value() && a.op() < b.op());
    });
  }

  void intervals(Fields& fields, std::string_view key, std::vector<std::string>& out) {
    fields.texts(key, out);
    for (const std::string& name : out)
      if (!config().time_intervals.contains(name)) fields.problem(fmt::format("{}: there is no time interval \"{}\"", key, name));
  }

  void root(const YamlNode& node) {
    Route& route = config().route;
    route.key = "{}";
    read_route(node, route);
    size_t number = 0;
    name_children(route, number);
    if (route.receiver.empty()) problems_.add(node, "the root route has no receiver");
    if (!route.matchers.empty()) problems_.add(node, "the root route must not have matchers: it takes every alert");
    if (route.goes_on) problems_.add(node, "the root route cannot continue");
    if (!route.mute_time_intervals.empty() || !route.active_time_intervals.empty())
      problems_.add(node, "the root route must not have mute or active time intervals");
  }

  void read_route(const YamlNode& node, Route& route) {
    Fields fields(problems_, node, "a route");
    fields.text("receiver", route.receiver);
    if (!route.receiver.empty() && config().receiver(route.receiver) == nullptr)
      fields.problem(fmt::format("there is no receiver \"{}\"", route.receiver));
    read_matchers(fields, "", route.matchers);
    if (fields.find("group_by") != nullptr) {
      std::vector<std::string> names;
      fields.texts("group_by", names);
      route.group_by.clear();
      route.group_by_all = std::find(names.begin(), names.end(), "...") != names.end();
      if (route.group_by_all && names.size() > 1) fields.problem("group_by holds '...' (all labels), so it holds nothing else");
      if (!route.group_by_all) route.group_by = {names.begin(), names.end()};
    }
    fields.duration("group_wait", route.group_wait);
    fields.duration("group_interval", route.group_interval);
    fields.duration("repeat_interval", route.repeat_interval);
    if (route.group_interval.count() <= 0) fields.problem("group_interval is longer than 0");
    if (route.repeat_interval.count() <= 0) fields.problem("repeat_interval is longer than 0");
    fields.flag("continue", route.goes_on);
    intervals(fields, "mute_time_intervals", route.mute_time_intervals);
    intervals(fields, "active_time_intervals", route.active_time_intervals);
    fields.each("routes", [&](const YamlNode& one) {
      Route child;
      child.receiver = route.receiver;
      child.group_by = route.group_by;
      child.group_by_all = route.group_by_all;
      child.group_wait = route.group_wait;
      child.group_interval = route.group_interval;
      child.repeat_interval = route.repeat_interval;
      read_route(one, child);
      route.routes.push_back(std::move(child));
    });
    fields.end();
  }

  static void name_children(Route& route, size_t& number) {
    for (Route& child : route.routes) {
      child.key = route.key + "/" + matchers_text(child.matchers);
      child.number = ++number;
      name_children(child, number);
    }
  }

  void inhibit_rule(const YamlNode& node) {
    Fields fields(problems_, node, "an inhibit_rule");
    InhibitRule rule;
    fields.ignore("name");
    read_matchers(fields, "source_", rule.source);
    read_matchers(fields, "target_", rule.target);
    fields.texts("equal", rule.equal);
    fields.end();
    config().inhibit_rules.push_back(std::move(rule));
  }

  template <class Parse>
  void ranges(Fields& fields, std::string_view key, Parse parse, std::vector<NumberRange>& out) {
    std::vector<std::string> texts;
    fields.texts(key, texts);
    for (const std::string& text : texts) {
      auto range = parse(text);
      range ? out.push_back(*range) : fields.problem(range.error().message);
    }
  }

  void time_interval(const YamlNode& node) {
    Fields fields(problems_, node, "a time interval");
    std::string name;
    fields.text("name", name);
    if (name.empty()) fields.problem("a time interval has no name");
    if (config().time_intervals.contains(name)) fields.problem(fmt::format("the time interval \"{}\" is not unique", name));
    auto& list = config().time_intervals[name];
    fields.each("time_intervals", [&](const YamlNode& one) {
      Fields own(problems_, one, "a time interval");
      TimeInterval interval;
      own.each("times", [&](const YamlNode& range) {
        Fields times(problems_, range, "times");
        std::string from, to;
        times.text("start_time", from);
        times.text("end_time", to);
        times.end();
        const auto start = parse_time_of_day(from), end = parse_time_of_day(to);
        if (!start || !end) return problems_.add(range, !start ? start.error().message : end.error().message);
        if (*start >= *end) return problems_.add(range, fmt::format("the start time {} is not before the end time {}", from, to));
        interval.times.push_back({*start, *end});
      });
      ranges(own, "weekdays", parse_weekdays, interval.weekdays);
      ranges(own, "days_of_month", parse_days_of_month, interval.days);
      ranges(own, "months", parse_months, interval.months);
      ranges(own, "years", parse_years, interval.years);
      own.text("location", interval.location, [](std::string_view zone) {
        return known_location(std::string(zone)) ? std::string() : fmt::format("there is no time zone {} on this machine", zone);
      });
      own.end();
      list.push_back(std::move(interval));
    });
    fields.end();
  }

  const std::string& file_;
  ReadNotifyConfig& out_;
  FileProblems problems_;
};

}  // namespace

const Receiver* NotifyConfig::receiver(std::string_view name) const {
  for (const Receiver& one : receivers)
    if (one.name == name) return &one;
  return nullptr;
}

ReadNotifyConfig read_notify_config(std::string_view text, const std::string& file) {
  ReadNotifyConfig out;
  const YamlNode document = yaml::read_yaml(text, file, out.problems, {.bytes_max = kNotifyFileBytesMax, .nodes_max = 200'000});
  if (!out.problems.empty()) return out;
  ConfigReader(file, out).read(document);
  out.config.shown = shown_config(document);
  return out;
}

ReadNotifyConfig read_notify_file(const std::string& file) {
  const auto text = read_file(file, kNotifyFileBytesMax);
  if (text) return read_notify_config(*text, file);
  ReadNotifyConfig out;
  out.problems.push_back({file, text.error().message});
  return out;
}

}  // namespace monitorai::forward
