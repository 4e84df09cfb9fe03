#include "app/demo/load.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <ctime>

#include "base/check.h"
#include "base/files.h"

namespace monitorai::app::demo {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t round_up(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

void burn_cpu(double seconds) {
  const double end = thread_cpu_seconds() + std::clamp(seconds, 0.0, kBurnSecondsMax);
  volatile double sink = 0;
  double x = 0.5;
  while (thread_cpu_seconds() < end) {
    for (int i = 0; i < 500; ++i) x = std::sqrt(x * x + 0.25) * 0.9;
    sink = x;
  }
  (void)sink;
}

ResidentMemory::ResidentMemory(size_t fixed_bytes, size_t swing_bytes) : fixed_(round_up(fixed_bytes)), swing_(round_up(swing_bytes)) {
  void* memory = ::mmap(nullptr, fixed_ + swing_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MAI_CHECK(memory != MAP_FAILED);
  memory_ = static_cast<unsigned char*>(memory);
  ::madvise(memory_, fixed_ + swing_, MADV_NOHUGEPAGE);
  touch(0, fixed_);
}

ResidentMemory::~ResidentMemory() { ::munmap(memory_, fixed_ + swing_); }

void ResidentMemory::touch(size_t from, size_t to) {
  for (size_t at = from; at < to; at += kPage) memory_[at] = static_cast<unsigned char>(at / kPage | 1U);
}

void ResidentMemory::use(double fraction) {
  const size_t wanted = round_up(static_cast<size_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(swing_)));
  if (wanted > resident_) touch(fixed_ + resident_, fixed_ + wanted);
  if (wanted < resident_) ::madvise(memory_ + fixed_ + wanted, resident_ - wanted, MADV_DONTNEED);
  resident_ = wanted;
}

MappedFile::MappedFile(const std::filesystem::path& path, As as) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.number(), &status) != 0 || status.st_size <= 0) return;
  size_ = static_cast<size_t>(status.st_size);
  memory_ = ::mmap(nullptr, size_, as == As::code ? PROT_READ | PROT_EXEC : PROT_READ, as == As::code ? MAP_PRIVATE : MAP_SHARED, fd.number(), 0);
  if (memory_ == MAP_FAILED) memory_ = nullptr;
}

MappedFile::~MappedFile() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
}

}  // namespace monitorai::app::demo
