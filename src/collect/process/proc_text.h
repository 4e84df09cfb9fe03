#pragma once
// The texts of /proc as values (proc(5)). Pure functions over foreign bytes: a file may be cut anywhere, and whoever names a process
// or a file chooses the bytes in it.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/process/process_table.h"

namespace monitorai::collect {

/// /proc/PID/stat. The name is between the first '(' and the last ')': it may hold spaces and parentheses. False when it is no stat line.
bool parse_stat(std::string_view text, uint64_t page_bytes, ProcessStat& out);

/// /proc/PID/cmdline: arguments end with NUL. A process that rewrote its title leaves one text padded with NULs or spaces: that is one
/// argument. Empty arguments in the middle stay; a text without any NUL is one argument.
std::vector<std::string> parse_arguments(std::string_view text);

/// /proc/PID/environ. Entries without '=' are skipped; the first of a name counts, as for getenv(3).
std::map<std::string, std::string> parse_environment(std::string_view text, const std::function<bool(std::string_view)>& wanted);

/// /proc/PID/status: Uid (the real one) and NSpid. Nullopt when there is no Uid line.
std::optional<ProcessOwner> parse_owner(std::string_view text, int64_t pid);

/// /proc/PID/maps.
MappedFiles parse_maps(std::string_view text);

/// True for files that hold a model's weights: *.gguf, *.safetensors, ...
bool is_model_file(std::string_view path);

/// The value in bytes of "Name:   123 kB" lines in smaps_rollup.
std::optional<uint64_t> parse_kilobytes(std::string_view text, std::string_view name);

/// /proc/PID/io: read_bytes and write_bytes.
std::optional<ProcessIo> parse_io(std::string_view text);

/// Appends the listening sockets of /proc/net/tcp or tcp6. Listening sockets come first: false when the text went on to others, so that
/// the rest need not be read.
bool parse_listening(std::string_view text, std::vector<ListeningSocket>& out);

/// "socket:[123]" as 123.
std::optional<uint64_t> parse_socket_link(std::string_view target);

}  // namespace monitorai::collect
