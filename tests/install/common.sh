# shellcheck shell=bash
# What both installation tests do. Sourced, with the build folder in $build and the sources in $top.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

# Runs a command, which must print the given line.
expect_line() {
    local line=$1 output
    shift
    output=$("$@" 2>&1) || fail "$*: failed: $output"
    grep -qx -- "$line" <<<"$output" || fail "$*: no line '$line' in: $output"
}
