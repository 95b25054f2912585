#include "http2-session.hpp"

#include <algorithm>

namespace {
/** Larger frames than the smallest limit there may be are sent by nobody who was not asked for them. */
constexpr uint32_t kLargestFrame = 16'384;
/** A client that gives up hundreds of streams a second on one connection is cut off as an attacker. */
constexpr uint32_t kMostRequests = 30;
}  // namespace

void Http2Session::request(std::unique_ptr<ClientSide> client, int port) {
  if (nextNumber_ == 1) out_ += http2::preface();
  client->session = this;
  client->number = nextNumber_;
  client->taken = 0;
  nextNumber_ += 2;
  if (nextNumber_ > 2 * kMostRequests) closing = true;
  http2::putRequest(out_, client->number, "127.0.0.1:" + std::to_string(port), "/stream?id=" + std::to_string(client->stream));
  streams.push_back(std::move(client));
}

void Http2Session::cancel(ClientSide& client) {
  http2::putReset(out_, client.number, http2::kCancel);
  take(client.number);
}

bool Http2Session::flush() {
  while (ready && !out_.empty()) {
    const ssize_t bytes = wire.write(out_.data(), out_.size());
    if (bytes == Wire::kLater) return true;
    if (bytes == 0) return false;
    out_.erase(0, static_cast<size_t>(bytes));
  }
  return true;
}

ClientSide* Http2Session::find(uint32_t number) const {
  for (auto& client : streams)
    if (client->number == number) return client.get();
  return nullptr;
}

std::unique_ptr<ClientSide> Http2Session::take(uint32_t number) {
  for (auto& client : streams) {
    if (client->number != number) continue;
    std::unique_ptr<ClientSide> taken = std::move(client);
    client = std::move(streams.back());
    streams.pop_back();
    return taken;
  }
  return nullptr;
}

void Http2Session::feed(const char* at, size_t bytes, News& news) {
  const char* end = at + bytes;
  while (at < end && !news.broken) {
    if (dataLeft_ > 0) {
      const size_t take = std::min<size_t>(dataLeft_, static_cast<size_t>(end - at));
      dataLeft_ -= static_cast<uint32_t>(take);
      data(at, take, news);
      at += take;
      continue;
    }
    if (partial_.size() < http2::kHeadBytes) {
      const size_t take = std::min(http2::kHeadBytes - partial_.size(), static_cast<size_t>(end - at));
      partial_.append(at, take);
      at += take;
      if (partial_.size() < http2::kHeadBytes) return;
      current_ = http2::readHead(partial_.data());
      if (current_.bytes > kLargestFrame || (current_.type == http2::kData && (current_.flags & http2::kPadded) != 0)) {
        news.broken = true;
        return;
      }
      if (current_.type == http2::kData) {
        dataLeft_ = current_.bytes;
        partial_.clear();
        if (dataLeft_ == 0) data(at, 0, news);
        continue;
      }
    }
    const size_t whole = http2::kHeadBytes + current_.bytes;
    const size_t take = std::min(whole - partial_.size(), static_cast<size_t>(end - at));
    partial_.append(at, take);
    at += take;
    if (partial_.size() < whole) return;
    frame(current_, partial_.data() + http2::kHeadBytes, news);
    partial_.clear();
  }
  // A frame without a payload is whole as soon as its head is.
  if (!news.broken && partial_.size() == http2::kHeadBytes && current_.bytes == 0) {
    frame(current_, nullptr, news);
    partial_.clear();
  }
}

void Http2Session::data(const char* at, size_t bytes, News& news) {
  taken_ += static_cast<uint32_t>(bytes);
  if (taken_ >= http2::kWindowBytes / 4) {
    http2::putWindow(out_, 0, taken_);
    taken_ = 0;
  }
  ClientSide* client = find(current_.stream);
  // Was on its way when we gave the stream up.
  if (client == nullptr) return;
  client->taken += static_cast<uint32_t>(bytes);
  if (client->taken >= http2::kWindowBytes / 4) {
    http2::putWindow(out_, client->number, client->taken);
    client->taken = 0;
  }
  client->reader.payload(at, bytes);
  if (!client->hadEvent && client->reader.events() > 0) {
    client->hadEvent = true;
    news.began.push_back(client->number);
  }
  // The origin never ends a stream.
  if (dataLeft_ == 0 && (current_.flags & http2::kEndStream) != 0) news.ended.push_back(client->number);
}

void Http2Session::frame(const http2::FrameHead& head, const char* payload, News& news) {
  switch (head.type) {
    case http2::kHeaders: {
      const size_t skip = (head.flags & http2::kPriority) != 0 ? 5 : 0;
      const bool padded = (head.flags & http2::kPadded) != 0;
      const bool ok = !padded && head.bytes > skip && http2::isOk(payload + skip, head.bytes - skip);
      if (find(head.stream) != nullptr && (!ok || (head.flags & http2::kEndStream) != 0)) news.ended.push_back(head.stream);
      return;
    }
    case http2::kReset:
      if (find(head.stream) != nullptr) news.ended.push_back(head.stream);
      return;
    case http2::kSettings:
      if ((head.flags & http2::kAck) == 0) http2::putFrame(out_, http2::kSettings, http2::kAck, 0, "");
      return;
    case http2::kPing:
      if ((head.flags & http2::kAck) == 0) http2::putFrame(out_, http2::kPing, http2::kAck, 0, std::string(payload, head.bytes));
      return;
    case http2::kGoAway: {
      closing = true;
      if (head.bytes < 8) return;
      const uint32_t last = http2::readNumber(payload, 4) & 0x7fffffff;
      for (auto& client : streams)
        if (client->number > last) news.refused.push_back(client->number);
      return;
    }
    default:
      return;
  }
}
