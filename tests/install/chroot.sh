#!/usr/bin/env bash
# Installs into the root of something like a container, where the bare name libgreq.so must be
# enough. Usage: chroot.sh TOP BUILD; status 77: not allowed here
set -eu
top=$1 build=$2
here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

root=$work/root
export TMPDIR=/tmp # there, not here
mkdir -p "$root"/{etc,tmp,dev,proc,usr/bin}
# With a namespace of its own, which has a /proc, or else by root's right alone.
if unshare --map-root-user --mount true 2>/dev/null; then
    # shellcheck disable=SC2016 # the inner shell expands it
    enter=(unshare --map-root-user --mount sh -c
        'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"' "$root")
    has_proc=true
elif chroot / true 2>/dev/null; then
    enter=(chroot "$root")
    has_proc=false
else
    echo "neither namespaces nor chroot are allowed here"
    exit 77
fi

# A program, with the libraries that it needs.
bring() {
    local file
    [ "$1" = "$root$2" ] || cp "$1" "$root$2"
    { ldd "$1" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r file; do
        mkdir -p "$root$(dirname "$file")"
        cp -n "$file" "$root$file"
    done
}

DESTDIR=$root cmake --install "$build" >"$work/install.log" 2>&1 ||
    fail "cmake --install failed: $(cat "$work/install.log")"
greq=$(find "$root" -name greq -type f -perm -u+x)
[ -x "$greq" ] || fail "no greq below $root"

cc "-I$top/shim/include" "$top/tests/victims/variant.c" -o "$work/variant"
bring "$work/variant" /variant
bring /usr/bin/env /usr/bin/env
bring "$greq" "${greq#"$root"}"
cp /etc/ld.so.conf "$root/etc/"
cp -r /etc/ld.so.conf.d "$root/etc/"
cp /sbin/ldconfig "$root/ldconfig"
"${enter[@]}" /ldconfig

expect_line "~active 0" "${enter[@]}" /variant
expect_line "~active 1" "${enter[@]}" /usr/bin/env LD_PRELOAD=libgreq.so /variant
if $has_proc; then
    expect_line "~active 1" "${enter[@]}" "${greq#"$root"}" run -- /variant
fi
