#pragma once
// What quality_bench can be asked for; quality_bench.cpp says what each prints. Those that read files give the exit status.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judge/quality/embed/embedder.h"

namespace monitorai::bench {

// quality_calibration.cpp
void false_alarms(size_t rows, size_t windows, size_t vector_windows, double burst, uint64_t seed);
void power(size_t rows, size_t windows, double shift, double burst, uint64_t seed);

// quality_concept.cpp
void concept_alarms(size_t rows, size_t windows, double shift, std::string_view change, double burst, uint64_t seed);

// quality_texts.cpp
int mix(const char* old_file, const char* new_file, std::string_view all_rows, size_t windows, std::string_view shares, const char* model, uint64_t seed);
int words(const char* file, std::string_view all_rows, size_t windows, double burst, uint64_t seed);

// quality_answers.cpp
int detect(const char* path, const char* model);
int fit(const char* path, const char* model, const char* origin);

// quality_costs.cpp
void ks(size_t rows, size_t columns, size_t window_rows, uint64_t seed);
int rouge_file(const char* path);
int embed_lines(const char* model, const char* path, bool eight_bits);
int compare_windows(const char* path);
void examine_answers(uint64_t seed);

// quality_bench.cpp: what they share.
/// Prints it; 1.
int complain(std::string_view message);
double cpu_seconds();
std::vector<std::string> lines_of(const char* path);
/// The lexical one without a model.
Result<std::unique_ptr<judge::Embedder>> embedder_of(const char* model);

}  // namespace monitorai::bench
