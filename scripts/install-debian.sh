#!/usr/bin/env bash
# Installs, on Debian and as root, what the whole test suite uses beyond Node: the real intermediaries, the
# backends of examples/, and a Docker engine with Compose. Nothing is started.
set -euo pipefail

packages=(
  nginx                       # test/e2e: the real thing
  haproxy caddy apache2 lighttpd varnish nghttp2-proxy pushpin   # test/e2e, configs/: the other intermediaries
  lighttpd-mod-deflate        # test/e2e, configs/: compression is a package of its own
  uwsgi-core uwsgi-plugin-python3   # test/e2e, configs/: behind nginx and Apache, by FastCGI and uwsgi
  tinyproxy squid             # test/e2e: forward proxies, and in front of an application
  libnginx-mod-nchan trafficserver h2o mitmproxy   # configs/: the other intermediaries
  docker.io iptables docker-compose   # container tests and docker-compose.yml
  python3-fastapi uvicorn     # examples/: the Python backend
  python3-requests            # test/e2e/client-guides: the lines of docs/clients
  golang-go                   # examples/: the Go backend
  g++ libssl-dev              # bench/: the load generator
  chromium                    # the demo's live page, clients of the gateway
  poppler-utils               # test/pages: what the HTML report prints
  openssl                     # certificates for tests over TLS
  ca-certificates             # scripts/base-images.sh copies them
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
  echo 'everything is installed already'
  exit
fi

# Installing a Debian server also starts it: nginx would sit on port 80, and a Docker engine nobody stops
# would stay. invoke-rc.d asks this file first (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends "${missing[@]}"
