#!/usr/bin/env bash
# The profile of greq report, read by go tool pprof. Usage: pprof.sh GREQ
set -eu
greq=$1
command -v go >/dev/null || {
    echo "go is not here: skipped"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work PPROF_TMPDIR=$work

"$greq" trace -q -o "$work/trace" -- sh -c 'sleep 0.2; exec sleep 0.3'
"$greq" report -f pprof -o "$work/profile.pb" "$work/trace"
go tool pprof -top -unit=ms -sample_index=blocked "$work/profile.pb" >"$work/top" 2>&1 || {
    cat "$work/top"
    exit 1
}

# Both sleeps are there, with their time: at least 500 ms.
awk '$NF ~ /nanosleep/ { sum += $1 } END { exit !(sum >= 500) }' "$work/top" || {
    echo "the sleeps are not in:"
    cat "$work/top"
    exit 1
}
