#!/usr/bin/env bash
# A Docker engine for machines where no service manager runs one.
#   scripts/docker-engine.sh start   starts one, unless one answers already; waits until it is ready
#   scripts/docker-engine.sh stop    stops the one that `start` started, no other
# Its files lie in /var/lib/unclog-docker (log: dockerd.log). Needs root.
#
# An engine's connection tracking costs every packet of the machine something, loopback included: run it while
# containers are tested, not while speed is measured.
set -euo pipefail

dir=/var/lib/unclog-docker
pidfile=$dir/dockerd.pid
READY_WITHIN_S=60
STOPPED_WITHIN_S=30

start() {
  if docker info >/dev/null 2>&1; then
    echo 'a Docker engine is running already'
    return
  fi
  mkdir -p "$dir"
  # Ports are published on the loopback unless told otherwise. A session of its own, or Ctrl-C in the terminal would take it along before its containers are stopped.
  setsid dockerd --ip 127.0.0.1 --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/engine.pid" \
    >"$dir/dockerd.log" 2>&1 </dev/null &
  echo $! >"$pidfile"
  for ((tick = 0; tick < READY_WITHIN_S * 5; tick++)); do
    if docker info >/dev/null 2>&1; then
      echo "Docker engine $(docker version --format '{{.Server.Version}}') is ready"
      return
    fi
    kill -0 "$(<"$pidfile")" 2>/dev/null || break
    sleep 0.2
  done
  echo "the Docker engine did not start; the end of its log ($dir/dockerd.log):" >&2
  tail -n 20 "$dir/dockerd.log" >&2
  stop
  return 1
}

stop() {
  [[ -e $pidfile ]] || return 0
  local pid
  pid=$(<"$pidfile")
  rm -f "$pidfile"
  # The number may belong to another program by now.
  [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]] || return 0
  # What builds left behind is their cache; older than a day it only fills the disk.
  docker image prune --force --filter until=24h >/dev/null || true
  kill "$pid"
  for ((tick = 0; tick < STOPPED_WITHIN_S * 5; tick++)); do
    if ! kill -0 "$pid" 2>/dev/null; then
      # The engine leaves its own network namespace mounted.
      umount "$dir"/exec/netns/* 2>/dev/null || true
      echo 'the Docker engine has stopped'
      return
    fi
    sleep 0.2
  done
  echo "the Docker engine (process $pid) did not stop within $STOPPED_WITHIN_S s" >&2
  return 1
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
