#include "store/metrics/head.h"

namespace monitorai::store {

signals::Labels labels_of(const Head& head, Slot slot) {
  std::vector<signals::Label> labels;
  for (const PairId pair : head.series.pairs(slot))
    labels.push_back({std::string(head.index.name(pair)), std::string(head.index.value(pair))});
  return signals::Labels::from(std::move(labels));
}

std::string labels_text(std::span<const signals::LabelView> labels) {
  constexpr size_t kTextBytesMax = 300;
  std::vector<signals::Label> copies;
  for (const signals::LabelView& label : labels)
    copies.push_back({std::string(label.name.substr(0, kTextBytesMax)), std::string(label.value.substr(0, kTextBytesMax))});
  std::string text = signals::Labels::from(std::move(copies)).text();
  if (text.size() > kTextBytesMax) text = text.substr(0, kTextBytesMax) + "...";
  return text;
}

}  // namespace monitorai::store
