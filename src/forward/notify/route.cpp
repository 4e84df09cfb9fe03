#include "forward/notify/route.h"

#include "base/text.h"

namespace monitorai::forward {

void Route::find(const signals::Labels& labels, std::vector<const Route*>& out) const {
  if (!all_match(matchers, labels)) return;
  const size_t before = out.size();
  for (const Route& child : routes) {
    const size_t found = out.size();
    child.find(labels, out);
    if (out.size() > found && !child.goes_on) break;
  }
  if (out.size() == before) out.push_back(this);
}

signals::Labels Route::group_of(const signals::Labels& labels) const {
  std::vector<signals::Label> out;
  for (const signals::Label& label : labels)
    if (group_by_all || group_by.contains(label.name)) out.push_back(label);
  return signals::Labels::from(std::move(out));
}

std::string labels_text(const signals::Labels& labels) {
  std::string out = "{";
  for (const signals::Label& label : labels) {
    if (out.size() > 1) out += ", ";
    out += label.name;
    out += '=';
    append_json_string(out, label.value);
  }
  return out + "}";
}

}  // namespace monitorai::forward
