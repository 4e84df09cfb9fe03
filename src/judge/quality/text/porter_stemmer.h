#pragma once
// The Porter stemmer with NLTK's extensions (nltk.stem.PorterStemmer(), mode NLTK_EXTENSIONS), which is what Google's rouge_score stems
// with. It differs from the textbook's algorithm in a dozen places; the tests hold NLTK's own answers.

#include <string>
#include <string_view>

namespace monitorai::judge {

/// The stem of a lower-case word of ASCII letters and digits ("running" -> "run"). Time is linear in its length.
std::string porter_stem(std::string_view word);

}  // namespace monitorai::judge
