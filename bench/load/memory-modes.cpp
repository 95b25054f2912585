// idle: memory per quiet stream. stall: memory behind one reader that stopped.
#include <stdexcept>

#include "measurement.hpp"
#include "modes.hpp"
#include "paced-engine.hpp"

namespace {
constexpr int64_t kMs = 1'000'000;

class Idle : public PacedEngine {
 public:
  using PacedEngine::PacedEngine;

  std::string run() override {
    const int64_t startKb = proxy.rssKb();
    std::string levels;
    for (int level : options.levels) {
      if (!openStreams(level, kOpenTimeoutNs))
        throw std::runtime_error("only " + std::to_string(withFirstEvent) + " of " + std::to_string(level) + " streams began");
      // A few events a second keep the process from being wholly asleep.
      startPacing(50);
      runUntil(nowNs() + options.settleMs * kMs);
      stopPacing();
      const int64_t rssKb = proxy.rssKb();
      Json entry;
      entry.number("streams", withFirstEvent).number("rssKb", static_cast<double>(rssKb));
      entry.number("kbPerStream", static_cast<double>(rssKb - startKb) / level);
      levels += (levels.empty() ? "" : ",") + entry.str();
    }
    Json json;
    json.text("mode", options.mode).number("startRssKb", static_cast<double>(startKb)).raw("levels", "[" + levels + "]");
    reportIntegrity(json, shared, earlyCloses);
    return json.str();
  }
};

class Stall : public Engine {
 public:
  using Engine::Engine;

  std::string run() override {
    if (!openStreams(1, kOpenTimeoutNs)) throw std::runtime_error("the stream did not begin");
    runUntil(nowNs() + options.settleMs * kMs);
    ClientSide& client = *clients().front();
    OriginSide& origin = *origins().front();
    stopReading(client);
    const int64_t startKb = proxy.rssKb();
    int64_t largestKb = startKb;
    const int64_t until = nowNs() + 20'000 * kMs;
    lastProgressNs_ = nowNs();
    watchWritable(origin, true);
    while (nowNs() < until && accepted_ < options.maxBytes && nowNs() - lastProgressNs_ < options.waitMs * kMs && openOrigins == 1) {
      turn(nowNs() + 20 * kMs);
      largestKb = std::max(largestKb, proxy.rssKb());
    }
    Json json;
    json.text("mode", options.mode).number("acceptedBytes", static_cast<double>(accepted_));
    json.boolean("stalled", accepted_ < options.maxBytes && openOrigins == 1);
    json.number("rssGrowthKb", static_cast<double>(largestKb - startKb));
    if (openOrigins == 1) json.number("heldBytes", static_cast<double>(accepted_ - inKernel(client, origin)));
    reportIntegrity(json, shared, earlyCloses);
    return json.str();
  }

 protected:
  void onWritable(OriginSide& origin) override {
    const int64_t bytes = blast(origin);
    if (bytes == 0) return;
    accepted_ += bytes;
    lastProgressNs_ = nowNs();
  }

 private:
  /** What the origin got rid of is in the kernel's queues of the two connections, or in the proxy. */
  int64_t inKernel(const ClientSide& client, const OriginSide& origin) const {
    int64_t bytes = queuedBytes(localPort(client), options.targetPort);
    if (options.targetPort != options.originPort) bytes += queuedBytes(origin.peerPort, options.originPort);
    return bytes;
  }

  int64_t accepted_ = 0;
  int64_t lastProgressNs_ = 0;
};
}  // namespace

std::unique_ptr<Engine> createIdle(const Options& options) { return std::make_unique<Idle>(options); }
std::unique_ptr<Engine> createStall(const Options& options) { return std::make_unique<Stall>(options); }
