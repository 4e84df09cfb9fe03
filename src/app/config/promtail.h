#pragma once
// Reads `scrape_configs` as an existing promtail.yml has them. Fields and stages of promtail that are not known here are problems with
// their line and the nearest name, so that nothing is dropped silently.

#include <vector>

#include "app/config/yaml.h"
#include "collect/logs/follow_settings.h"
#include "collect/logs/pipeline/stage_settings.h"

namespace monitorai::app {

inline constexpr size_t kPromtailJobsMax = 1000;

/// The list behind `scrape_configs:`. Problems name file, line and field; jobs with problems are left out.
std::vector<collect::FollowJob> read_promtail_jobs(const YamlNode& list, std::string_view file, std::vector<Problem>& problems);

/// The scrape_configs of a promtail.yml; what else stands in it (server, clients, positions, ...) is its own business.
std::vector<collect::FollowJob> read_promtail_file(const std::string& path, std::vector<Problem>& problems);

/// One list of pipeline_stages. For tests and fuzzing.
std::vector<collect::StageSettings> read_pipeline_stages(const YamlNode& list, std::string_view file, std::vector<Problem>& problems);

/// Go templates of stages, by the engine of LogQL's line_format.
Result<collect::FieldTemplate> compile_field_template(std::string_view text);

}  // namespace monitorai::app
