#include "app/config/promtail.h"
#include "query/logql/line.h"
#include "query/logql/template.h"

namespace monitorai::app {

Result<collect::FieldTemplate> compile_field_template(std::string_view text) {
  using query::logql::Line;
  using query::logql::Template;
  auto parsed = Template::parse(text);
  if (!parsed) return Error{Code::invalid, fmt::format("cannot read template \"{}\": {}", text, parsed.error())};
  return collect::FieldTemplate([engine = std::make_shared<const Template>(std::move(*parsed))](const collect::Extracted& fields) -> Result<std::string> {
    std::vector<signals::Label> labels;
    for (const auto& [name, value] : fields) labels.push_back({name, value});
    const signals::Labels stream = signals::Labels::from(std::move(labels));
    Line line;
    line.start(0, {}, 0, stream, {});
    const auto made = engine->run(line, {});
    if (!made) return Error{Code::invalid, made.error()};
    return std::string(*made);
  });
}

}  // namespace monitorai::app
