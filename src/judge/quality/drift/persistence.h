#pragma once
// How long rows resemble the ones before them, in order of time: users ask in bursts, and a burst is no drift. Rows are measured by what
// persists most in them, since a test of many categories or of a whole distribution is misled by any of it. Pure.

#include <span>
#include <string>

namespace monitorai::judge {

/// The correlation time (permutation.h) of the ranks, or of how far ranks lie from the middle one, whichever is longer: that of means and
/// of spread. At least 1.
double persistence_of_numbers(std::span<const double> in_order);

/// That of the numbers for categories under which neighbours resemble each other most (correspondence analysis of neighbours: Hirschfeld,
/// 1935), found in each half of the rows and measured in the other, so that chance finds nothing. Beyond the 32 most frequent, and below
/// 5 rows, categories count as one. At least 1.
double persistence_of_categories(std::span<const std::string> in_order);

/// That of texts along the mix of words (TF-IDF, tfidf.h) in which neighbours vary together most, found in each half of the texts and
/// measured in the other. At least 1.
double persistence_of_words(std::span<const std::string> in_order);

}  // namespace monitorai::judge
