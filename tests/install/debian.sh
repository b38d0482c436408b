#!/usr/bin/env bash
# Builds the Debian packages, has lintian look at them, and installs, uses and removes them in a
# copy of this system that is thrown away. Usage: debian.sh TOP; status 77: cannot be done here
set -eu
top=$1
here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

for command in dpkg-buildpackage dh lintian git; do
    command -v "$command" >/dev/null || {
        echo "$command is not here: skipped"
        exit 77
    }
done

mkdir -p "$work/source"
git -C "$top" ls-files -z | tar -C "$top" --null -T - -c | tar -C "$work/source" -x
(cd "$work/source" && dpkg-buildpackage -b -us -uc) >"$work/build.log" 2>&1 ||
    fail "dpkg-buildpackage failed: $(tail -n 30 "$work/build.log")"
lintian --profile debian --fail-on error "$work"/*.changes >"$work/lintian" 2>&1 ||
    fail "lintian has errors to tell: $(cat "$work/lintian")"

# A layer over this system's root, which the end of the namespace takes away with all in it.
cc "-I$top/shim/include" "$top/tests/victims/variant.c" -o "$work/variant"
mkdir "$work/layers"
cat >"$work/in_copy" <<'END'
set -eu
work=$1
mount -t tmpfs none "$work/layers"
mkdir "$work/layers/upper" "$work/layers/work" "$work/layers/root"
root=$work/layers/root
mount -t overlay none -o "lowerdir=/,upperdir=$work/layers/upper,workdir=$work/layers/work" "$root" || exit 77
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
chroot "$root" bash -eu "$work/use" "$work"
find "$work/layers/upper" -name '*greq*' ! -path '*/var/lib/dpkg/*' ! -path "$work/layers/upper/tmp/*"
END
cat >"$work/use" <<'END'
work=$1
cd /
{
    dpkg -i "$work"/libgreq_*.deb "$work"/greq_*.deb "$work"/libgreq-dev_*.deb
    greq --version
    env LD_PRELOAD='/usr/$LIB/greq/libgreq.so' "$work/variant"
    greq run -- "$work/variant"
    greq trace -q -o /tmp/greq-trace -- sleep 0.01
    greq report /tmp/greq-trace | grep nanosleep
    rm -r /tmp/greq-trace
    pkg-config --cflags greq
    printf '#include <greq/greq.h>\nint main(void) { return greq_active(); }\n' >/tmp/uses.c
    cc $(pkg-config --cflags greq) /tmp/uses.c -o /tmp/uses && /tmp/uses
    dpkg -P libgreq-dev greq libgreq
    ! dpkg -s greq
} >&2
END
status=0
unshare --mount bash "$work/in_copy" "$work" >"$work/left" 2>"$work/said" || status=$?
[ "$status" != 77 ] || exit 77
[ "$status" = 0 ] || fail "in the copy: status $status: $(cat "$work/said")"
[ "$(grep -cx '~active 1' "$work/said")" = 2 ] || fail "the preload was not active: $(cat "$work/said")"
[ ! -s "$work/left" ] || fail "left behind: $(cat "$work/left")"
