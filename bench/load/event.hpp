// One event of a fixed size: "data: <stream> <number> <sent at, ns> <fill>\n\n". Written by the origin, checked by the
// client byte for byte: another stream's event, a gap, a repeat or a changed byte is counted.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace event {
constexpr size_t kStreamAt = 6, kStreamDigits = 6;
constexpr size_t kNumberAt = 13, kNumberDigits = 10;
constexpr size_t kTimeAt = 24, kTimeDigits = 19;
constexpr size_t kFillAt = 44;
constexpr size_t kSmallest = 64;

inline void putDigits(char* at, size_t digits, uint64_t value) {
  for (size_t i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

inline uint64_t readDigits(const char* at, size_t digits) {
  uint64_t value = 0;
  for (size_t i = 0; i < digits; i++) value = value * 10 + static_cast<uint64_t>(at[i] - '0');
  return value;
}

/** Adds one to a decimal number in place: cheaper than writing all digits anew for each of millions of events. */
inline void increment(char* at, size_t digits) {
  for (size_t i = digits; i-- > 0;) {
    if (at[i] != '9') {
      at[i]++;
      return;
    }
    at[i] = '0';
  }
}

inline std::string blank(size_t bytes) {
  std::string text(bytes, ' ');
  memcpy(&text[0], "data: ", 6);
  putDigits(&text[kStreamAt], kStreamDigits, 0);
  putDigits(&text[kNumberAt], kNumberDigits, 0);
  putDigits(&text[kTimeAt], kTimeDigits, 0);
  for (size_t i = kFillAt; i < bytes - 2; i++) text[i] = static_cast<char>('a' + i % 26);
  text[bytes - 2] = text[bytes - 1] = '\n';
  return text;
}

/** The event as one chunk of a chunked body. */
struct ChunkTemplate {
  explicit ChunkTemplate(size_t eventBytes) {
    char size[24];
    const int digits = snprintf(size, sizeof size, "%zx\r\n", eventBytes);
    head = static_cast<size_t>(digits);
    text = std::string(size, head) + blank(eventBytes) + "\r\n";
  }
  std::string text;
  /** Bytes before the event. */
  size_t head = 0;

  /** Appends `count` chunks to `out`, numbered from `number` on, sent at `timeNs`. */
  void write(std::vector<char>& out, uint64_t stream, uint64_t number, size_t count, int64_t timeNs) const {
    out.resize(count * text.size());
    char* at = out.data();
    memcpy(at, text.data(), text.size());
    putDigits(at + head + kStreamAt, kStreamDigits, stream);
    putDigits(at + head + kNumberAt, kNumberDigits, number);
    putDigits(at + head + kTimeAt, kTimeDigits, static_cast<uint64_t>(timeNs));
    for (size_t i = 1; i < count; i++) {
      memcpy(at + text.size(), at, text.size());
      at += text.size();
      increment(at + head + kNumberAt, kNumberDigits);
    }
  }
};

/** What went wrong with the events of a run. */
struct Integrity {
  uint64_t lost = 0;
  uint64_t repeated = 0;
  /** Bytes that are no event of this stream: damaged, or another stream's. */
  uint64_t damaged = 0;
  bool ok() const { return lost == 0 && repeated == 0 && damaged == 0; }
};
}  // namespace event
