// Reads an answer as a client does: head, chunked or close-delimited body, events. Checks every event.
#pragma once
#include <strings.h>

#include <algorithm>
#include <string>
#include <vector>

#include "event.hpp"

/** What all readers of a run share. */
struct ReaderShared {
  explicit ReaderShared(size_t bytes) : eventBytes(bytes), fill(event::blank(bytes)) {}
  size_t eventBytes;
  std::string fill;
  event::Integrity integrity;
  uint64_t events = 0;
  /** May comment lines stand between the events, and how many did. */
  bool allowComments = false;
  uint64_t comments = 0;
  /** Latencies are kept only while this is set. */
  bool recording = false;
  int64_t arrivalNs = 0;
  std::vector<int64_t> latenciesNs;
};

class ResponseReader {
 public:
  ResponseReader(ReaderShared& shared, uint32_t stream) : shared_(&shared) {
    char text[16];
    snprintf(text, sizeof text, "data: %06u ", stream);
    memcpy(prefix_, text, event::kNumberAt);
  }

  uint64_t events() const { return expected_; }
  /** The answer is not a 200, its framing is wrong, or it is complete although the origin never ends a stream. */
  bool broken() const { return broken_; }

  void feed(const char* at, size_t bytes) {
    const char* end = at + bytes;
    while (at < end && !broken_) {
      switch (state_) {
        case State::head:
          at = readHead(at, end);
          break;
        case State::size:
          at = readSize(at, end);
          break;
        case State::data: {
          const size_t take = left_ < static_cast<uint64_t>(end - at) ? static_cast<size_t>(left_) : static_cast<size_t>(end - at);
          payload(at, take);
          at += take;
          left_ -= take;
          if (left_ == 0) state_ = State::dataEnd;
          break;
        }
        case State::dataEnd:
          if (*at == '\n') state_ = State::size;
          else if (*at != '\r') broken_ = true;
          at++;
          break;
        case State::close:
          payload(at, static_cast<size_t>(end - at));
          at = end;
          break;
      }
    }
  }

  /** Bytes of the body, without a framing. */
  void payload(const char* at, size_t bytes) {
    const size_t whole = shared_->eventBytes;
    while (bytes > 0) {
      if (inComment_ || (partial_.empty() && *at == ':' && shared_->allowComments)) {
        const size_t line = commentBytes(at, bytes);
        at += line;
        bytes -= line;
      } else if (partial_.empty() && bytes >= whole) {
        check(at);
        at += whole;
        bytes -= whole;
      } else {
        const size_t take = std::min(bytes, whole - partial_.size());
        partial_.append(at, take);
        at += take;
        bytes -= take;
        if (partial_.size() < whole) return;
        check(partial_.data());
        partial_.clear();
      }
    }
  }

 private:
  enum class State { head, size, data, dataEnd, close };

  const char* readHead(const char* at, const char* end) {
    while (at < end) {
      head_ += *at++;
      if (head_.size() < 4 || head_.compare(head_.size() - 4, 4, "\r\n\r\n") != 0) continue;
      if (head_.compare(0, 7, "HTTP/1.") != 0 || head_.compare(9, 3, "200") != 0) broken_ = true;
      state_ = strcasestr(head_.c_str(), "\r\ntransfer-encoding: chunked") != nullptr ? State::size : State::close;
      head_.clear();
      head_.shrink_to_fit();
      return at;
    }
    if (head_.size() > 65'536) broken_ = true;
    return at;
  }

  const char* readSize(const char* at, const char* end) {
    while (at < end) {
      const char byte = *at++;
      if (byte == '\n') {
        if (left_ == 0) broken_ = true;
        state_ = State::data;
        inExtension_ = false;
        return at;
      }
      if (byte == ';' || byte == '\r') inExtension_ = true;
      if (inExtension_) continue;
      if (byte >= '0' && byte <= '9') left_ = left_ * 16 + static_cast<uint64_t>(byte - '0');
      else if ((byte | 32) >= 'a' && (byte | 32) <= 'f') left_ = left_ * 16 + static_cast<uint64_t>((byte | 32) - 'a' + 10);
      else broken_ = true;
    }
    return at;
  }

  /** Bytes of a comment line in what has come, its end included. */
  size_t commentBytes(const char* at, size_t bytes) {
    const void* end = memchr(at, '\n', bytes);
    inComment_ = end == nullptr;
    if (end == nullptr) return bytes;
    shared_->comments++;
    return static_cast<size_t>(static_cast<const char*>(end) - at) + 1;
  }

  void check(const char* at) {
    ReaderShared& shared = *shared_;
    if (memcmp(at, prefix_, event::kNumberAt) != 0 ||
        memcmp(at + event::kFillAt, shared.fill.data() + event::kFillAt, shared.eventBytes - event::kFillAt) != 0) {
      shared.integrity.damaged++;
      return;
    }
    const uint64_t number = event::readDigits(at + event::kNumberAt, event::kNumberDigits);
    if (number < expected_) {
      shared.integrity.repeated++;
      return;
    }
    shared.integrity.lost += number - expected_;
    expected_ = number + 1;
    shared.events++;
    if (shared.recording) {
      const int64_t sentNs = static_cast<int64_t>(event::readDigits(at + event::kTimeAt, event::kTimeDigits));
      if (sentNs != 0) shared.latenciesNs.push_back(shared.arrivalNs - sentNs);
    }
  }

  ReaderShared* shared_;
  State state_ = State::head;
  uint64_t left_ = 0;
  bool inExtension_ = false;
  bool broken_ = false;
  bool inComment_ = false;
  uint64_t expected_ = 0;
  char prefix_[16];
  std::string head_;
  std::string partial_;
};
