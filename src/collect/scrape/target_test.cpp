#include "collect/scrape/target.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

using signals::Labels;

RelabelRule rule(RelabelSettings settings) { return std::move(RelabelRule::make(std::move(settings))).value(); }

TEST(Target, gets_its_address_as_instance_and_loses_what_begins_with_underscores) {
  const ScrapeSettings job{.job_name = "node", .params = {{"module", {"http 2xx"}}}};
  const auto target = make_target(job, "box:9100", Labels{{"env", "dev"}});
  ASSERT_TRUE(target && *target);
  EXPECT_EQ((*target)->url, "http://box:9100/metrics?module=http%202xx");
  EXPECT_EQ((*target)->labels.text(), R"({env="dev", instance="box:9100", job="node"})");
  EXPECT_EQ((*target)->discovered_labels.value("__param_module"), "http 2xx");
}

TEST(Target, follows_what_relabelling_made_of_it) {
  ScrapeSettings job{.job_name = "node"};
  job.relabel_configs.push_back(rule({.source_labels = {"__address__"}, .target_label = "instance"}));
  job.relabel_configs.push_back(rule({.target_label = "__address__", .replacement = "proxy:80"}));
  job.relabel_configs.push_back(rule({.target_label = "__scheme__", .replacement = "https"}));
  job.relabel_configs.push_back(rule({.target_label = "__metrics_path__", .replacement = "probe"}));
  job.relabel_configs.push_back(rule({.target_label = "__param_target", .replacement = "a/b"}));
  job.relabel_configs.push_back(rule({.target_label = "__scrape_interval__", .replacement = "5s"}));
  const auto target = make_target(job, "box:9100", {});
  ASSERT_TRUE(target && *target);
  EXPECT_EQ((*target)->url, "https://proxy:80/probe?target=a%2Fb");
  EXPECT_EQ((*target)->labels.text(), R"({instance="box:9100", job="node"})");
  EXPECT_EQ((*target)->interval.count(), 5000);
  EXPECT_EQ((*target)->timeout.count(), 5000) << "a timeout is never longer than the interval";
}

TEST(Target, can_be_dropped_by_a_rule_and_refused_for_a_bad_address) {
  ScrapeSettings dropping{.job_name = "node"};
  dropping.relabel_configs.push_back(rule({.source_labels = {"__address__"}, .regex = "box.*", .action = "drop"}));
  const auto dropped = make_target(dropping, "box:9100", {});
  ASSERT_TRUE(dropped);
  EXPECT_FALSE(*dropped);
  const ScrapeSettings job{.job_name = "node"};
  for (const std::string bad : {"", "box:9100/metrics", "http://box", "a b", "user@box"}) EXPECT_FALSE(make_target(job, bad, {})) << bad;
  EXPECT_FALSE(make_target({.job_name = "x", .scheme = "ftp"}, "box:1", {}));
}

}  // namespace
}  // namespace monitorai::collect
