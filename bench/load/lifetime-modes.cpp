// churn: streams that end with their first event. abort: all clients leave at once.
#include <stdexcept>

#include "measurement.hpp"
#include "modes.hpp"
#include "paced-engine.hpp"

namespace {
constexpr int64_t kMs = 1'000'000;

class Churn : public Engine {
 public:
  using Engine::Engine;

  std::string run() override {
    runCounted(options.warmMs, options.warmStreams);
    finished_ = 0;
    timesNs_.clear();
    Window window(proxy);
    runCounted(options.measureMs, options.maxStreams);
    window.end();
    const int finished = finished_;
    stopped_ = true;
    for (ClientSide* client : clients()) closeClient(*client, false);
    const int openAtEnd = openOrigins;
    const int64_t until = nowNs() + options.waitMs * kMs;
    while (openOrigins > 0 && nowNs() < until) turn(nowNs() + 5 * kMs);
    Json json;
    json.text("mode", options.mode).number("streams", finished);
    json.number("streamsPerSecond", finished / window.seconds());
    json.number("firstEventP50Ms", quantile(timesNs_, 0.5) / 1e6).number("firstEventP99Ms", quantile(timesNs_, 0.99) / 1e6);
    json.number("originsOpenAtEnd", openAtEnd).number("originsLeaked", openOrigins);
    json.boolean("descriptorLimitHit", fdLimitHit).number("rssKb", static_cast<double>(proxy.rssKb()));
    window.report(json);
    reportIntegrity(json, shared, earlyCloses);
    return json.str();
  }

 protected:
  void onFirstEvent(ClientSide& client) override {
    timesNs_.push_back(nowNs() - client.startedNs);
    finished_++;
    closeClient(client, false);
  }

 private:
  void runCounted(int ms, int streams) {
    finished_ = 0;
    const int64_t until = nowNs() + ms * kMs;
    // A proxy that keeps its upstream connections uses up descriptors on both sides: stop before that tells nothing.
    while (nowNs() < until && finished_ < streams && !fdLimitHit && openOrigins < 9'000) {
      while (!stopped_ && openClients < options.streams)
        if (connectClient() == nullptr) break;
      turn(std::min(until, nowNs() + 10 * kMs));
    }
  }

  int finished_ = 0;
  bool stopped_ = false;
  std::vector<int64_t> timesNs_;
};

class Abort : public PacedEngine {
 public:
  using PacedEngine::PacedEngine;

  std::string run() override {
    // The first ones say how fast code is that has never run; only the later ones count.
    for (int wave = 0; wave < options.warmWaves && openOrigins == 0; wave++) leaveTogether();
    timesNs_.clear();
    early_ = 0;
    Window window(proxy);
    for (int wave = 0; wave < options.waves && openOrigins == 0; wave++) leaveTogether();
    window.end();
    Json json;
    json.text("mode", options.mode).number("streams", options.streams).number("closed", closed_);
    json.number("waves", static_cast<double>(timesNs_.size()));
    json.number("lastCloseMs", quantile(timesNs_, 0.5) / 1e6).number("stillOpen", openOrigins);
    window.report(json);
    reportIntegrity(json, shared, early_);
    return json.str();
  }

 protected:
  void onOriginClosed(OriginSide& origin) override {
    PacedEngine::onOriginClosed(origin);
    closed_++;
    lastNs_ = nowNs() - leftNs_;
  }

 private:
  void leaveTogether() {
    if (!openStreams(options.streams, kOpenTimeoutNs))
      throw std::runtime_error("only " + std::to_string(withFirstEvent) + " of " + std::to_string(options.streams) + " streams began");
    startPacing(options.rate * options.streams);
    const int closesBefore = earlyCloses;
    runUntil(nowNs() + options.settleMs * kMs);
    early_ += earlyCloses - closesBefore;
    closed_ = 0;
    leftNs_ = nowNs();
    for (ClientSide* client : clients()) closeClient(*client, false);
    const int64_t until = leftNs_ + options.waitMs * kMs;
    while (openOrigins > 0 && nowNs() < until) turn(nowNs() + 1 * kMs);
    stopPacing();
    timesNs_.push_back(lastNs_);
  }

  std::vector<int64_t> timesNs_;
  int early_ = 0;
  int closed_ = 0;
  int64_t leftNs_ = 0;
  int64_t lastNs_ = 0;
};
}  // namespace

std::unique_ptr<Engine> createChurn(const Options& options) { return std::make_unique<Churn>(options); }
std::unique_ptr<Engine> createAbort(const Options& options) { return std::make_unique<Abort>(options); }
