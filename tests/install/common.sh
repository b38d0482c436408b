# shellcheck shell=bash
# What the installation tests do. Sourced; where things are installed, with the build folder in $build.

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
