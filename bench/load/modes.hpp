#pragma once
#include <memory>

#include "engine.hpp"

/** The modes of measurement. Throw std::runtime_error when the streams cannot be had. */
std::unique_ptr<Engine> createPaced(const Options&);
std::unique_ptr<Engine> createBlast(const Options&);
std::unique_ptr<Engine> createChurn(const Options&);
std::unique_ptr<Engine> createIdle(const Options&);
std::unique_ptr<Engine> createAbort(const Options&);
std::unique_ptr<Engine> createStall(const Options&);

constexpr int64_t kOpenTimeoutNs = 30'000'000'000;
