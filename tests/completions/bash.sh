#!/usr/bin/env bash
# bash's function, called as bash calls it. Usage: bash.sh GREQ COMPLETIONS
set -eu
greq=$1
# shellcheck source=/dev/null
. "$2/greq.bash"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir trace
touch budget.ini

# Expects these words, in a line, for the rest of the arguments.
expect() {
    local words=$1
    shift
    COMP_WORDS=(greq "$@")
    COMP_CWORD=$#
    _greq "$greq"
    [ "${COMPREPLY[*]}" = "$words" ] || {
        echo "greq $*: '${COMPREPLY[*]}' and not '$words'" >&2
        exit 1
    }
}

complete -p greq >/dev/null
expect "report" rep
expect "--junit" check --j
expect "html" report --format = h
expect "trace" trace -o tr
expect "budget.ini" check --budget bud
expect "budget.ini" trace cat bud

# A program is completed as at the begin of a line.
greq_completes() { :; }
expect "greq_completes" run -- greq_compl
