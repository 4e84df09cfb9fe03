#include "otlp/labels.h"

#include <algorithm>

#include "otlp/names.h"

namespace monitorai::otlp {

using signals::LabelView;

void read_resource(Fields message, signals::SpanArena& arena, std::vector<signals::Attribute>& out, Losses& losses) {
  while (message.next()) {
    if (message.tag() != 1) {
      message.skip();
      continue;
    }
    for (Fields resource = message.get_message(); resource.next();) {
      if (resource.tag() == 1) read_attribute(resource.get_message(), arena, out, losses);
      else resource.skip();
    }
  }
}

LabelView label_of(const signals::Attribute& attribute, signals::SpanArena& arena) {
  const signals::AttributeValue& value = attribute.value;
  return {arena.keep(label_name(attribute.key)), value.type == signals::AttributeType::text ? value.text : arena.keep(value.shown())};
}

void sort_labels(std::vector<LabelView>& labels) {
  std::erase_if(labels, [](const LabelView& label) { return label.value.empty(); });
  std::reverse(labels.begin(), labels.end());
  std::stable_sort(labels.begin(), labels.end(), [](const LabelView& a, const LabelView& b) { return a.name < b.name; });
  labels.erase(std::unique(labels.begin(), labels.end(), [](const LabelView& a, const LabelView& b) { return a.name == b.name; }), labels.end());
}

}  // namespace monitorai::otlp
