// Load generator: origin and clients of a proxy in one process. Prints one JSON object; options are --name value pairs.
#include <signal.h>
#include <sys/prctl.h>

#include <cmath>
#include <map>
#include <sstream>
#include <stdexcept>

#include "measurement.hpp"
#include "modes.hpp"

namespace {
std::vector<int> readList(const std::string& text) {
  std::vector<int> result;
  std::stringstream parts(text);
  std::string part;
  while (std::getline(parts, part, ',')) result.push_back(std::stoi(part));
  return result;
}

Transport readTransport(const std::string& text) {
  if (text == "plain") return Transport::plain;
  if (text == "tls") return Transport::tls;
  if (text == "h2") return Transport::http2;
  throw std::runtime_error("unknown transport " + text);
}

Options readOptions(int count, char** values) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = values[i], value = values[i + 1];
    if (name == "--mode") options.mode = value;
    else if (name == "--origin") options.originPort = std::stoi(value);
    else if (name == "--target") options.targetPort = std::stoi(value);
    else if (name == "--pids") options.pids = readList(value);
    else if (name == "--size") options.eventBytes = static_cast<size_t>(std::stoul(value));
    else if (name == "--streams") options.streams = std::stoi(value);
    else if (name == "--rate") options.rate = std::stod(value);
    else if (name == "--warm-ms") options.warmMs = std::stoi(value);
    else if (name == "--measure-ms") options.measureMs = std::stoi(value);
    else if (name == "--warm-streams") options.warmStreams = std::stoi(value);
    else if (name == "--max-streams") options.maxStreams = std::stoi(value);
    else if (name == "--warm-waves") options.warmWaves = std::stoi(value);
    else if (name == "--waves") options.waves = std::stoi(value);
    else if (name == "--levels") options.levels = readList(value);
    else if (name == "--settle-ms") options.settleMs = std::stoi(value);
    else if (name == "--wait-ms") options.waitMs = std::stoi(value);
    else if (name == "--max-bytes") options.maxBytes = std::stoll(value);
    else if (name == "--transport") options.transport = readTransport(value);
    else if (name == "--per-connection") options.perConnection = std::stoi(value);
    else if (name == "--comments") options.comments = value == "allowed";
    else throw std::runtime_error("unknown option " + name);
  }
  if (options.eventBytes < event::kSmallest) throw std::runtime_error("--size is less than 64 bytes");
  return options;
}

std::unique_ptr<Engine> createEngine(const Options& options) {
  const std::map<std::string, std::unique_ptr<Engine> (*)(const Options&)> modes{
      {"paced", createPaced}, {"blast", createBlast}, {"churn", createChurn},
      {"idle", createIdle},   {"abort", createAbort}, {"stall", createStall}};
  const auto found = modes.find(options.mode);
  if (found == modes.end()) throw std::runtime_error("unknown mode " + options.mode);
  return found->second(options);
}
}  // namespace

int main(int count, char** values) {
  signal(SIGPIPE, SIG_IGN);
  // Nobody is left to read the result: do not go on loading the machine.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    printf("%s\n", createEngine(readOptions(count, values))->run().c_str());
    return 0;
  } catch (const std::exception& error) {
    fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
