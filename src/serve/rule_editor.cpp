#include "serve/rule_editor.h"

#include "serve/fresh_json.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

int status_of(Code code) { return code == Code::invalid ? 400 : code == Code::exhausted ? 413 : 503; }

void write_remarks(JsonWriter& out, std::string_view name, const std::vector<RuleRemark>& remarks) {
  out.key(name).begin_list();
  for (const RuleRemark& one : remarks)
    out.begin_object().field("line", one.line).field("column", one.column).field("text", one.text).end_object();
  out.end_list();
}

std::string check_json(const RuleCheck& check) {
  JsonWriter out;
  out.begin_object();
  write_remarks(out, "problems", check.problems);
  write_remarks(out, "warnings", check.warnings);
  return out.field("groups", check.groups).field("rules", check.rules).end_object().take();
}

std::string own_json(const OwnRulesText& own) {
  JsonWriter out;
  return out.begin_object().field("file", own.file).field("text", own.text).field("version", own.version).end_object().take();
}

HttpResponse save(RuleShelf& shelf, const HttpRequest& request) {
  std::string_view version;
  for (const auto& [key, value] : request.query)
    if (key == "version") version = value;
  if (const RuleCheck check = shelf.check(request.body); !check.problems.empty()) return fresh_json(400, check_json(check));
  const auto saved = shelf.save(request.body, version);
  if (!saved) return fresh_error(status_of(saved.error().code), saved.error().message);
  if (!*saved) return fresh_error(409, "the rules have changed since they were read: read them again");
  return fresh_json(200, own_json(**saved));
}

}  // namespace

void add_rule_editor(net::Router& router, std::shared_ptr<RuleShelf> shelf) {
  router.add("POST", "/api/v1/rules/check",
             [shelf](const HttpRequest& request) { return fresh_json(200, check_json(shelf->check(request.body))); });
  router.add("GET", "/api/v1/rules/own", [shelf](const HttpRequest&) {
    const auto own = shelf->read();
    return own ? fresh_json(200, own_json(*own)) : fresh_error(status_of(own.error().code), own.error().message);
  });
  router.add("PUT", "/api/v1/rules/own", [shelf](const HttpRequest& request) { return save(*shelf, request); });
}

}  // namespace monitorai::serve
