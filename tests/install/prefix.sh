#!/usr/bin/env bash
# Installs under a prefix of its own and builds a program against it. Usage: prefix.sh TOP BUILD
set -eu
top=$1 build=$2
here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" >"$work/install.log" 2>&1 ||
    fail "cmake --install failed: $(cat "$work/install.log")"

library=$(find "$prefix" -name libgreq.so)
[ -f "$library" ] || fail "no libgreq.so below $prefix"
[ -x "$prefix/bin/greq" ] || fail "no greq below $prefix"
[ -n "$(find "$prefix/share/man/man1" -name 'greq.1*')" ] || fail "no man page below $prefix"
[ -s "$prefix/share/greq/report-1.schema.json" ] || fail "no schema of the JSON report below $prefix"

# The pkg-config file, wherever the prefix has been moved to.
PKG_CONFIG_PATH=$(dirname "$library")/pkgconfig
export PKG_CONFIG_PATH
read -ra flags <<<"$(pkg-config --define-prefix --cflags greq)"
cp "$top/tests/victims/variant.c" "$work/variant.cpp"
cc -Wall -Wextra -Werror "${flags[@]}" "$top/tests/victims/variant.c" -o "$work/variant"
c++ -Wall -Wextra -Werror "${flags[@]}" "$work/variant.cpp" -o "$work/variant++"

for program in "$work/variant" "$work/variant++"; do
    expect_line "~active 0" "$program"
    expect_line "~active 1" env LD_PRELOAD="$library" "$program"
    expect_line "~active 1" "$prefix/bin/greq" run -- "$program"
    expect_line "~active 0" "$prefix/bin/greq" run --patch none -- "$program"
done
