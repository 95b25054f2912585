#pragma once
#include "engine.hpp"

/** An engine whose origin sends at a steady rate: the streams take turns, evenly spread over time. */
class PacedEngine : public Engine {
 public:
  using Engine::Engine;

 protected:
  void startPacing(double eventsPerSecond) {
    senders_ = origins();
    if (senders_.empty() || eventsPerSecond <= 0) return;
    periodNs_ = 1e9 / eventsPerSecond;
    startNs_ = nowNs();
    sent_ = 0;
  }

  void stopPacing() { periodNs_ = 0; }

  int64_t onTurn(int64_t now) override {
    if (periodNs_ == 0 || senders_.empty()) return now + 100'000'000;
    int64_t due = startNs_ + static_cast<int64_t>(static_cast<double>(sent_) * periodNs_);
    while (due <= now) {
      OriginSide*& origin = senders_[static_cast<size_t>(sent_) % senders_.size()];
      if (origin != nullptr) sendEvent(*origin);
      sent_++;
      due = startNs_ + static_cast<int64_t>(static_cast<double>(sent_) * periodNs_);
    }
    return due;
  }

  void onOriginClosed(OriginSide& origin) override {
    for (auto& sender : senders_)
      if (sender == &origin) sender = nullptr;
  }

 private:
  std::vector<OriginSide*> senders_;
  double periodNs_ = 0;
  int64_t startNs_ = 0;
  int64_t sent_ = 0;
};
