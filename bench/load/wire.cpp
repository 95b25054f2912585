#include "wire.hpp"

#include <errno.h>
#include <sys/socket.h>

#include <stdexcept>

#ifdef BENCH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace {
SSL_CTX* contextFor(Transport transport) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  // What is measured is the other end: every connection is a full handshake, and no certificate is looked at.
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  const bool http2 = transport == Transport::http2;
  const auto* names = reinterpret_cast<const unsigned char*>(http2 ? "\x02h2" : "\x08http/1.1");
  SSL_CTX_set_alpn_protos(context, names, http2 ? 3 : 9);
  return context;
}

/** kLater, or 0 for everything that ends the connection. */
ssize_t refusal(SSL* ssl, int result) {
  const int reason = SSL_get_error(ssl, result);
  ERR_clear_error();
  return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? Wire::kLater : 0;
}
}  // namespace

Wire::~Wire() {
  if (ssl_ != nullptr) SSL_free(ssl_);
}

void Wire::attach(int fd, Transport transport) {
  fd_ = fd;
  if (transport == Transport::plain) return;
  static SSL_CTX* const context = contextFor(transport);
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, fd);
  SSL_set_connect_state(ssl_);
}

Wire::Opening Wire::open() {
  if (ssl_ == nullptr) return Opening::done;
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    const unsigned char* name = nullptr;
    unsigned bytes = 0;
    SSL_get0_alpn_selected(ssl_, &name, &bytes);
    return bytes > 0 ? Opening::done : Opening::failed;
  }
  const int reason = SSL_get_error(ssl_, result);
  ERR_clear_error();
  if (reason == SSL_ERROR_WANT_READ) return Opening::wantsRead;
  return reason == SSL_ERROR_WANT_WRITE ? Opening::wantsWrite : Opening::failed;
}

ssize_t Wire::read(char* buffer, size_t bytes) {
  if (ssl_ != nullptr) {
    const int count = SSL_read(ssl_, buffer, static_cast<int>(bytes));
    return count > 0 ? count : refusal(ssl_, count);
  }
  const ssize_t count = recv(fd_, buffer, bytes, 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? kLater : 0;
  return count;
}

ssize_t Wire::write(const char* data, size_t bytes) {
  if (ssl_ != nullptr) {
    const int count = SSL_write(ssl_, data, static_cast<int>(bytes));
    return count > 0 ? count : refusal(ssl_, count);
  }
  const ssize_t count = send(fd_, data, bytes, MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? kLater : 0;
  return count;
}

void Wire::sayGoodbye() {
  if (ssl_ == nullptr || !SSL_is_init_finished(ssl_)) return;
  SSL_shutdown(ssl_);
  ERR_clear_error();
}
#else
Wire::~Wire() = default;

void Wire::attach(int fd, Transport transport) {
  fd_ = fd;
  if (transport != Transport::plain) throw std::runtime_error("compiled without OpenSSL: no TLS and no HTTP/2");
}

Wire::Opening Wire::open() { return Opening::done; }

ssize_t Wire::read(char* buffer, size_t bytes) {
  const ssize_t count = recv(fd_, buffer, bytes, 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? kLater : 0;
  return count;
}

ssize_t Wire::write(const char* data, size_t bytes) {
  const ssize_t count = send(fd_, data, bytes, MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? kLater : 0;
  return count;
}

void Wire::sayGoodbye() {}
#endif
