// The client's end of a connection: a socket, with TLS on it where the target speaks that.
#pragma once
#include <sys/types.h>

#include <cstddef>

struct ssl_st;

enum class Transport { plain, tls, http2 };

class Wire {
 public:
  enum class Opening { done, wantsRead, wantsWrite, failed };
  /** Nothing to read, or no room to write, for now. */
  static constexpr ssize_t kLater = -1;

  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  /** @throws std::runtime_error for TLS where this program was compiled without it */
  void attach(int fd, Transport transport);
  /** Goes on with the handshake; to be called until it is done. */
  Opening open();
  /** Bytes read; 0 when the connection is over. */
  ssize_t read(char* buffer, size_t bytes);
  /** Bytes written; 0 when the connection is over. */
  ssize_t write(const char* data, size_t bytes);
  /** Says that nothing more will come, as far as that goes without waiting. */
  void sayGoodbye();
  /** Does the end of a read say nothing about what is left inside? Then read until kLater. */
  bool holdsBack() const { return ssl_ != nullptr; }

 private:
  int fd_ = -1;
  ssl_st* ssl_ = nullptr;
};
