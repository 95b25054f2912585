#!/usr/bin/env bash
# Root file systems for images, made from this machine's own files: sourced by base-images.sh and zoo/debian-images.sh.
# Debian or a relative of it.

# PATH without programs that a developer's shell puts in front: the images get the system's own.
PATH=/usr/sbin:/usr/bin:$PATH

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

# add_packages DIR PACKAGE…: copies the files of installed packages, but what is for readers only.
add_packages() {
  local root=$1; shift
  dpkg -L "$@" | grep -Ev '^/usr/share/(doc|man|locale|lintian|bug|info)/|^/\.$' | sort -u | while read -r file; do
    if [[ -L $file || ! -d $file ]]; then printf '%s\0' "${file#/}"; fi
  done | tar -C / -c --null --no-recursion -T - --ignore-failed-read 2>/dev/null |
    tar -C "$root" -x --keep-directory-symlink
}

# add_libraries DIR: copies the shared libraries that the programs in DIR load.
add_libraries() {
  local root=$1 library
  # What is no program at all ends ldd with an error.
  { find "$root" -type f \( -perm -100 -o -name '*.so*' \) -print0 | xargs -0 ldd 2>/dev/null || true; } |
    grep -o '=> /[^ ]*\|^\s/[^ ]*' | sed 's/=> //; s/^\s*//' | sort -u | while read -r library; do
    [[ $library == "$root"* || -e $root$library ]] || install -D "$(readlink -f "$library")" "$root$library"
  done
}
