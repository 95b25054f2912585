#pragma once
#include <memory>
#include <string>
#include <vector>

#include "connection.hpp"
#include "http2-frames.hpp"

/** One connection over HTTP/2, with the streams that share it. */
class Http2Session : public Connection {
 public:
  Http2Session() : Connection(Kind::session) {}

  Wire wire;
  bool ready = false;
  std::vector<std::unique_ptr<ClientSide>> streams;
  /** Takes no further streams: the other end said so, or it broke. */
  bool closing = false;

  /** Makes the request of a stream; it is sent as soon as the connection is ready. */
  void request(std::unique_ptr<ClientSide> client, int port);
  /** Gives a stream up. */
  void cancel(ClientSide& client);
  /** Sends what is left; false when the connection is over. */
  bool flush();
  bool wantsWrite() const { return ready && !out_.empty(); }

  /** What came in, as far as somebody has to act on it. */
  struct News {
    bool broken = false;
    /** Streams by their numbers: their first event came, or they ended, or have to be asked for anew. */
    std::vector<uint32_t> began, ended, refused;
  };
  void feed(const char* at, size_t bytes, News& news);
  ClientSide* find(uint32_t number) const;
  std::unique_ptr<ClientSide> take(uint32_t number);

 private:
  void frame(const http2::FrameHead& head, const char* payload, News& news);
  void data(const char* at, size_t bytes, News& news);

  std::string out_;
  /** A frame's head, and its payload unless it is data, as far as it has come. */
  std::string partial_;
  uint32_t dataLeft_ = 0;
  http2::FrameHead current_{};
  uint32_t nextNumber_ = 1;
  uint32_t taken_ = 0;
};
