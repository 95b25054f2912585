// What a process costs, read from /proc: the proxy's own user and system time, all threads included, and its memory.
#pragma once
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

inline int64_t nowNs() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

struct CpuUs {
  int64_t user = 0;
  int64_t system = 0;
  CpuUs operator-(const CpuUs& before) const { return {user - before.user, system - before.system}; }
  int64_t total() const { return user + system; }
};

inline CpuUs ownCpu() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return {usage.ru_utime.tv_sec * 1'000'000LL + usage.ru_utime.tv_usec,
          usage.ru_stime.tv_sec * 1'000'000LL + usage.ru_stime.tv_usec};
}

/** A proxy: its main process and its workers. */
class ProcessGroup {
 public:
  explicit ProcessGroup(std::vector<int> pids) : pids_(std::move(pids)) {}

  CpuUs cpu() const {
    CpuUs sum;
    const int64_t usPerTick = 1'000'000 / sysconf(_SC_CLK_TCK);
    for (int pid : pids_) {
      std::string text = readFile("/proc/" + std::to_string(pid) + "/stat");
      // The name (field 2) may hold spaces: count from the last parenthesis on. utime and stime are fields 14 and 15.
      size_t at = text.rfind(')');
      if (at == std::string::npos) continue;
      unsigned long long user = 0, system = 0;
      if (sscanf(text.c_str() + at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) == 2) {
        sum.user += static_cast<int64_t>(user) * usPerTick;
        sum.system += static_cast<int64_t>(system) * usPerTick;
      }
    }
    return sum;
  }

  int64_t rssKb() const {
    int64_t sum = 0;
    const int64_t kbPerPage = sysconf(_SC_PAGESIZE) / 1024;
    for (int pid : pids_) {
      std::string text = readFile("/proc/" + std::to_string(pid) + "/statm");
      long long pages = 0;
      if (sscanf(text.c_str(), "%*d %lld", &pages) == 1) sum += pages * kbPerPage;
    }
    return sum;
  }

 private:
  static std::string readFile(const std::string& path) {
    std::string text;
    FILE* file = fopen(path.c_str(), "r");
    if (file == nullptr) return text;
    char buffer[4096];
    size_t bytes;
    while ((bytes = fread(buffer, 1, sizeof buffer, file)) > 0) text.append(buffer, bytes);
    fclose(file);
    return text;
  }

  std::vector<int> pids_;
};

/** Bytes that the kernel holds on one TCP connection of this machine, both its sockets, sent and received. */
inline int64_t queuedBytes(int portA, int portB) {
  FILE* file = fopen("/proc/net/tcp", "r");
  if (file == nullptr) return 0;
  char line[512];
  int64_t sum = 0;
  while (fgets(line, sizeof line, file) != nullptr) {
    unsigned local = 0, remote = 0, sent = 0, received = 0;
    if (sscanf(line, " %*d: %*8x:%x %*8x:%x %*x %x:%x", &local, &remote, &sent, &received) != 4) continue;
    const int a = static_cast<int>(local), b = static_cast<int>(remote);
    if ((a == portA && b == portB) || (a == portB && b == portA)) sum += static_cast<int64_t>(sent) + received;
  }
  fclose(file);
  return sum;
}
