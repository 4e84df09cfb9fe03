#include "judge/quality/text/language.h"

#include <algorithm>
#include <array>
#include <string>

#include "judge/quality/text/unicode.h"

namespace monitorai::judge {
namespace {

constexpr size_t kBytesRead = 4096;

struct Script {
  char32_t first, last;
  std::string_view name;
};
// The main blocks; what lies between is "other".
constexpr std::array kScripts{
    Script{0x0041, 0x024F, "Latin"},  Script{0x0370, 0x03FF, "Greek"},  Script{0x0400, 0x052F, "Cyrillic"},
    Script{0x0590, 0x05FF, "Hebrew"}, Script{0x0600, 0x06FF, "Arabic"}, Script{0x0900, 0x097F, "Devanagari"},
    Script{0x0E00, 0x0E7F, "Thai"},   Script{0x1E00, 0x1EFF, "Latin"},  Script{0x3040, 0x30FF, "Kana"},
    Script{0x3400, 0x9FFF, "Han"},    Script{0xAC00, 0xD7AF, "Hangul"}, Script{0xF900, 0xFAFF, "Han"},
};
constexpr std::array<std::string_view, 11> kNames{"Latin", "Greek", "Cyrillic", "Hebrew", "Arabic", "Devanagari",
                                                  "Thai",  "Kana",  "Han",      "Hangul", "other"};

struct Language {
  std::string_view name;
  std::string_view words;  ///< each between spaces, folded (no accents)
};
constexpr std::array kLanguages{
    Language{"en", " the and is are of to what how do does in my you can this for with it that why write which when who "},
    Language{"de", " der die das und ist nicht ich ein eine wie was zu mit auf fur den im du sie es kann von dem warum "},
    Language{"fr", " le la les et est une des du je vous que qui dans pour pas comment quel quelle est-ce au sur avec ce "},
    Language{"es", " el los las una es que como para por con mi del se lo cual donde yo puedo esta hay en y "},
    Language{"it", " il lo gli una che e come per con mi del della non sono perche qual puoi nel di "},
    Language{"pt", " o os as uma que como para por com meu do da nao voce eu qual em um e posso "},
    Language{"nl", " de het een en is niet ik hoe wat van te met voor op mijn je kan dat waarom "},
};

size_t script_of(char32_t c) {
  for (const Script& script : kScripts)
    if (c >= script.first && c <= script.last)
      return static_cast<size_t>(std::find(kNames.begin(), kNames.end(), script.name) - kNames.begin());
  return kNames.size() - 1;
}

using Votes = std::array<size_t, kLanguages.size()>;

void vote(const std::string& word, Votes& votes) {
  for (size_t i = 0; i < kLanguages.size(); ++i) votes[i] += kLanguages[i].words.find(" " + word + " ") != std::string_view::npos ? 1 : 0;
}

}  // namespace

std::string_view language_of(std::string_view text) {
  text = text.substr(0, kBytesRead);
  std::array<size_t, kNames.size()> letters{};
  Votes votes{};
  std::string word;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    const CharKind kind = c == kNoCharacter ? CharKind::space : kind_of(c);
    if (kind == CharKind::letter) {
      ++letters[script_of(c)];
      std::u32string folded;
      append_folded(folded, c);
      for (const char32_t one : folded) append_utf8(word, one);
    } else if (kind != CharKind::mark && !word.empty()) {
      vote(word, votes);
      word.clear();
    }
  }
  if (!word.empty()) vote(word, votes);
  const auto most = std::max_element(letters.begin(), letters.end());
  if (*most == 0) return "none";
  const std::string_view script = kNames[static_cast<size_t>(most - letters.begin())];
  // A few kana say that it is Japanese, whatever the number of ideographs.
  if (script == "Han" && letters[script_of(U'\u3042')] * 10 > *most) return "Kana";
  if (script != "Latin") return script;
  const auto best = std::max_element(votes.begin(), votes.end());
  if (*best == 0 || std::count(votes.begin(), votes.end(), *best) > 1) return "Latin";
  return kLanguages[static_cast<size_t>(best - votes.begin())].name;
}

}  // namespace monitorai::judge
