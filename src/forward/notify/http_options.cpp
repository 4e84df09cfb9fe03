#include "forward/notify/http_options.h"

#include "base/text.h"

namespace monitorai::forward {

std::string address_problem(std::string_view text) {
  if (text.starts_with("http://") || text.starts_with("https://")) return {};
  return fmt::format("the address begins with http:// or https://, not {}", json_string(text.substr(0, 12)));
}

void read_http_fields(Fields& fields, FileProblems& problems, HttpOptions& out) {
  if (const yaml::YamlNode* basic = fields.find("basic_auth")) {
    Fields auth(problems, *basic, "basic_auth");
    auth.text("username", out.user);
    auth.secret("password", out.password);
    auth.end();
  }
  if (const yaml::YamlNode* authorization = fields.find("authorization")) {
    Fields auth(problems, *authorization, "authorization");
    auth.text("type", out.authorization_type);
    auth.secret("credentials", out.credentials);
    auth.end();
  }
  fields.secret("bearer_token", out.credentials);
  if (const yaml::YamlNode* tls = fields.find("tls_config")) {
    Fields own(problems, *tls, "tls_config");
    own.text("ca_file", out.ca_file);
    own.text("cert_file", out.certificate_file);
    own.text("key_file", out.key_file);
    own.text("server_name", out.server_name);
    own.flag("insecure_skip_verify", out.insecure_skip_verify);
    own.ignore("min_version");
    own.end();
  }
  fields.text("proxy_url", out.proxy_url, address_problem);
  fields.flag("proxy_from_environment", out.proxy_from_environment);
  fields.flag("follow_redirects", out.follow_redirects);
  fields.ignore("enable_http2");
  if (const yaml::YamlNode* oauth = fields.find("oauth2")) problems.add(*oauth, "oauth2 is not supported: use authorization");
  if (!out.user.empty() && !out.credentials.empty()) fields.problem("at most one of basic_auth and authorization may be given");
}

}  // namespace monitorai::forward
