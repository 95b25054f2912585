// The two ends of a stream, and what all connections have.
#pragma once
#include <cstdint>
#include <string>

#include "response-reader.hpp"
#include "wire.hpp"

class Http2Session;

struct Connection {
  enum class Kind { listener, origin, client, session };
  Kind kind;
  int fd = -1;
  uint32_t generation = 0;
  /** Number of the stream; of an origin's side once the request has named it. */
  uint32_t stream = 0;
  int64_t startedNs = 0;
  explicit Connection(Kind k) : kind(k) {}
  virtual ~Connection() = default;
};

struct OriginSide : Connection {
  OriginSide() : Connection(Kind::origin) {}
  std::string request;
  bool answered = false;
  uint64_t nextNumber = 0;
  /** Blast: bytes of the next event that have been written already. */
  size_t offset = 0;
  std::string pending;
  bool wantsWrite = false;
  int peerPort = 0;
};

struct ClientSide : Connection {
  ClientSide(ReaderShared& shared, uint32_t id) : Connection(Kind::client), reader(shared, id) { stream = id; }
  ResponseReader reader;
  bool requested = false;
  bool hadEvent = false;
  /** Of a connection of its own; a stream over HTTP/2 has none. */
  Wire wire;
  /** Over HTTP/2: the connection, the stream's number in it, and bytes taken since the window was opened last. */
  Http2Session* session = nullptr;
  uint32_t number = 0;
  uint32_t taken = 0;
};
