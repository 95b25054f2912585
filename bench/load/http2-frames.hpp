// As much of HTTP/2 (RFC 9113) as a client needs that only asks for streams: frames, and one request as a header block.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>

namespace http2 {
enum Type : uint8_t { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7, kWindow = 8 };
constexpr uint8_t kEndStream = 1, kAck = 1, kPadded = 8, kPriority = 0x20;
constexpr size_t kHeadBytes = 9;
constexpr uint32_t kCancel = 8;
/** What the other end may send unasked, of one stream and of all: about as much as browsers allow. */
constexpr uint32_t kWindowBytes = 16u << 20;

struct FrameHead {
  uint32_t bytes;
  uint8_t type;
  uint8_t flags;
  uint32_t stream;
};

inline uint32_t readNumber(const char* at, size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; i++) value = value << 8 | static_cast<uint8_t>(at[i]);
  return value;
}

inline FrameHead readHead(const char* at) {
  return {readNumber(at, 3), static_cast<uint8_t>(at[3]), static_cast<uint8_t>(at[4]), readNumber(at + 5, 4) & 0x7fffffff};
}

inline void putNumber(std::string& out, uint32_t value, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xff);
}

inline void putFrame(std::string& out, Type type, uint8_t flags, uint32_t stream, const std::string& payload) {
  putNumber(out, static_cast<uint32_t>(payload.size()), 3);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  putNumber(out, stream, 4);
  out += payload;
}

inline void putWindow(std::string& out, uint32_t stream, uint32_t bytes) {
  std::string payload;
  putNumber(payload, bytes, 4);
  putFrame(out, kWindow, 0, stream, payload);
}

inline void putReset(std::string& out, uint32_t stream, uint32_t code) {
  std::string payload;
  putNumber(payload, code, 4);
  putFrame(out, kReset, 0, stream, payload);
}

/** What a client says first. */
inline std::string preface() {
  std::string out = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  std::string settings;
  putNumber(settings, 2, 2);  // no pushes
  putNumber(settings, 0, 4);
  putNumber(settings, 4, 2);  // window of each stream
  putNumber(settings, kWindowBytes, 4);
  putFrame(out, kSettings, 0, 0, settings);
  putWindow(out, 0, kWindowBytes - 65'535);
  return out;
}

/** A field of HPACK's static table with a value of its own, not to be remembered (RFC 7541, 6.2.2). */
inline void putField(std::string& block, unsigned index, const std::string& value) {
  if (index < 15) block += static_cast<char>(index);
  else {
    block += '\x0f';
    block += static_cast<char>(index - 15);
  }
  block += static_cast<char>(value.size());
  block += value;
}

inline void putRequest(std::string& out, uint32_t stream, const std::string& authority, const std::string& path) {
  std::string block = "\x82\x87";  // GET, https
  putField(block, 1, authority);
  putField(block, 4, path);
  putField(block, 19, "text/event-stream");
  putField(block, 24, "no-cache");
  putField(block, 58, "bench");
  putFrame(out, kHeaders, kEndStream | 4, stream, block);
}

/** Does a header block begin with status 200? Every server writes that as one byte. */
inline bool isOk(const char* block, size_t bytes) {
  size_t at = 0;
  // Changes of the table's size come first (RFC 7541, 6.3).
  while (at < bytes && (static_cast<uint8_t>(block[at]) & 0xe0) == 0x20) {
    if ((static_cast<uint8_t>(block[at++]) & 0x1f) != 0x1f) continue;
    while (at < bytes && (static_cast<uint8_t>(block[at++]) & 0x80) != 0) continue;
  }
  return at < bytes && static_cast<uint8_t>(block[at]) == 0x88;
}
}  // namespace http2
