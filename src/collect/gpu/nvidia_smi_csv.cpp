#include "collect/gpu/nvidia_smi_csv.h"

#include <cmath>

#include "base/text.h"
#include "collect/gpu/pci.h"

namespace monitorai::collect {
namespace {

using signals::GpuDevice;

constexpr std::array<std::string_view, 23> kGpuColumns{"index",
                                                       "name",
                                                       "uuid",
                                                       "pci.bus_id",
                                                       "driver_version",
                                                       "utilization.gpu",
                                                       "utilization.memory",
                                                       "memory.total",
                                                       "memory.used",
                                                       "memory.reserved",
                                                       "temperature.gpu",
                                                       "temperature.memory",
                                                       "power.draw",
                                                       "enforced.power.limit",
                                                       "fan.speed",
                                                       "clocks.sm",
                                                       "clocks.mem",
                                                       "pcie.link.gen.current",
                                                       "pcie.link.width.current",
                                                       "ecc.errors.corrected.volatile.total",
                                                       "ecc.errors.uncorrected.volatile.total",
                                                       "clocks_throttle_reasons.active",
                                                       "pstate"};
constexpr std::array<std::string_view, 8> kBasicGpuColumns{
    "index", "name", "uuid", "utilization.gpu", "memory.used", "memory.total", "temperature.gpu", "power.draw"};
constexpr std::array<std::string_view, 4> kProcessColumns{"pid", "process_name", "used_memory", "gpu_uuid"};
constexpr std::array<std::string_view, 3> kBasicProcessColumns{"pid", "process_name", "used_memory"};

/// Headers that differ from what was asked.
struct Alias {
  std::string_view printed, asked;
};
constexpr std::array<Alias, 5> kAliases{{{"used_gpu_memory", "used_memory"},
                                         {"clocks.current.sm", "clocks.sm"},
                                         {"clocks.current.memory", "clocks.mem"},
                                         {"clocks_event_reasons.active", "clocks_throttle_reasons.active"},
                                         {"gpu_name", "name"}}};

struct Column {
  std::string name;
  std::string unit;  ///< from the header: "memory.used [MiB]"
};

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array<Unit, 12> kUnits{{{"%", 1},
                                       {"W", 1},
                                       {"mW", 1e-3},
                                       {"C", 1},
                                       {"MHz", 1e6},
                                       {"GHz", 1e9},
                                       {"kHz", 1e3},
                                       {"B", 1},
                                       {"KiB", 1024},
                                       {"MiB", 1048576},
                                       {"GiB", 1073741824},
                                       {"MB", 1048576}}};

/// What a column's numbers mean when neither header nor value names a unit.
std::string_view default_unit(std::string_view column) {
  if (column.starts_with("memory.") || column == "used_memory") return "MiB";
  if (column.starts_with("clocks.")) return "MHz";
  return "";
}

std::optional<double> factor_of(std::string_view unit) {
  if (unit.empty()) return 1;
  for (const Unit& known : kUnits)
    if (known.name == unit) return known.factor;
  return std::nullopt;
}

std::optional<double> hexadecimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size() || value >= uint64_t{1} << 53) return std::nullopt;
  return static_cast<double>(value);
}

/// "1234", "1234 MiB", "45 %", "0x0000000000000004": a finite number >= 0 in base units; everything else is absent.
std::optional<double> value_of(std::string_view cell, const Column& column) {
  if (cell.empty() || cell.front() < '0' || cell.front() > '9') return std::nullopt;
  if (cell.starts_with("0x")) return hexadecimal(cell);
  const size_t end = cell.find_first_not_of("0123456789.");
  const auto number = parse_number(cell.substr(0, end));
  std::string_view unit = end == std::string_view::npos ? std::string_view() : trim(cell.substr(end));
  if (unit.empty()) unit = column.unit.empty() ? default_unit(column.name) : std::string_view(column.unit);
  const auto factor = factor_of(unit);
  if (!number || !factor || !std::isfinite(*number * *factor)) return std::nullopt;
  return *number * *factor;
}

Column column_of(std::string_view header) {
  Column column;
  const size_t bracket = header.find('[');
  column.name = lower(trim(header.substr(0, bracket)));
  if (bracket != std::string_view::npos) column.unit = trim(header.substr(bracket + 1, header.find(']', bracket) - bracket - 1));
  for (const Alias& alias : kAliases)
    if (column.name == alias.printed) column.name = alias.asked;
  return column;
}

/// Rows of a CSV text below its header, cells trimmed, each row as long as the header.
class Table {
 public:
  /// `free_text` names the column whose values may have commas in them.
  Table(std::string_view csv, std::span<const std::string_view> asked, std::string_view free_text) {
    for (const std::string_view name : asked) columns_.push_back({std::string(name), ""});
    bool first = true;
    for (const std::string_view line : split(csv, '\n')) {
      if (trim(line).empty()) continue;
      std::vector<std::string_view> cells = split(line, ',');
      for (std::string_view& cell : cells) cell = trim(cell);
      if (std::exchange(first, false) && is_header(cells)) {
        columns_.clear();
        for (const std::string_view cell : cells) columns_.push_back(column_of(cell));
        continue;
      }
      if (rows_.size() < kSmiRowsMax && fit(cells, free_text)) rows_.push_back(std::move(cells));
    }
  }

  size_t rows() const { return rows_.size(); }

  std::string_view text(size_t row, std::string_view name) const {
    const std::optional<size_t> at = find(name);
    return at && !rows_[row][*at].starts_with('[') && rows_[row][*at] != "N/A" ? rows_[row][*at] : std::string_view();
  }
  std::optional<double> number(size_t row, std::string_view name) const {
    const std::optional<size_t> at = find(name);
    return at ? value_of(rows_[row][*at], columns_[*at]) : std::nullopt;
  }
  std::optional<uint64_t> integer(size_t row, std::string_view name, uint64_t max) const {
    const auto value = number(row, name);
    return value && *value <= static_cast<double>(max) ? std::optional(static_cast<uint64_t>(*value)) : std::nullopt;
  }
  std::optional<double> percent(size_t row, std::string_view name) const {
    const auto value = number(row, name);
    return value <= 100.0 ? value : std::nullopt;
  }

 private:
  bool is_header(const std::vector<std::string_view>& cells) const {
    return cells.size() <= kSmiColumnsMax && std::any_of(cells.begin(), cells.end(), [&](std::string_view cell) {
             const std::string name = column_of(cell).name;
             return std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) { return column.name == name; });
           });
  }

  std::optional<size_t> find(std::string_view name) const {
    for (size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].name == name) return i;
    return std::nullopt;
  }

  /// Takes surplus cells into the free-text column; false for a row of another shape: no row of this table.
  bool fit(std::vector<std::string_view>& cells, std::string_view free_text) const {
    if (cells.size() == columns_.size()) return true;
    const auto at = find(free_text);
    if (!at || cells.size() < columns_.size()) return false;
    const auto begin = cells.begin() + static_cast<ptrdiff_t>(*at + 1);
    cells.erase(begin, begin + static_cast<ptrdiff_t>(cells.size() - columns_.size()));
    return true;
  }

  std::vector<Column> columns_;
  std::vector<std::vector<std::string_view>> rows_;
};

constexpr uint64_t kBytesMax = uint64_t{1} << 50;
constexpr uint64_t kCountMax = uint64_t{1} << 52;
constexpr uint64_t kIndexMax = 1023;

GpuDevice device_of(const Table& table, size_t row, uint64_t next_index) {
  GpuDevice device;
  device.gpu = fmt::format("gpu{}", table.integer(row, "index", kIndexMax).value_or(next_index));
  device.gpu_type = to_valid_utf8(table.text(row, "name"));
  device.uuid = to_valid_utf8(table.text(row, "uuid"));
  device.pci = normal_pci_address(to_valid_utf8(table.text(row, "pci.bus_id")));
  device.driver = to_valid_utf8(table.text(row, "driver_version"));
  device.vendor = "nvidia";
  device.source = signals::GpuSource::nvidia_smi;
  device.utilization_percent = table.percent(row, "utilization.gpu");
  device.memory_utilization_percent = table.percent(row, "utilization.memory");
  device.memory_used_bytes = table.integer(row, "memory.used", kBytesMax);
  device.memory_total_bytes = table.integer(row, "memory.total", kBytesMax);
  device.memory_reserved_bytes = table.integer(row, "memory.reserved", kBytesMax);
  device.temperature_celsius = table.number(row, "temperature.gpu");
  device.memory_temperature_celsius = table.number(row, "temperature.memory");
  device.power_watts = table.number(row, "power.draw");
  device.power_limit_watts = table.number(row, "enforced.power.limit");
  device.fan_percent = table.number(row, "fan.speed");
  device.sm_clock_hertz = table.number(row, "clocks.sm");
  device.memory_clock_hertz = table.number(row, "clocks.mem");
  device.pcie_generation = table.integer(row, "pcie.link.gen.current", kIndexMax);
  device.pcie_width = table.integer(row, "pcie.link.width.current", kIndexMax);
  device.ecc_corrected = table.integer(row, "ecc.errors.corrected.volatile.total", kCountMax);
  device.ecc_uncorrected = table.integer(row, "ecc.errors.uncorrected.volatile.total", kCountMax);
  device.throttle_reasons = table.integer(row, "clocks_throttle_reasons.active", kCountMax);
  if (const std::string_view state = table.text(row, "pstate"); state.starts_with('P') && state.size() <= 3)
    device.performance_state = state;
  return device;
}

}  // namespace

std::span<const std::string_view> smi_gpu_columns() { return kGpuColumns; }
std::span<const std::string_view> smi_basic_gpu_columns() { return kBasicGpuColumns; }
std::span<const std::string_view> smi_process_columns() { return kProcessColumns; }
std::span<const std::string_view> smi_basic_process_columns() { return kBasicProcessColumns; }

std::vector<GpuDevice> parse_smi_gpus(std::string_view csv, std::span<const std::string_view> asked) {
  const Table table(csv, asked, "name");
  std::vector<GpuDevice> devices;
  for (size_t row = 0; row < table.rows(); ++row) {
    GpuDevice device = device_of(table, row, devices.size());
    const bool is_gpu = table.integer(row, "index", kIndexMax) || !device.uuid.empty() || device.memory_total_bytes;
    const bool is_new = std::none_of(devices.begin(), devices.end(), [&](const GpuDevice& known) { return known.gpu == device.gpu; });
    if (is_gpu && is_new) devices.push_back(std::move(device));
  }
  return devices;
}

std::vector<SmiProcess> parse_smi_processes(std::string_view csv, std::span<const std::string_view> asked) {
  constexpr uint64_t kPidMax = uint64_t{1} << 32;
  const Table table(csv, asked, "process_name");
  std::vector<SmiProcess> processes;
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto pid = table.integer(row, "pid", kPidMax);
    if (!pid || *pid == 0) continue;
    processes.push_back(
        {static_cast<int64_t>(*pid), to_valid_utf8(table.text(row, "gpu_uuid")), table.integer(row, "used_memory", kBytesMax)});
  }
  return processes;
}

}  // namespace monitorai::collect
