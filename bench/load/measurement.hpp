// What every mode reports, and the window over which it is measured.
#pragma once
#include <algorithm>
#include <cstdarg>
#include <string>
#include <vector>

#include "process-stats.hpp"
#include "response-reader.hpp"

/** Builds one flat JSON object. */
class Json {
 public:
  Json& number(const char* name, double value) { return add(name, format(value)); }
  Json& boolean(const char* name, bool value) { return add(name, value ? "true" : "false"); }
  Json& text(const char* name, const std::string& value) { return add(name, "\"" + value + "\""); }
  Json& raw(const char* name, const std::string& value) { return add(name, value); }
  std::string str() const { return "{" + body_ + "}"; }

 private:
  static std::string format(double value) {
    char buffer[64];
    snprintf(buffer, sizeof buffer, "%.3f", value);
    return buffer;
  }
  Json& add(const char* name, const std::string& value) {
    if (!body_.empty()) body_ += ",";
    body_ += "\"" + std::string(name) + "\":" + value;
    return *this;
  }
  std::string body_;
};

/** CPU time of the proxy and of this process between two moments. */
class Window {
 public:
  explicit Window(const ProcessGroup& proxy) : proxy_(proxy) { begin(); }
  void begin() {
    startNs_ = nowNs();
    proxyBefore_ = proxy_.cpu();
    ownBefore_ = ownCpu();
  }
  void end() {
    wallNs_ = nowNs() - startNs_;
    proxyUsed_ = proxy_.cpu() - proxyBefore_;
    ownUsed_ = ownCpu() - ownBefore_;
  }
  double seconds() const { return static_cast<double>(wallNs_) / 1e9; }
  void report(Json& json) const {
    const double wallUs = static_cast<double>(wallNs_) / 1e3;
    json.number("wallMs", wallUs / 1e3)
        .number("proxyUserUs", static_cast<double>(proxyUsed_.user))
        .number("proxySystemUs", static_cast<double>(proxyUsed_.system))
        .number("proxyUtilisation", static_cast<double>(proxyUsed_.total()) / wallUs)
        .number("generatorUtilisation", static_cast<double>(ownUsed_.total()) / wallUs);
  }

 private:
  const ProcessGroup& proxy_;
  int64_t startNs_ = 0;
  int64_t wallNs_ = 0;
  CpuUs proxyBefore_, proxyUsed_, ownBefore_, ownUsed_;
};

/** Nearest-rank quantile; sorts `values`. */
inline double quantile(std::vector<int64_t>& values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  return static_cast<double>(values[rank]);
}

inline void reportIntegrity(Json& json, const ReaderShared& shared, int earlyCloses) {
  const event::Integrity& integrity = shared.integrity;
  json.boolean("intact", integrity.ok() && earlyCloses == 0)
      .number("lost", static_cast<double>(integrity.lost))
      .number("repeated", static_cast<double>(integrity.repeated))
      .number("damaged", static_cast<double>(integrity.damaged))
      .number("earlyCloses", earlyCloses)
      .number("comments", static_cast<double>(shared.comments));
}
