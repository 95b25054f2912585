#!/usr/bin/env bash
# Makes the base images that Dockerfile and docker-compose.yml build on from this machine's own files, for
# machines that reach no image registry. A machine that does needs none of this.
#
#   scripts/base-images.sh            makes the images (a running Docker engine is needed)
#   eval "$(scripts/base-images.sh --env)"   prints the variables that make compose and the tests use them
#
# Debian or a relative of it, with node, npm and nginx installed.
set -euo pipefail

NODE_TAG=unclog-base-node:host
NGINX_TAG=unclog-base-nginx:host

if [[ ${1:-} == --env ]]; then
  printf 'export %s\n' "NODE_IMAGE=$NODE_TAG" "NGINX_OLD_IMAGE=$NGINX_TAG" "NGINX_NEW_IMAGE=$NGINX_TAG" \
    'TESTCONTAINERS_RYUK_DISABLED=true'
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# new_root DIR: the skeleton of a root file system, laid out as Debian does (/bin, /lib… are links into /usr).
new_root() {
  mkdir -p "$1"/usr/{bin,sbin,lib,lib64} "$1"/etc "$1"/root "$1"/var/log "$1"/var/lib
  ln -s usr/bin "$1/bin"; ln -s usr/sbin "$1/sbin"; ln -s usr/lib "$1/lib"; ln -s usr/lib64 "$1/lib64"
  install -d -m 1777 "$1/tmp"
  cp /etc/nsswitch.conf "$1/etc/" 2>/dev/null || echo 'hosts: files dns' >"$1/etc/nsswitch.conf"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'node:x:1000:1000::/tmp:/bin/sh' \
    'nginx:x:101:101::/tmp:/bin/sh' 'nobody:x:65534:65534::/tmp:/bin/sh' >"$1/etc/passwd"
  printf '%s\n' 'root:x:0:' 'node:x:1000:' 'nginx:x:101:' 'nogroup:x:65534:' >"$1/etc/group"
}

# add_programs DIR PROGRAM…: copies programs with the shared libraries they load, links resolved.
add_programs() {
  local root=$1 file program; shift
  for program in "$@"; do
    file=$(type -P "$program") || { echo "$program is not installed" >&2; exit 1; }
    install -D "$(readlink -f "$file")" "$root$(realpath -s "$file")"
    { ldd "$file" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r library; do
      install -D "$(readlink -f "$library")" "$root$library"
    done
  done
}

make_image() { tar -C "$1" -c . | docker import "${@:3}" - "$2" >/dev/null; docker image ls "$2" --format '{{.Repository}}:{{.Tag}} {{.Size}}'; }

# PATH without programs that a developer's shell puts in front: the image gets the system's own.
PATH=/usr/sbin:/usr/bin:$PATH

node=$work/node
new_root "$node"
add_programs "$node" node sh env test rm mkdir
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
