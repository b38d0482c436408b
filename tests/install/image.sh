#!/usr/bin/env bash
# What the Dockerfile installs, by its own line: less than 3 MB, and it works after it was copied. No image is
# made. Usage: image.sh TOP BUILD
set -eu
top=$1 build=$2
here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

line=$(sed -n 's/^RUN \(cmake --install .*\)/\1/p' "$top/Dockerfile")
[ -n "$line" ] || fail "no installation in the Dockerfile"
line=${line/build\/release/$build}
line=${line/\/greq/$work/greq}
bash -c "$line" >"$work/install.log" 2>&1 || fail "$line failed: $(cat "$work/install.log")"

size=$(du -sb "$work/greq" | cut -f 1)
[ "$size" -lt 3000000 ] || fail "it has $size bytes"

mv "$work/greq" "$work/local"
library=$(find "$work/local" -name libgreq.so)
needed=$(readelf --dynamic "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v -e '^libc\.' -e '^ld-linux') || true
[ -z "$needed" ] || fail "the library needs more than libc: $needed"

mkdir "$work/trace"
LD_PRELOAD=$library GREQ_TRACE=$work/trace sleep 0.01
"$work/local/bin/greq" report "$work/trace" >"$work/report"
grep -q nanosleep "$work/report" || fail "the sleep is not in: $(cat "$work/report")"
