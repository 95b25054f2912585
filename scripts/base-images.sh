#!/usr/bin/env bash
# Makes the base images that Dockerfile and docker-compose.yml build on from this machine's own files, for
# machines that reach no image registry. A machine that does needs none of this.
#
#   scripts/base-images.sh            makes the images (a running Docker engine is needed)
#   eval "$(scripts/base-images.sh --env)"   prints the variables that make compose and the tests use them
#
# Debian or a relative of it, with node, npm and nginx installed.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/image-root.sh

NODE_TAG=unclog-base-node:host
NGINX_TAG=unclog-base-nginx:host

if [[ ${1:-} == --env ]]; then
  printf 'export %s\n' "NODE_IMAGE=$NODE_TAG" "NGINX_OLD_IMAGE=$NGINX_TAG" "NGINX_NEW_IMAGE=$NGINX_TAG" \
    'TESTCONTAINERS_RYUK_DISABLED=true'
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

node=$work/node
new_root "$node"
add_programs "$node" node sh env test rm mkdir
# What packages bring along in machine code loads parts of the C library that Node does not.
add_packages "$node" libc6
modules=$(npm root --global)
mkdir -p "$node/usr/lib/node_modules"
cp -a "$modules/npm" "$node/usr/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$node/usr/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$node/usr/bin/npx"
install -D /etc/ssl/certs/ca-certificates.crt "$node/etc/ssl/certs/ca-certificates.crt"
make_image "$node" "$NODE_TAG" \
  --change 'ENV PATH=/usr/sbin:/usr/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'

nginx=$work/nginx
new_root "$nginx"
add_programs "$nginx" nginx sh test mkdir mv rm sleep
mkdir -p "$nginx"/etc/nginx "$nginx"/var/log/nginx "$nginx"/var/lib/nginx "$nginx"/usr/share/nginx
cp /etc/nginx/mime.types "$nginx/etc/nginx/"
make_image "$nginx" "$NGINX_TAG" --change 'ENV PATH=/usr/sbin:/usr/bin'
