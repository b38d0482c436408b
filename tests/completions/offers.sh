#!/usr/bin/env bash
# What greq complete offers is what the commands take, no more and no less. Usage: offers.sh GREQ
set -eu
greq=$1

fail() {
    echo "$*" >&2
    exit 1
}

# The words that are offered, without their meaning and the last line.
offered() {
    "$greq" complete "$@" | grep -v '^:' | cut -f 1
}

# Expects the last line of an answer.
expect_rest() {
    local rest=$1 answer
    shift
    answer=$("$greq" complete "$@" | tail -n 1)
    [ "$answer" = "$rest" ] || fail "$*: '$answer' and not '$rest'"
}

commands=$(offered "")
[ "$commands" = "$("$greq" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')" ] ||
    fail "other commands than --help has: $commands"

for command in $commands; do
    taken=$("$greq" "$command" --help | grep -oE '^ +(-., )?(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' |
        grep -vx -e --usage -e --version | sort)
    [ "$(offered "$command" -- | sort)" = "$taken" ] || fail "$command: other options than --help has: $taken"
done

# Each format is one, for the words and in the shells' several spellings of them.
formats=$(offered report -f "")
[ "$(wc -l <<<"$formats")" -ge 6 ] || fail "formats are missing: $formats"
for format in $formats; do
    "$greq" report -f "$format" /nowhere 2>&1 | grep -q "unknown format" && fail "$format is no format"
done
[ "$(offered report --format=js)" = --format=json ] || fail "--format=js"
[ "$(offered report --format = js)" = json ] || fail "--format = js"
[ "$(offered report -fh)" = -fhtml ] || fail "-fh"

expect_rest ":program 1" run ""
expect_rest ":program 3" trace --patch all se
expect_rest ":program 2" trace -q sleep -
expect_rest ":program 4" check -o DIR -- sle
expect_rest ":directories" trace -o ""
expect_rest ":files" check --budget ""
expect_rest ":files" report ""
expect_rest ":none" fly ""
