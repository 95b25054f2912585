// paced: latency and CPU per event at a steady rate. blast: as many events as pass.
#include <stdexcept>

#include "measurement.hpp"
#include "modes.hpp"
#include "paced-engine.hpp"

namespace {
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kDrainNs = 30'000 * kMs;

void requireStreams(bool opened, int got, int wanted) {
  if (!opened) throw std::runtime_error("only " + std::to_string(got) + " of " + std::to_string(wanted) + " streams began");
}

/** Every event that was sent whole has to arrive; a slow proxy may have megabytes of them queued in the kernel. */
template <class Base>
class Checked : public Base {
 public:
  using Base::Base;

 protected:
  void countMissing() {
    int64_t lastNs = nowNs();
    const int64_t until = lastNs + kDrainNs;
    uint64_t seen = this->shared.events;
    const auto sent = static_cast<uint64_t>(this->sentEvents);
    while (this->shared.events < sent && nowNs() < until && nowNs() - lastNs < this->options.waitMs * kMs) {
      this->turn(nowNs() + 5 * kMs);
      if (this->shared.events != seen) lastNs = nowNs();
      seen = this->shared.events;
    }
    this->shared.integrity.lost += sent - this->shared.events;
  }
};

class Paced : public Checked<PacedEngine> {
 public:
  using Checked::Checked;

  std::string run() override {
    requireStreams(openStreams(options.streams, kOpenTimeoutNs), withFirstEvent, options.streams);
    startPacing(options.rate * options.streams);
    runUntil(nowNs() + options.warmMs * kMs);
    shared.latenciesNs.reserve(static_cast<size_t>(options.rate * options.streams * options.measureMs / 900) + 1024);
    Window window(proxy);
    const uint64_t before = shared.events;
    shared.recording = true;
    runUntil(nowNs() + options.measureMs * kMs);
    shared.recording = false;
    window.end();
    const uint64_t events = shared.events - before;
    const int64_t rssKb = proxy.rssKb();
    stopPacing();
    countMissing();
    Json json;
    auto& latencies = shared.latenciesNs;
    json.text("mode", options.mode).number("events", static_cast<double>(events));
    json.number("p50Us", quantile(latencies, 0.5) / 1e3).number("p99Us", quantile(latencies, 0.99) / 1e3);
    json.number("maxUs", latencies.empty() ? 0 : static_cast<double>(latencies.back()) / 1e3);
    json.number("rssKb", static_cast<double>(rssKb));
    window.report(json);
    reportIntegrity(json, shared, earlyCloses);
    return json.str();
  }
};

class Blast : public Checked<Engine> {
 public:
  using Checked::Checked;

  std::string run() override {
    requireStreams(openStreams(options.streams, kOpenTimeoutNs), withFirstEvent, options.streams);
    for (OriginSide* origin : origins()) watchWritable(*origin, true);
    runUntil(nowNs() + options.warmMs * kMs);
    Window window(proxy);
    const uint64_t before = shared.events;
    runUntil(nowNs() + options.measureMs * kMs);
    window.end();
    const uint64_t events = shared.events - before;
    const int64_t rssKb = proxy.rssKb();
    for (OriginSide* origin : origins()) watchWritable(*origin, false);
    countMissing();
    Json json;
    json.text("mode", options.mode).number("events", static_cast<double>(events));
    json.number("eventsPerSecond", static_cast<double>(events) / window.seconds());
    json.number("rssKb", static_cast<double>(rssKb));
    window.report(json);
    reportIntegrity(json, shared, earlyCloses);
    return json.str();
  }

 protected:
  void onWritable(OriginSide& origin) override { blast(origin); }
};
}  // namespace

std::unique_ptr<Engine> createPaced(const Options& options) { return std::make_unique<Paced>(options); }
std::unique_ptr<Engine> createBlast(const Options& options) { return std::make_unique<Blast>(options); }
