#!/usr/bin/env bash
# Starts the live page of docker-compose.yml, sees a switch change the nginx in its container, and stops it again.
# Needs a running Docker engine and curl. Arguments are passed to compose, in front of its command.
set -euo pipefail
cd "$(dirname "$0")/.."
PAGE=http://127.0.0.1:8090

compose() {
  if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}
options=("$@" --profile live)
trap 'compose "${options[@]}" down --volumes >/dev/null 2>&1' EXIT

switch() { curl -sSf -H "Origin: $PAGE" -H 'Content-Type: application/json' -d "$1" "$PAGE/switches"; }
expect() { [[ $1 == *"$2"* ]] || { echo "expected $2 in: $1" >&2; compose "${options[@]}" logs >&2; exit 1; }; }

compose "${options[@]}" up -d --build live live-nginx
for ((second = 0; second < 90; second++)); do
  curl -sf -o /dev/null "$PAGE" && break
  sleep 1
done
expect "$(switch '{"reset":true}')" '"kind":"folder"'
expect "$(switch '{"switches":{"proxy-buffering-off":true}}')" 'proxy_buffering off;'
# The lanes' ports reach nginx, and nginx the origin, which knows no such round.
for port in 8092 8093 8094; do
  expect "$(curl -sS -i "http://127.0.0.1:$port/stream?round=none")" 'This round is over.'
done
echo 'the live page is there, and a switch gets to its nginx'
