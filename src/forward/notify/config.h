#pragma once
// The configuration of notifying: a file in Alertmanager's own format, so that one may be moved here and back.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "forward/notify/inhibition.h"
#include "forward/notify/receiver.h"
#include "forward/notify/route.h"
#include "forward/notify/time_interval.h"
#include "yaml/yaml.h"

namespace monitorai::forward {

inline constexpr size_t kNotifyFileBytesMax = size_t{4} << 20;
inline constexpr size_t kTemplateFileBytesMax = size_t{1} << 20;
inline constexpr size_t kTemplateFilesMax = 100;

struct NotifyConfig {
  std::chrono::milliseconds resolve_timeout{300'000};
  Route route;
  std::vector<Receiver> receivers;
  std::vector<InhibitRule> inhibit_rules;
  std::map<std::string, std::vector<TimeInterval>> time_intervals;
  std::vector<std::string> templates;  ///< the texts of the template files
  std::string shown;                   ///< the file as YAML, its secrets replaced by <secret>

  const Receiver* receiver(std::string_view name) const;
};

/// Either a configuration or problems.
struct ReadNotifyConfig {
  NotifyConfig config;
  std::vector<yaml::Problem> problems;  ///< where: "file:line:column"
};

/// Paths in it count from the folder of `file`. Templates are parsed; secrets are not read. Thread: any.
ReadNotifyConfig read_notify_config(std::string_view text, const std::string& file);
ReadNotifyConfig read_notify_file(const std::string& file);

}  // namespace monitorai::forward
