// Origin and client of every stream in one thread and on one clock, over epoll. A mode of measurement derives from it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "process-stats.hpp"
#include "response-reader.hpp"

struct Options {
  std::string mode;
  int originPort = 0;
  int targetPort = 0;
  std::vector<int> pids;
  size_t eventBytes = 100;
  int streams = 50;
  /** Events per second and stream; 0 = as fast as they are taken. */
  double rate = 0;
  int warmMs = 500;
  int measureMs = 1000;
  /** Churn: streams after which the warm-up and the measurement end, whatever the time. */
  int warmStreams = 0;
  int maxStreams = 0;
  /** Idle: numbers of streams at which memory is read. */
  std::vector<int> levels;
  int settleMs = 1000;
  int waitMs = 3000;
  int64_t maxBytes = 0;
};

struct Connection {
  enum class Kind { listener, origin, client };
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
};

class Engine {
 public:
  explicit Engine(const Options& options);
  virtual ~Engine();
  /** Measures; returns the result as a JSON object. */
  virtual std::string run() = 0;

 protected:
  virtual void onFirstEvent(ClientSide&) {}
  /** The answer ended or broke before we left. */
  virtual void onClientLost(ClientSide&) {}
  virtual void onOriginClosed(OriginSide&) {}
  virtual void onWritable(OriginSide&) {}
  /** Called once per turn with nothing but time to act on; returns when it wants to be called next. */
  virtual int64_t onTurn(int64_t now) { return now + 100'000'000; }

  /** Handles what is ready, waiting at most until `untilNs`. */
  void turn(int64_t untilNs);
  void runUntil(int64_t untilNs);
  /** Opens streams until `count` have had their first event; false when that does not happen in time. */
  bool openStreams(int count, int64_t timeoutNs);
  ClientSide* connectClient();
  void closeClient(ClientSide& client, bool reset);
  /** Closes everything by reset: leaves no connection behind in the kernel's tables. */
  void closeAll();
  /** Sends the origin's next event, stamped. */
  void sendEvent(OriginSide& origin);
  /** Writes as many events as the socket takes, up to one block. Returns bytes written. */
  int64_t blast(OriginSide& origin);
  void watchWritable(OriginSide& origin, bool wanted);
  void stopReading(ClientSide& client);
  int localPort(const ClientSide& client) const;

  std::vector<OriginSide*> origins() const;
  std::vector<ClientSide*> clients() const;

  Options options;
  ProcessGroup proxy;
  ReaderShared shared;
  int openOrigins = 0;
  int openClients = 0;
  int withFirstEvent = 0;
  int earlyCloses = 0;
  int64_t sentEvents = 0;
  bool fdLimitHit = false;

 private:
  void add(Connection& connection, uint32_t events);
  void forget(Connection& connection);
  void accept();
  void originReady(OriginSide& origin, uint32_t events);
  void clientReady(ClientSide& client, uint32_t events);
  void answer(OriginSide& origin);
  void closeOrigin(OriginSide& origin);

  int epoll_ = -1;
  int listener_ = -1;
  std::vector<std::unique_ptr<Connection>> byFd_;
  uint32_t nextGeneration_ = 1;
  uint32_t nextStream_ = 1;
  event::ChunkTemplate chunk_;
  std::vector<char> block_;
  std::vector<char> input_;
};
