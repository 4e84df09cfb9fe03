#include "collect/gpu/families.h"

#include <gtest/gtest.h>

namespace monitorai::collect {
namespace {

using signals::GpuDevice;
using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

GpuDevice h100() {
  GpuDevice device;
  device.gpu = "gpu0";
  device.gpu_type = "NVIDIA H100 80GB HBM3";
  device.vendor = "nvidia";
  device.utilization_percent = 87;
  device.memory_used_bytes = 20;
  device.memory_total_bytes = 80;
  device.temperature_celsius = 61;
  device.power_watts = 412.5;
  return device;
}

GpuStatus status() {
  GpuStatus out;
  out.service = "monitorai";
  out.service_namespace = "default";
  return out;
}

const MetricFamily* find(const std::vector<MetricFamily>& families, std::string_view name) {
  for (const MetricFamily& family : families)
    if (family.name == name) return &family;
  return nullptr;
}

/// Every point of every family as Prometheus names it.
std::vector<std::string> series(const std::vector<MetricFamily>& families) {
  std::vector<std::string> out;
  for (const MetricFamily& family : families)
    for (const auto& point : family.points)
      out.push_back(fmt::format("{}{}{} {}", family.name, point.suffix, point.labels.text(), point.value));
  return out;
}

TEST(GpuFamilies, the_five_of_the_original_exporter_have_its_names_and_labels) {
  const auto families = gpu_families({{1}, {h100()}, {}}, status());
  const Labels labels{{"gpu", "gpu0"}, {"gpu_type", "NVIDIA H100 80GB HBM3"}, {"service", "monitorai"}, {"namespace", "default"}};
  const auto f = [&](std::string_view name, double want) {
    const MetricFamily* family = find(families, name);
    ASSERT_NE(family, nullptr) << name;
    EXPECT_EQ(family->type, MetricType::gauge);
    ASSERT_EQ(family->points.size(), 1u);
    EXPECT_EQ(family->points[0].labels, labels) << name;
    EXPECT_EQ(family->points[0].value, want) << name;
    EXPECT_EQ(family->points[0].suffix, "");
  };
  f("nvidia_gpu_utilization", 87);
  f("nvidia_gpu_memory_used_bytes", 20);
  f("nvidia_gpu_memory_total_bytes", 80);
  f("nvidia_gpu_temperature", 61);
  f("nvidia_gpu_power_usage", 412.5);
}

TEST(GpuFamilies, what_is_absent_makes_no_series) {
  GpuDevice bare;
  bare.gpu = "gpu0";
  bare.vendor = "nvidia";
  const auto families = gpu_families({{1}, {bare}, {}}, status());
  for (const MetricFamily& family : families) {
    if (!family.name.starts_with("nvidia_gpu_")) continue;
    EXPECT_TRUE(family.name == "nvidia_gpu_suspended" || family.name == "nvidia_gpu_device") << family.name;
  }
}

TEST(GpuFamilies, other_vendors_have_families_of_their_own_with_their_name) {
  GpuDevice amd = h100();
  amd.vendor = "amd";
  const auto families = gpu_families({{1}, {amd}, {}}, status());
  EXPECT_EQ(find(families, "nvidia_gpu_utilization"), nullptr);
  ASSERT_NE(find(families, "gpu_utilization"), nullptr);
  EXPECT_EQ(find(families, "gpu_utilization")->points.at(0).labels.value("vendor"), "amd");
}

TEST(GpuFamilies, events_are_counters_by_kind) {
  GpuDevice device = h100();
  device.energy_joules = 5;
  device.ecc_corrected = 3;
  device.xid_counts = {{79, 2}};
  device.throttle_reasons = 0x4 | 0x40;
  const auto families = gpu_families({{1}, {device}, {}}, status());
  EXPECT_EQ(find(families, "nvidia_gpu_energy_joules")->type, MetricType::counter);
  EXPECT_EQ(find(families, "nvidia_gpu_ecc_errors")->points.size(), 1u) << "uncorrected is absent";
  EXPECT_EQ(find(families, "nvidia_gpu_xid_errors")->points.at(0).labels.value("xid"), "79");
  EXPECT_EQ(find(families, "nvidia_gpu_xid_errors")->points.at(0).suffix, "_total");
  std::vector<std::string> active;
  for (const auto& point : find(families, "nvidia_gpu_throttle_reason")->points)
    if (point.value == 1) active.emplace_back(point.labels.value("reason"));
  EXPECT_EQ(active, (std::vector<std::string>{"sw_power_cap", "hw_thermal_slowdown"}));
  EXPECT_EQ(find(families, "nvidia_gpu_throttle_reason")->points.size(), throttle_reasons().size());
}

TEST(GpuFamilies, sources_tell_where_numbers_come_from_and_how_they_do) {
  GpuStatus sick = status();
  GpuSourceStatus nvml;
  nvml.hangs = 2;
  nvml.abandoned_threads = 1;
  nvml.age_seconds = 12;
  nvml.errors = {{"gpu_is_lost", 3}};
  sick.sources.push_back(nvml);
  sick.info_files.refused[static_cast<size_t>(GpuInfoRefusal::symlink)] = 4;
  const auto all = series(gpu_families({{1}, {h100()}, {}}, sick));
  const auto f = [&](const std::string& want) { EXPECT_EQ(std::count(all.begin(), all.end(), want), 1) << want; };
  f(R"(monitorai_gpu_source_info{gpu="gpu0", source="nvml"} 1)");
  f(R"(monitorai_gpu_source_up{source="nvml"} 0)");
  f(R"(monitorai_gpu_sample_hangs_total{source="nvml"} 2)");
  f(R"(monitorai_gpu_sample_abandoned_threads{source="nvml"} 1)");
  f(R"(monitorai_gpu_sample_age_seconds{source="nvml"} 12)");
  f(R"(monitorai_gpu_sample_errors_total{reason="gpu_is_lost", source="nvml"} 3)");
  f(R"(monitorai_gpu_info_files_refused_total{reason="symlink"} 4)");
  f(R"(monitorai_gpu_info_files_refused_total{reason="stale"} 0)");
}

TEST(GpuFamilies, every_family_has_help_a_valid_name_and_a_unit_that_ends_it) {
  GpuDevice nvidia = h100(), amd = h100();
  amd.vendor = "amd";
  for (GpuDevice* device : {&nvidia, &amd}) {
    device->energy_joules = device->fan_percent = device->sm_clock_hertz = device->power_limit_watts = 1;
    device->ecc_corrected = device->throttle_reasons = 1;
    device->performance_state = "P2";
  }
  std::vector<std::string> names;
  for (const MetricFamily& family : gpu_families({{1}, {nvidia, amd}, {}}, status())) {
    EXPECT_TRUE(signals::valid_metric_name(family.name)) << family.name;
    EXPECT_TRUE(family.help.ends_with('.')) << family.name;
    EXPECT_TRUE(family.unit.empty() || family.name.ends_with("_" + family.unit)) << family.name;
    EXPECT_FALSE(family.name.ends_with("_total") || family.name.ends_with("_info")) << family.name << ": the suffix is the point's";
    EXPECT_FALSE(family.points.empty()) << family.name;
    names.push_back(family.name);
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << "a family twice";
}

}  // namespace
}  // namespace monitorai::collect
