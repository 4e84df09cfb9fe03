#include "collect/process/argv.h"

#include "base/text.h"

namespace monitorai::collect {
namespace {

char normal_char(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' ? '-' : c;
}

template <size_t N>
bool one_of(std::string_view text, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

// Programs that load another program into their own process image.
bool is_loader(std::string_view name) {
  return name == "ape" || name.starts_with("ape-") || name.starts_with(".ape-") || name.starts_with("ld-linux") ||
         name.starts_with("ld-musl") || name.starts_with("qemu-x86") || name.starts_with("qemu-aarch64") || name == "box64" ||
         name == "fex" || name == "wine" || name == "wine64" || name == "wine-preloader" || name == "wine64-preloader";
}

constexpr std::string_view kPythonOptionsWithValue[] = {"-W", "-X", "--check-hash-based-pycs", "--require", "-Q"};
constexpr std::string_view kNodeOptionsWithValue[] = {
    "-r", "--require", "--import", "--loader", "--experimental-loader", "--inspect-port", "-C", "--conditions", "--env-file", "--title"};
constexpr std::string_view kJavaOptionsWithValue[] = {"-cp",           "-classpath",    "--class-path", "-p",
                                                      "--module-path", "--add-modules", "--add-opens",  "--add-exports"};

// Servers and runners that import an application given as an argument, `package.module:attribute` or a file.
constexpr std::string_view kHosts[] = {"uvicorn",   "gunicorn", "hypercorn", "granian", "daphne",  "waitress-serve", "fastapi",   "flask",
                                       "streamlit", "chainlit", "gradio",    "celery",  "bentoml", "litserve",       "starlette", "robyn"};
constexpr std::string_view kHostCommands[] = {"run", "dev", "serve", "worker"};
// Modules that run another script inside the same process.
constexpr std::string_view kInProcessRunners[] = {"cprofile", "profile", "trace",     "pdb",   "ipdb",    "debugpy",
                                                  "coverage", "memray",  "viztracer", "runpy", "kernprof"};

bool is_flag(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

void resolve_python(std::span<const std::string> arguments, Program& out);

void set_script(std::string_view path, std::span<const std::string> rest, Program& out) {
  out.kind = Program::Kind::script;
  out.path = forward_slashes(path);
  out.name = program_name(path);
  // python some_package_directory/ runs its __main__.py.
  if (out.name == "--main--" || out.name.empty()) out.name = program_name(dirname(out.path));
  out.arguments = rest;
}

void set_module(std::string_view name, std::span<const std::string> rest, Program& out) {
  out.kind = Program::Kind::module;
  out.name = normalised(name);
  if (out.name.ends_with(".--main--")) out.name.resize(out.name.size() - 9);
  out.arguments = rest;
}

// `uvicorn [--options] package.module:app`, `streamlit run app.py`: the application becomes the program, the arguments stay whole.
void look_through_host(Program& out) {
  std::string name = out.name;
  if (out.kind == Program::Kind::module) name = name.substr(0, name.find('.'));
  if (!one_of(std::string_view(name), kHosts)) return;
  out.host = name;
  const auto all = out.arguments;
  std::string_view application;
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string_view word = all[i];
    if (word == "-A" || word == "--app") {
      if (i + 1 < all.size()) application = all[i + 1];
      break;
    }
    if (word.starts_with("--app=")) {
      application = word.substr(6);
      break;
    }
    if (is_flag(word) || one_of(word, kHostCommands)) continue;
    const size_t colon = word.find(':');
    const bool names_an_attribute = colon != std::string_view::npos && colon > 1 && colon + 1 < word.size() &&
                                    word.find('/') == std::string_view::npos && !(word[colon + 1] >= '0' && word[colon + 1] <= '9');
    if (names_an_attribute || word.ends_with(".py")) {
      application = word;
      break;
    }
  }
  if (application.empty()) return;
  if (application.ends_with(".py")) {
    set_script(application, all, out);
  } else {
    set_module(application.substr(0, application.find(':')), all, out);
  }
}

// `python -m cProfile -o x script.py ...`, `python -m debugpy --listen 5678 -m module ...`: continue with what runs inside.
bool look_through_runner(Program& out) {
  if (!one_of(std::string_view(out.name), kInProcessRunners)) return false;
  const auto all = out.arguments;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] == "-m" || all[i].ends_with(".py") || all[i] == "-c") {
      resolve_python(all.subspan(i), out);
      return true;
    }
  }
  return false;
}

void resolve_python(std::span<const std::string> arguments, Program& out) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    const auto after = [&](size_t n) { return arguments.subspan(std::min(i + n, arguments.size())); };
    if (!is_flag(word)) {
      if (word == "-") {  // the source comes from stdin; sys.argv is what follows
        out.kind = Program::Kind::interactive;
        out.arguments = after(1);
        return;
      }
      set_script(word, after(1), out);
      look_through_host(out);
      look_through_runner(out);
      return;
    }
    if (word.starts_with("--")) {
      if (one_of(word, kPythonOptionsWithValue)) ++i;
      continue;
    }
    // A cluster of one-letter options; -m, -c, -W and -X take what follows them, attached or not.
    const size_t taker = word.find_first_of("mcWX", 1);
    if (taker == std::string_view::npos) continue;
    const std::string_view attached = word.substr(taker + 1);
    if (word[taker] == 'W' || word[taker] == 'X') {
      if (attached.empty()) ++i;
      continue;
    }
    if (attached.empty() && i + 1 >= arguments.size()) break;
    const std::string_view value = attached.empty() ? std::string_view(arguments[i + 1]) : attached;
    const auto rest = after(attached.empty() ? 2 : 1);
    if (word[taker] == 'c') {
      out.kind = Program::Kind::source;
      out.name.clear();
      out.source = value;
      out.arguments = rest;
      return;
    }
    set_module(value, rest, out);
    look_through_host(out);
    look_through_runner(out);
    return;
  }
  out.kind = Program::Kind::interactive;
  out.arguments = {};
}

template <size_t N>
void resolve_other_interpreter(std::span<const std::string> arguments, const std::string_view (&with_value)[N], Program& out) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "-jar" && i + 1 < arguments.size()) {
      set_script(arguments[i + 1], arguments.subspan(i + 2), out);
      return;
    }
    if (is_flag(word)) {
      if (one_of(word, with_value)) ++i;
      continue;
    }
    if (out.interpreter == "java") {
      set_module(word, arguments.subspan(i + 1), out);
    } else {
      set_script(word, arguments.subspan(i + 1), out);
    }
    return;
  }
  out.kind = Program::Kind::interactive;
}

bool is_title(const Evidence& evidence) {
  const std::string& first = evidence.argv.front();
  if (evidence.argv.size() != 1) return false;
  if (first.find("::") != std::string::npos) return true;
  // "postgres: app modeldb", "gunicorn: master [app:app]": a word, a colon, a space; no path is written so.
  const size_t colon = first.find(": ");
  return colon != std::string::npos && first.find('/') > colon && first.find('\\') > colon;
}

}  // namespace

std::string normalised(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = normal_char(c);
  return out;
}

std::string forward_slashes(std::string_view path) {
  std::string out(path);
  for (char& c : out)
    if (c == '\\') c = '/';
  return out;
}

std::string program_name(std::string_view path) {
  while (path.size() > 1 && (path.back() == '/' || path.back() == '\\')) path.remove_suffix(1);
  std::string name = normalised(basename(path));
  const auto drop = [&](std::string_view suffix) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  };
  drop(" (deleted)");
  drop(".exe");
  drop("-script.py");
  for (const std::string_view suffix : {".py", ".pyc", ".pyz", ".pex", ".cmd", ".js", ".mjs", ".ts"}) drop(suffix);
  if (name.size() > 9 && name.front() == '.' && name.ends_with("-wrapped")) name = name.substr(1, name.size() - 9);
  return name;
}

std::string_view interpreter_name(std::string_view program) {
  const auto versioned = [&](std::string_view base) {
    return program.starts_with(base) && program.find_first_not_of("0123456789.tdmw", base.size()) == std::string_view::npos;
  };
  if (versioned("python") || versioned("pypy") || program == "pythonw") return "python";
  if (program == "node" || program == "nodejs" || program == "bun" || program == "deno") return "node";
  if (program == "java" || program == "javaw") return "java";
  if (versioned("ruby")) return "ruby";
  if (versioned("perl")) return "perl";
  return {};
}

Program resolve_program(const Evidence& evidence) {
  Program out;
  if (evidence.argv.empty() || (evidence.argv.size() == 1 && evidence.argv[0].empty())) return out;
  const std::span<const std::string> argv = evidence.argv;
  if (is_title(evidence)) {
    out.kind = Program::Kind::title;
    out.name = argv[0];
    // The title may have been cut to the room of a short argv; the kernel's copy of it holds up to 15 bytes.
    if (evidence.comm.size() > out.name.size() && evidence.comm.starts_with(out.name)) out.name = evidence.comm;
    return out;
  }
  const std::string first = program_name(argv[0]);
  std::string name = evidence.exe.empty() ? first : program_name(evidence.exe);
  std::span<const std::string> rest = argv.subspan(1);

  if (is_loader(name)) {
    // The loader may stand in argv[0] or only in exe.
    size_t at = is_loader(first) ? 1 : 0;
    while (at < argv.size() && is_flag(argv[at]))
      at += argv[at] == "--library-path" || argv[at] == "--argv0" || argv[at] == "--preload" ? 2 : 1;
    if (at >= argv.size()) at = 0;
    out.path = forward_slashes(argv[at]);
    name = program_name(argv[at]);
    rest = argv.subspan(at + 1);
  } else {
    out.path = forward_slashes(evidence.exe.empty() ? std::string_view(argv[0]) : std::string_view(evidence.exe));
  }

  out.interpreter = interpreter_name(name);
  if (out.interpreter.empty()) {
    out.kind = Program::Kind::native;
    out.arguments = rest;
    if (first != name && &rest.front() == &argv[1]) out.other_name = first;
    out.name = std::move(name);
    return out;
  }
  if (interpreter_name(first).empty() && !is_loader(first)) {
    // The interpreter runs under the script's name.
    if (out.interpreter == "python") {
      set_script(argv[0], rest, out);
      look_through_host(out);
      return out;
    }
  }
  if (out.interpreter == "python") {
    resolve_python(rest, out);
  } else if (out.interpreter == "java") {
    resolve_other_interpreter(rest, kJavaOptionsWithValue, out);
  } else {
    resolve_other_interpreter(rest, kNodeOptionsWithValue, out);
  }
  return out;
}

}  // namespace monitorai::collect
