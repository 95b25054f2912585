#!/usr/bin/env bash
# Makes an image of each intermediary that is installed here as a Debian package, for machines that reach no image
# registry: laid out as the official images are, so that docker-compose.yml starts either with the same command. A
# running Docker engine is needed, and Debian or a relative of it.
#
#   scripts/zoo/debian-images.sh [PRODUCT…]     makes unclog-zoo-PRODUCT:VERSION; without a name all that are installed
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/image-root.sh

# Product, the package whose version counts, and what else it takes.
PRODUCTS=(
  'nginx nginx'
  'haproxy haproxy'
  'caddy caddy'
  'apache apache2-bin'
  'lighttpd lighttpd'
  # Varnish compiles its configuration.
  'varnish varnish libvarnishapi3 gcc gcc-12 cpp-12 libgcc-12-dev libgcc-s1 libc6 libc6-dev binutils binutils-x86-64-linux-gnu'
  'nghttpx nghttp2-proxy'
  'pushpin pushpin condure zurl'
  'squid squid squid-common'
  'tinyproxy tinyproxy tinyproxy-bin'
  'trafficserver trafficserver'
  'h2o h2o'
)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is_installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# The version as the product itself tells it: no epoch, no number of Debian's.
version_of() { dpkg-query -W -f '${Version}' "$1" | sed 's/^[0-9]*://; s/[-~+].*//'; }

# What the official image of a product has in another place than Debian.
imitate_apache() {
  mkdir -p "$1/usr/local/apache2" "$1/usr/local/bin"
  ln -s /usr/lib/apache2/modules "$1/usr/local/apache2/modules"
  printf '#!/bin/sh\nexec /usr/sbin/apache2 -d /usr/local/apache2 "$@"\n' >"$1/usr/local/bin/httpd"
  chmod +x "$1/usr/local/bin/httpd"
}

# The package makes its file when it is installed, and leaves zurl, which the official image starts along, to the system.
imitate_pushpin() {
  mkdir -p "$1/etc/pushpin"
  sed -e 's/^services=condure,/&zurl,/' -e '/^\[proxy\]/r /dev/stdin' /etc/pushpin/pushpin.conf >"$1/etc/pushpin/pushpin.conf" <<'END'
zurl_out_specs=ipc://{rundir}/{ipc_prefix}zurl-in
zurl_out_stream_specs=ipc://{rundir}/{ipc_prefix}zurl-in-stream
zurl_in_specs=ipc://{rundir}/{ipc_prefix}zurl-out
END
}

make() {
  local product=$1 package=$2 root=$work/$1; shift
  new_root "$root"
  install -d -m 1777 "$root/var/tmp"
  # Users that some programs look up even when they do not change to them.
  printf '%s\n' 'www-data:x:33:33::/tmp:/bin/sh' 'proxy:x:13:13::/tmp:/bin/sh' >>"$root/etc/passwd"
  printf '%s\n' 'www-data:x:33:' 'proxy:x:13:' >>"$root/etc/group"
  add_programs "$root" sh env test cat cp mkdir rm sed id sleep
  add_packages "$root" "$@"
  if [[ $(type -t "imitate_$product") == function ]]; then "imitate_$product" "$root"; fi
  add_libraries "$root"
  make_image "$root" "unclog-zoo-$product:$(version_of "$package")" --change 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin'
  rm -rf "$root"
}

for line in "${PRODUCTS[@]}"; do
  read -ra words <<<"$line"
  [[ $# -eq 0 || " $* " == *" ${words[0]} "* ]] || continue
  for package in "${words[@]:1}"; do
    if ! is_installed "$package"; then
      echo "unclog-zoo-${words[0]}: the package $package is not installed"
      continue 2
    fi
  done
  make "${words[@]}"
done
