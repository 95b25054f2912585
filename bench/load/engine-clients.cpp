// The clients' side: a connection for each stream, or over HTTP/2 for several.
#include <errno.h>
#include <sys/epoll.h>

#include <algorithm>

#include "engine.hpp"
#include "sockets.hpp"

ClientSide* Engine::connectClient() {
  if (options.transport == Transport::http2) return connectStream();
  const int fd = connectSocket();
  if (fd < 0) return nullptr;
  auto client = std::make_unique<ClientSide>(shared, nextStream_++ % 1'000'000);
  client->fd = fd;
  client->startedNs = nowNs();
  client->wire.attach(fd, options.transport);
  add(*client, EPOLLOUT);
  openClients++;
  ClientSide* result = client.get();
  byFd_[static_cast<size_t>(fd)] = std::move(client);
  return result;
}

/** A socket that connects to the target; negative when there is none to be had. */
int Engine::connectSocket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fdLimitHit = true;
    return -1;
  }
  noDelay(fd);
  const sockaddr_in address = loopback(options.targetPort);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EINPROGRESS) return fd;
  close(fd);
  earlyCloses++;
  return -1;
}

bool Engine::ask(ClientSide& client, uint32_t events) {
  switch ((events & (EPOLLERR | EPOLLHUP)) != 0 ? Wire::Opening::failed : client.wire.open()) {
    case Wire::Opening::wantsRead:
      watch(client, EPOLLIN);
      return false;
    case Wire::Opening::wantsWrite:
      watch(client, EPOLLOUT);
      return false;
    case Wire::Opening::failed:
      loseClient(client);
      return false;
    case Wire::Opening::done:
      break;
  }
  char request[256];
  const int bytes = snprintf(request, sizeof request,
                             "GET /stream?id=%u HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n"
                             "Cache-Control: no-cache\r\nUser-Agent: bench\r\n\r\n",
                             client.stream, options.targetPort);
  if (client.wire.write(request, static_cast<size_t>(bytes)) != bytes) {
    loseClient(client);
    return false;
  }
  client.requested = true;
  watch(client, EPOLLIN);
  return true;
}

void Engine::clientReady(ClientSide& client, uint32_t events) {
  if (!client.requested) {
    ask(client, events);
    return;
  }
  const auto fd = static_cast<size_t>(client.fd);
  const uint32_t generation = client.generation;
  do {
    const ssize_t bytes = client.wire.read(input_.data(), input_.size());
    if (bytes == Wire::kLater) return;
    if (bytes > 0) {
      shared.arrivalNs = nowNs();
      client.reader.feed(input_.data(), static_cast<size_t>(bytes));
    }
    if (bytes == 0 || client.reader.broken()) return loseClient(client);
    if (!client.hadEvent && client.reader.events() > 0) {
      client.hadEvent = true;
      withFirstEvent++;
      onFirstEvent(client);
      // It may have been closed for that.
      if (byFd_[fd] == nullptr || byFd_[fd]->generation != generation) return;
    }
  } while (client.wire.holdsBack());
}

void Engine::loseClient(ClientSide& client) {
  earlyCloses++;
  onClientLost(client);
  closeClient(client, true);
}

void Engine::closeClient(ClientSide& client, bool reset) {
  openClients--;
  if (client.hadEvent) withFirstEvent--;
  if (client.session != nullptr) {
    Http2Session& session = *client.session;
    session.cancel(client);
    flushSession(session);
    return;
  }
  if (reset) {
    const linger now{1, 0};
    setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  } else client.wire.sayGoodbye();
  forget(client);
}

ClientSide* Engine::connectStream() {
  const auto used = std::find_if(sessions_.begin(), sessions_.end(), [](Http2Session* session) {
    return session->closing && session->streams.empty();
  });
  if (used != sessions_.end()) loseSession(**used);
  if (sessionWithRoom() == nullptr) return nullptr;
  auto client = std::make_unique<ClientSide>(shared, nextStream_++ % 1'000'000);
  client->startedNs = nowNs();
  openClients++;
  ClientSide* result = client.get();
  startStream(std::move(client));
  return result;
}

void Engine::startStream(std::unique_ptr<ClientSide> client) {
  Http2Session* session = sessionWithRoom();
  if (session == nullptr) {
    earlyCloses++;
    openClients--;
    return;
  }
  session->request(std::move(client), options.targetPort);
  flushSession(*session);
}

/** A connection that may have one stream more, a new one where there is none; null when none is to be had. */
Http2Session* Engine::sessionWithRoom() {
  const auto wanted = static_cast<size_t>(options.perConnection);
  for (size_t i = sessions_.size(); i-- > 0;) {
    Http2Session& session = *sessions_[i];
    if (!session.closing && session.streams.size() < wanted) return &session;
  }
  const int fd = connectSocket();
  if (fd < 0) return nullptr;
  auto session = std::make_unique<Http2Session>();
  session->fd = fd;
  session->wire.attach(fd, Transport::http2);
  add(*session, EPOLLOUT);
  Http2Session* result = session.get();
  sessions_.push_back(result);
  byFd_[static_cast<size_t>(fd)] = std::move(session);
  return result;
}

void Engine::sessionReady(Http2Session& session, uint32_t events) {
  if (!session.ready) {
    switch ((events & (EPOLLERR | EPOLLHUP)) != 0 ? Wire::Opening::failed : session.wire.open()) {
      case Wire::Opening::wantsRead:
        return watch(session, EPOLLIN);
      case Wire::Opening::wantsWrite:
        return watch(session, EPOLLOUT);
      case Wire::Opening::failed:
        return loseSession(session);
      case Wire::Opening::done:
        session.ready = true;
    }
  }
  if (!readSession(session)) return loseSession(session);
  if (session.closing && session.streams.empty()) return loseSession(session);
  if (!session.flush()) return loseSession(session);
  watch(session, EPOLLIN | (session.wantsWrite() ? EPOLLOUT : 0u));
}

/** Reads all there is; false when the connection is over. */
bool Engine::readSession(Http2Session& session) {
  for (;;) {
    const ssize_t bytes = session.wire.read(input_.data(), input_.size());
    if (bytes == Wire::kLater) return true;
    if (bytes == 0) return false;
    shared.arrivalNs = nowNs();
    Http2Session::News news;
    session.feed(input_.data(), static_cast<size_t>(bytes), news);
    act(session, news);
    if (news.broken) return false;
  }
}

void Engine::act(Http2Session& session, const Http2Session::News& news) {
  for (const uint32_t number : news.began) {
    withFirstEvent++;
    if (ClientSide* client = session.find(number)) onFirstEvent(*client);
  }
  for (const uint32_t number : news.ended) {
    if (ClientSide* client = session.find(number)) loseClient(*client);
  }
  for (const uint32_t number : news.refused) {
    // Nothing was done about it, so it may be asked for again (RFC 9113, 6.8).
    if (std::unique_ptr<ClientSide> client = session.take(number)) startStream(std::move(client));
  }
}

void Engine::flushSession(Http2Session& session) {
  session.flush();
  // While it connects, EPOLLOUT is being waited for anyway.
  if (session.ready) watch(session, EPOLLIN | (session.wantsWrite() ? EPOLLOUT : 0u));
}

void Engine::loseSession(Http2Session& session) {
  session.closing = true;
  while (!session.streams.empty()) loseClient(*session.streams.back());
  sessions_.erase(std::remove(sessions_.begin(), sessions_.end(), &session), sessions_.end());
  session.wire.sayGoodbye();
  forget(session);
}
