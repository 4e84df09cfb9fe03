#pragma once
// What changed between two samples, in sentences.

#include <span>
#include <string>
#include <vector>

namespace monitorai::judge {

std::vector<std::string> explain_numbers(std::span<const double> baseline, std::span<const double> window);
std::vector<std::string> explain_categories(std::span<const std::string> baseline, std::span<const std::string> window);
/// Words that more (and fewer) of the texts hold than before, the most surprising first.
std::vector<std::string> explain_words(std::span<const std::string> baseline, std::span<const std::string> window);

}  // namespace monitorai::judge
