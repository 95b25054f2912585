#!/bin/sh
# Runs one nginx for each configuration in a folder, for as long as it is there: how `unclog demo --nginx-folder DIR`
# changes an nginx that lives in another container and shares the folder and the network with it.
#
#   NAME.conf      written by unclog, at once whole, under a name never used before: nginx is started with it
#   NAME.running   written here once that nginx listens; gone once it has ended after NAME.conf was removed
#   NAME.failed    written here with what nginx said when it does not start
#   version        written here: what `nginx -v` says
#
# Needs a shell, nginx, mkdir, mv, rm and sleep.
dir=${1:?a folder}
rm -f "$dir"/*.running "$dir"/*.failed "$dir"/*.conf
nginx -v 2>"$dir/version.new" && mv "$dir/version.new" "$dir/version"
trap 'trap - TERM INT; rm -f "$dir/version"; kill 0; exit 0' TERM INT

run() {
  name=$1 place=/tmp/$1
  mkdir -p "$place"
  nginx -p "$place" -c "$dir/$name.conf" -g 'daemon off;' 2>"$place/messages" &
  pid=$!
  while kill -0 $pid 2>/dev/null && [ -e "$dir/$name.conf" ]; do
    [ -s "$place/nginx.pid" ] && [ ! -e "$dir/$name.running" ] && : >"$dir/$name.running"
    sleep 0.1
  done
  [ -e "$dir/$name.running" ] || [ ! -e "$dir/$name.conf" ] || mv "$place/messages" "$dir/$name.failed"
  kill $pid 2>/dev/null
  wait $pid
  rm -rf "$place" "$dir/$name.running"
}

while :; do
  for conf in "$dir"/*.conf; do
    name=${conf##*/} name=${name%.conf}
    case " $seen " in *" $name "*) continue ;; esac
    [ -e "$conf" ] || continue
    seen="$seen $name"
    run "$name" &
  done
  sleep 0.1
done
