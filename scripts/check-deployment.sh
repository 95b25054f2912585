#!/usr/bin/env bash
# Starts docs/deploy/compose.yaml as it stands, looks at it from outside, stops the gateway under a stream, and takes
# everything down again: about 30 s, most of it the drain. A Docker engine has to run (scripts/docker-engine.sh), and
# port 8080 has to be free. NODE_IMAGE: another base image (scripts/base-images.sh).
set -euo pipefail
cd "$(dirname "$0")/.."

URL=http://127.0.0.1:8080
READY_WITHIN_S=60

# A machine that gives less may not be asked for more.
most=$(ulimit -Hn)
if [[ $most != unlimited && $most -lt 200000 ]]; then export NOFILE=$most; fi

work=$(mktemp -d)

compose() {
  local command=(docker-compose)
  if docker compose version >/dev/null 2>&1; then command=(docker compose); fi
  "${command[@]}" --project-name unclog-deployment --file docs/deploy/compose.yaml "$@"
}

finish() {
  compose down --volumes --remove-orphans --timeout 1 >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "docs/deploy/compose.yaml: $1" >&2
  compose logs --tail 20 >&2 || true
  exit 1
}

# A question that the gateway answers by itself.
is_up() { [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 2 -X OPTIONS -H 'Max-Forwards: 0' "$URL/") == 204 ]]; }

compose up --build --detach
for ((tick = 0; tick < READY_WITHIN_S * 5; tick++)); do
  if is_up; then break; fi
  sleep 0.2
done
is_up || fail "the gateway does not answer within $READY_WITHIN_S s"

node bin/unclog.js probe --duration 4s "$URL/stream" || fail 'the stream does not flow'

gateway=$(compose ps -q gateway)
curl -sN "$URL/stream" >"$work/stream" &
client=$!
for ((tick = 0; tick < 50; tick++)); do
  if [[ -s $work/stream ]]; then break; fi
  sleep 0.2
done
began=$SECONDS
# As long as the file says, which is longer than Docker's own 10 s.
compose stop gateway
code=0
wait "$client" || code=$?
echo "drained in $((SECONDS - began)) s; curl ended with $code, the gateway with $(docker inspect --format '{{.State.ExitCode}}' "$gateway")"
[[ $code -eq 0 ]] || fail "the stream was cut off (curl: $code)"
[[ -s $work/stream && $(tail -c 2 "$work/stream") == '' ]] || fail 'the stream ended within an event'
[[ $(docker inspect --format '{{.State.ExitCode}}' "$gateway") == 0 ]] || fail 'the gateway did not end in order'
