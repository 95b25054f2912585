// Origin and client of every stream in one thread and on one clock, over epoll. A mode of measurement derives from it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "connection.hpp"
#include "http2-session.hpp"
#include "process-stats.hpp"

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
  /** Abort: how often all clients leave without being measured, and then measured. */
  int warmWaves = 0;
  int waves = 1;
  /** Idle: numbers of streams at which memory is read. */
  std::vector<int> levels;
  int settleMs = 1000;
  int waitMs = 3000;
  int64_t maxBytes = 0;
  /** What the clients speak. Over HTTP/2 so many streams share a connection. */
  Transport transport = Transport::plain;
  int perConnection = 5;
  /** May comment lines stand between the events? Else they count as damage. */
  bool comments = false;
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
  /** False while the request could not be sent yet. */
  bool ask(ClientSide& client, uint32_t events);
  void loseClient(ClientSide& client);
  int connectSocket();
  ClientSide* connectStream();
  void startStream(std::unique_ptr<ClientSide> client);
  Http2Session* sessionWithRoom();
  void sessionReady(Http2Session& session, uint32_t events);
  bool readSession(Http2Session& session);
  void act(Http2Session& session, const Http2Session::News& news);
  void flushSession(Http2Session& session);
  void loseSession(Http2Session& session);
  void watch(const Connection& connection, uint32_t events);
  void answer(OriginSide& origin);
  void closeOrigin(OriginSide& origin);

  int epoll_ = -1;
  int listener_ = -1;
  std::vector<std::unique_ptr<Connection>> byFd_;
  uint32_t nextGeneration_ = 1;
  uint32_t nextStream_ = 1;
  /** The connection over HTTP/2 that takes the next streams, and others that have room. */
  std::vector<Http2Session*> sessions_;
  event::ChunkTemplate chunk_;
  std::vector<char> block_;
  std::vector<char> input_;
};
