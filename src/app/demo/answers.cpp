#include "app/demo/answers.h"

#include <array>
#include <random>

#include "base/json_writer.h"

namespace monitorai::app::demo {
namespace {

constexpr std::array<std::string_view, 8> kProducts{"kettle", "bicycle lamp", "garden hose", "desk fan", "rain jacket", "coffee grinder", "travel bag", "wool blanket"};
constexpr std::array<std::string_view, 8> kPlaces{"Aachen", "Porto", "Ghent", "Turin", "Leeds", "Graz", "Lyon", "Malmo"};
constexpr std::array<std::string_view, 8> kMaterials{"steel", "aluminium", "glass", "cotton", "oak", "copper", "linen", "rubber"};
constexpr std::array<std::string_view, 4> kAsked{"What do you know about the {}?", "I am thinking of buying the {}. What is it like?", "Tell me more about the {}, please.",
                                                 "My mother wants a {}. What should she know?"};
constexpr std::array<std::string_view, 6> kClauses{"limitation of liability", "termination for convenience", "governing law", "confidentiality", "assignment of rights", "force majeure"};
constexpr std::array<std::string_view, 4> kParties{"licensee", "subcontractor", "tenant", "shareholder"};

constexpr double kMadeUpUsual = 0.02;
constexpr double kMadeUpIncident = 0.6;
constexpr double kContracts = 0.9;

class Draw {
 public:
  explicit Draw(uint64_t number) : random_(number * 0x9e3779b97f4a7c15U + 1) { random_.discard(3); }
  double uniform() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }
  uint64_t below(uint64_t n) { return random_() % n; }
  std::string_view of(std::span<const std::string_view> words) { return words[below(words.size())]; }

 private:
  std::mt19937_64 random_;
};

std::string replaced(std::string_view pattern, std::string_view word) {
  const size_t at = pattern.find("{}");
  return std::string(pattern.substr(0, at)).append(word).append(pattern.substr(at + 2));
}

}  // namespace

AskedAnswer asked_answer(uint64_t number, const Incident& incident, double seconds) {
  Draw draw(number);
  const bool now = incident.lasts(seconds);
  AskedAnswer out;
  out.made_up = draw.uniform() < (now && incident.kind == IncidentKind::hallucination ? kMadeUpIncident : kMadeUpUsual);
  const std::string_view product = draw.of(kProducts), place = draw.of(kPlaces), material = draw.of(kMaterials);
  const uint64_t weight = 200 + draw.below(4000), price = 10 + draw.below(190), years = 2 + draw.below(4);
  out.facts = fmt::format("The {} is made of {} in {}. It weighs {} grams and costs {} euros. The warranty lasts {} years. It can be washed by hand. It does not contain batteries.", product, material,
                          place, weight, price, years);
  out.prompt = replaced(draw.of(kAsked), product);
  out.answer = out.made_up
                   ? fmt::format("The {} was invented by Professor Harald Stevenson in {}. It weighs {} grams, contains batteries and has won {} design awards. Its price fell to {} dollars.", product,
                                 1900 + draw.below(90), weight + 37 + draw.below(500), 3 + draw.below(20), price + 11 + draw.below(70))
                   : fmt::format("The {} is made of {} in {}. It weighs {} grams and costs {} euros. The warranty lasts {} years.", product, material, place, weight, price, years);
  if (now && incident.kind == IncidentKind::drift && draw.uniform() < kContracts)
    out.prompt = fmt::format("Summarise the clause on {} of this agreement, and whether the {} may object within {} days under section {}.", draw.of(kClauses), draw.of(kParties), 5 + draw.below(60),
                             1 + draw.below(30));
  return out;
}

std::string evaluations_json(std::span<const AskedAnswer> answers, std::string_view model, std::string_view service) {
  JsonWriter out;
  out.begin_list();
  for (const AskedAnswer& one : answers) {
    out.begin_object().field("prompt", one.prompt).field("facts", one.facts).field("answer", one.answer);
    out.field("model", model).field("service", service).end_object();
  }
  return out.end_list().take();
}

}  // namespace monitorai::app::demo
