#include "app/commands/ps_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"

namespace monitorai::app {
namespace {

using signals::Process;
using signals::ProcessSnapshot;

constexpr std::string_view kBold = "\033[1m", kDim = "\033[2m", kGreen = "\033[32m", kYellow = "\033[33m", kRed = "\033[31m", kReset = "\033[0m";
constexpr std::string_view kAbsent = "-";
constexpr size_t kColumnGap = 2;
constexpr size_t kNameWidthMax = 32, kModelWidthMax = 40;

/// Characters, as far as one code point is one column.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

std::string cut(std::string_view text, size_t width) {
  if (width_of(text) <= width) return std::string(text);
  std::string out;
  size_t columns = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u && ++columns >= width) break;
    out += text[i];
  }
  return width == 0 ? std::string() : out + "…";
}

/// Control characters of foreign names must not reach a terminal.
std::string printable(std::string_view text) {
  std::string out = to_valid_utf8(text);
  std::replace_if(out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

std::string age(std::chrono::milliseconds passed) {
  const int64_t seconds = std::max<int64_t>(0, passed.count() / 1000);
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d{:02}h", seconds / 86'400, seconds / 3600 % 24);
}

std::string bytes_text(const std::optional<uint64_t>& bytes) { return bytes ? format_bytes(static_cast<double>(*bytes)) : std::string(kAbsent); }

/// Since its start where no two scans were made, as ps(1) has it.
std::string cpu_text(const Process& process, TimeMs now) {
  std::optional<double> percent = process.cpu_percent;
  const double lived = static_cast<double>((now - process.started).count()) / 1000;
  if (!percent && process.cpu_seconds && lived > 0) percent = 100 * *process.cpu_seconds / lived;
  if (!percent) return std::string(kAbsent);
  return fmt::format("{:.{}f}%", *percent, *percent < 100 ? 1 : 0);
}

std::string ports_text(const std::vector<signals::ListeningPort>& ports) {
  std::set<uint16_t> numbers;
  for (const signals::ListeningPort& port : ports) numbers.insert(port.port);
  return numbers.empty() ? std::string(kAbsent) : fmt::format("{}", fmt::join(numbers, ","));
}

std::string gpu_text(const Process& process) {
  std::optional<uint64_t> sum;
  std::vector<std::string> names;
  for (const signals::ProcessGpuUse& use : process.gpus) {
    if (use.memory_bytes) sum = sum.value_or(0) + *use.memory_bytes;
    names.push_back(use.gpu);
  }
  if (names.empty()) return std::string(kAbsent);
  return fmt::format("{} {}", sum ? format_bytes(static_cast<double>(*sum)) : std::string("?"), join(names, ","));
}

std::string or_absent(const std::string& text) { return text.empty() ? std::string(kAbsent) : printable(text); }

struct Row {
  std::vector<std::string> cells;
  std::string_view colour;
};

constexpr std::array<std::string_view, 11> kHeadings{"PID", "NAME", "FRAMEWORK", "MODEL", "ROLE", "CPU", "MEMORY", "GPU MEMORY", "PORTS", "AGE", "USER"};
constexpr std::array<bool, 11> kRight{true, false, false, false, false, true, true, true, false, true, false};

Row row_of(const Process& process, TimeMs now, const std::string& branch) {
  Row row;
  std::string name = branch + printable(process.name);
  if (process.is_simulated) name += " (simulated)";
  if (process.is_orphan) name += " (orphan)";
  std::string role = process.verdict.role.empty() ? std::string(kAbsent) : process.verdict.role;
  row.cells = {fmt::format("{}", process.id.pid),
               cut(name, kNameWidthMax),
               or_absent(process.verdict.framework),
               cut(process.verdict.model.empty() ? "unknown" : printable(process.verdict.model), kModelWidthMax),
               std::move(role),
               cpu_text(process, now),
               bytes_text(process.memory_bytes),
               gpu_text(process),
               ports_text(process.ports),
               age(now - process.started),
               or_absent(process.user)};
  row.colour = process.is_orphan ? kRed : !process.verdict.is_llm ? kDim : process.is_root ? kGreen : std::string_view{};
  return row;
}

/// Processes in the order of a tree: roots by pid, each followed by what it started.
class Tree {
 public:
  explicit Tree(const ProcessSnapshot& snapshot) : snapshot_(snapshot) {
    std::set<int64_t> pids;
    for (const Process& process : snapshot.processes) pids.insert(process.id.pid);
    std::map<std::string, int64_t> roots;
    for (const Process& process : snapshot.processes)
      if (process.is_root) roots[process.service] = process.id.pid;
    for (const Process& process : snapshot.processes) {
      int64_t parent = 0;
      if (pids.contains(process.parent_pid)) {
        parent = process.parent_pid;
      } else if (const auto root = roots.find(process.service); root != roots.end() && root->second != process.id.pid) {
        parent = root->second;  // a wrapper stands between
      }
      children_[parent].push_back(&process);
    }
  }

  std::vector<Row> rows() {
    std::vector<Row> rows;
    for (const Process* root : children_[0]) walk(*root, "", "", rows, 0);
    return rows;
  }

 private:
  void walk(const Process& process, const std::string& branch, const std::string& below, std::vector<Row>& rows, size_t depth) {
    rows.push_back(row_of(process, snapshot_.time, branch));
    const auto found = children_.find(process.id.pid);
    if (found == children_.end() || depth > collect::kAncestorsMax) return;
    for (size_t i = 0; i < found->second.size(); ++i) {
      const bool last = i + 1 == found->second.size();
      walk(*found->second[i], below + (last ? "└ " : "├ "), below + (last ? "  " : "│ "), rows, depth + 1);
    }
  }

  const ProcessSnapshot& snapshot_;
  std::map<int64_t, std::vector<const Process*>> children_;
};

std::string print(const std::vector<Row>& rows, const TableStyle& style) {
  std::array<size_t, kHeadings.size()> widths{};
  for (size_t c = 0; c < kHeadings.size(); ++c) {
    widths[c] = kHeadings[c].size();
    for (const Row& row : rows) widths[c] = std::max(widths[c], width_of(row.cells[c]));
  }
  std::string out;
  const auto line = [&](const auto& cells, std::string_view colour) {
    std::string text;
    for (size_t c = 0; c < widths.size(); ++c) {
      const size_t pad = widths[c] - width_of(cells[c]);
      if (kRight[c]) text.append(pad, ' ');
      text += cells[c];
      if (c + 1 == widths.size()) break;
      if (!kRight[c]) text.append(pad, ' ');
      text.append(kColumnGap, ' ');
    }
    if (style.width > 0) text = cut(text, style.width);
    if (style.colours && !colour.empty()) text = fmt::format("{}{}{}", colour, text, kReset);
    out += text;
    out += '\n';
  };
  line(kHeadings, kBold);
  for (const Row& row : rows) line(row.cells, row.colour);
  return out;
}

}  // namespace

std::string process_table(const ProcessSnapshot& snapshot, const TableStyle& style) {
  if (snapshot.processes.empty())
    return fmt::format("no LLM process found among {}: start one, or try `monitorai demo`\n", snapshot.scanned);
  return print(Tree(snapshot).rows(), style);
}

std::string explanation_text(const collect::ProcessCollector::Explanation& explanation, const TableStyle& style) {
  const Process& process = explanation.process;
  const signals::Verdict& verdict = process.verdict;
  const auto paint = [&](std::string_view colour, std::string_view text) {
    return style.colours ? fmt::format("{}{}{}", colour, text, kReset) : std::string(text);
  };
  std::string out;
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format("{:<12} {}\n", name, printable(value));
  };
  std::string judgement = verdict.is_llm ? "an LLM process" : verdict.is_ai ? "AI of another kind, not an LLM" : "not an LLM process";
  out += fmt::format("process {} ({}) is {}\n", process.id.pid, printable(process.name), paint(verdict.is_llm ? kGreen : kYellow, judgement));
  line("framework", verdict.framework);
  line("model", verdict.model);
  line("model ref", verdict.model_ref == verdict.model ? std::string() : verdict.model_ref);
  line("role", verdict.role);
  line("command", process.command_line);
  line("executable", explanation.executable);
  line("started by", join(explanation.ancestors, " < "));
  line("user", process.user);
  line("container", process.container);
  line("unit", process.systemd_unit);
  if (process.is_simulated) line("simulated", "started by `monitorai demo`");
  if (explanation.is_kernel_thread) {
    out += "it is a thread of the kernel: those are not judged\n";
    return out;
  }
  if (verdict.reasons.empty()) {
    out += "no evidence speaks for or against it: nothing of it is known to any runtime's signature\n";
    return out;
  }
  out += "evidence (weight, kind, reason):\n";
  for (const signals::Reason& reason : verdict.reasons)
    out += fmt::format("  {} {:<12} {}\n", paint(reason.weight > 0 ? kGreen : reason.weight < 0 ? kRed : kDim, fmt::format("{:>+5.1f}", reason.weight)),
                       reason.evidence, printable(reason.text));
  return out;
}

}  // namespace monitorai::app
