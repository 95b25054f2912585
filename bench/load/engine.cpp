#include "engine.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <stdexcept>

#include "sockets.hpp"

namespace {
constexpr size_t kBlockBytes = 65'536;
constexpr size_t kReadBytes = 262'144;
constexpr int kOpeningAtOnce = 64;

size_t descriptorLimit() {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<size_t>(limit.rlim_cur, 1'048'576);
}
}  // namespace

Engine::Engine(const Options& given)
    : options(given), proxy(given.pids), shared(given.eventBytes), chunk_(given.eventBytes), input_(kReadBytes) {
  shared.allowComments = given.comments;
  // Without this the kernel wakes a sleeper up to 50 us late.
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  byFd_.resize(descriptorLimit());
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  auto listener = std::make_unique<Connection>(Connection::Kind::listener);
  listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(options.originPort);
  if (bind(listener->fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener->fd, 4096) != 0)
    throw std::runtime_error("the origin cannot listen on port " + std::to_string(options.originPort) + ": " + strerror(errno));
  add(*listener, EPOLLIN);
  listener_ = listener->fd;
  byFd_[static_cast<size_t>(listener->fd)] = std::move(listener);
}

Engine::~Engine() {
  closeAll();
  close(epoll_);
}

void Engine::add(Connection& connection, uint32_t events) {
  connection.generation = nextGeneration_++;
  epoll_event entry{};
  entry.events = events;
  entry.data.u64 = (static_cast<uint64_t>(connection.generation) << 32) | static_cast<uint32_t>(connection.fd);
  epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &entry);
}

void Engine::watch(const Connection& connection, uint32_t events) {
  epoll_event entry{};
  entry.events = events;
  entry.data.u64 = (static_cast<uint64_t>(connection.generation) << 32) | static_cast<uint32_t>(connection.fd);
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &entry);
}

void Engine::forget(Connection& connection) {
  const int fd = connection.fd;
  close(fd);
  byFd_[static_cast<size_t>(fd)].reset();
}

void Engine::turn(int64_t untilNs) {
  const int64_t now = nowNs();
  const int64_t due = std::min(untilNs, onTurn(now));
  epoll_event ready[512];
  const int64_t waitNs = std::max<int64_t>(0, due - nowNs());
  const timespec wait{waitNs / 1'000'000'000, waitNs % 1'000'000'000};
  long count = syscall(SYS_epoll_pwait2, epoll_, ready, 512, &wait, nullptr, 0);
  if (count < 0 && errno == ENOSYS) count = epoll_wait(epoll_, ready, 512, static_cast<int>(waitNs / 1'000'000));
  for (long i = 0; i < count; i++) {
    const auto fd = static_cast<size_t>(ready[i].data.u64 & 0xffffffffu);
    Connection* connection = byFd_[fd].get();
    // Closed earlier in this turn, and the number may have been given to another connection since.
    if (connection == nullptr || connection->generation != ready[i].data.u64 >> 32) continue;
    switch (connection->kind) {
      case Connection::Kind::listener:
        accept();
        break;
      case Connection::Kind::origin:
        originReady(static_cast<OriginSide&>(*connection), ready[i].events);
        break;
      case Connection::Kind::client:
        clientReady(static_cast<ClientSide&>(*connection), ready[i].events);
        break;
      case Connection::Kind::session:
        sessionReady(static_cast<Http2Session&>(*connection), ready[i].events);
        break;
    }
  }
}

void Engine::runUntil(int64_t untilNs) {
  while (nowNs() < untilNs) turn(untilNs);
}

bool Engine::openStreams(int count, int64_t timeoutNs) {
  const int64_t until = nowNs() + timeoutNs;
  while (withFirstEvent < count && nowNs() < until) {
    while (openClients < count && openClients - withFirstEvent < kOpeningAtOnce) {
      if (connectClient() == nullptr) break;
    }
    turn(std::min(until, nowNs() + 10'000'000));
  }
  return withFirstEvent >= count;
}

void Engine::stopReading(ClientSide& client) { epoll_ctl(epoll_, EPOLL_CTL_DEL, client.fd, nullptr); }

int Engine::localPort(const ClientSide& client) const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(client.fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void Engine::accept() {
  for (;;) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int fd = accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE) fdLimitHit = true;
      return;
    }
    noDelay(fd);
    auto origin = std::make_unique<OriginSide>();
    origin->fd = fd;
    origin->peerPort = ntohs(peer.sin_port);
    add(*origin, EPOLLIN | EPOLLRDHUP);
    byFd_[static_cast<size_t>(fd)] = std::move(origin);
  }
}

void Engine::originReady(OriginSide& origin, uint32_t events) {
  if ((events & EPOLLIN) != 0) {
    char buffer[16'384];
    const ssize_t bytes = recv(origin.fd, buffer, sizeof buffer, 0);
    if (bytes == 0 || (bytes < 0 && errno != EAGAIN)) return closeOrigin(origin);
    if (bytes > 0 && !origin.answered) {
      origin.request.append(buffer, static_cast<size_t>(bytes));
      if (origin.request.find("\r\n\r\n") != std::string::npos) answer(origin);
    }
  }
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) return closeOrigin(origin);
  if ((events & EPOLLOUT) != 0) {
    if (!origin.pending.empty()) {
      const ssize_t sent = send(origin.fd, origin.pending.data(), origin.pending.size(), MSG_NOSIGNAL);
      if (sent > 0) origin.pending.erase(0, static_cast<size_t>(sent));
      if (origin.pending.empty()) watchWritable(origin, false);
    } else onWritable(origin);
  }
}

/** Head and first event in one piece, as an origin does that has something to say. */
void Engine::answer(OriginSide& origin) {
  const size_t at = origin.request.find("id=");
  origin.stream = at == std::string::npos ? 0 : static_cast<uint32_t>(strtoul(origin.request.c_str() + at + 3, nullptr, 10));
  origin.request.clear();
  origin.request.shrink_to_fit();
  origin.answered = true;
  openOrigins++;
  chunk_.write(block_, origin.stream, origin.nextNumber++, 1, 0);
  std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
  text.append(block_.data(), block_.size());
  sentEvents++;
  send(origin.fd, text.data(), text.size(), MSG_NOSIGNAL);
}

void Engine::closeOrigin(OriginSide& origin) {
  if (origin.answered) {
    openOrigins--;
    onOriginClosed(origin);
  }
  forget(origin);
}

void Engine::sendEvent(OriginSide& origin) {
  chunk_.write(block_, origin.stream, origin.nextNumber++, 1, nowNs());
  sentEvents++;
  if (!origin.pending.empty()) {
    origin.pending.append(block_.data(), block_.size());
    return;
  }
  const ssize_t sent = send(origin.fd, block_.data(), block_.size(), MSG_NOSIGNAL);
  const size_t done = sent < 0 ? 0 : static_cast<size_t>(sent);
  if (done < block_.size() && (sent >= 0 || errno == EAGAIN)) {
    origin.pending.assign(block_.data() + done, block_.size() - done);
    watchWritable(origin, true);
  }
}

int64_t Engine::blast(OriginSide& origin) {
  const size_t each = chunk_.text.size();
  // Stamps would differ when the rest of an event is written again after a short write: a blast carries none.
  chunk_.write(block_, origin.stream, origin.nextNumber, std::max<size_t>(2, kBlockBytes / each), 0);
  const ssize_t sent = send(origin.fd, block_.data() + origin.offset, block_.size() - origin.offset, MSG_NOSIGNAL);
  if (sent <= 0) return 0;
  const size_t reached = origin.offset + static_cast<size_t>(sent);
  origin.nextNumber += reached / each;
  sentEvents += static_cast<int64_t>(reached / each);
  origin.offset = reached % each;
  return sent;
}

void Engine::watchWritable(OriginSide& origin, bool wanted) {
  if (origin.wantsWrite == wanted) return;
  origin.wantsWrite = wanted;
  watch(origin, EPOLLIN | EPOLLRDHUP | (wanted ? EPOLLOUT : 0u));
}

std::vector<OriginSide*> Engine::origins() const {
  std::vector<OriginSide*> result;
  for (auto& entry : byFd_) {
    if (!entry || entry->kind != Connection::Kind::origin) continue;
    auto* origin = static_cast<OriginSide*>(entry.get());
    if (origin->answered) result.push_back(origin);
  }
  return result;
}

std::vector<ClientSide*> Engine::clients() const {
  std::vector<ClientSide*> result;
  for (auto& entry : byFd_) {
    if (!entry) continue;
    if (entry->kind == Connection::Kind::client) result.push_back(static_cast<ClientSide*>(entry.get()));
    if (entry->kind != Connection::Kind::session) continue;
    for (auto& client : static_cast<Http2Session&>(*entry).streams) result.push_back(client.get());
  }
  return result;
}

void Engine::closeAll() {
  const linger now{1, 0};
  for (auto& entry : byFd_) {
    if (!entry) continue;
    setsockopt(entry->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(entry->fd);
    entry.reset();
  }
}
