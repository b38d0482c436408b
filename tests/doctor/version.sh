#!/usr/bin/env bash
# greq says which build it is, and the doctor which one the library is. Usage: version.sh GREQ LIBRARY VERSION SOURCE
set -eu
greq=$1 library=$2 version=$3 source=$4

fail() {
    echo "$*" >&2
    exit 1
}

build_id() {
    readelf --notes "$1" | sed -n 's/.*Build ID: //p'
}

said=$("$greq" --version)
[[ $said = "greq $version"* ]] || fail "--version: $said"
[[ $said = *", build id $(build_id "$greq")" ]] || fail "--version: $said"

answer=$("$greq" doctor /bin/true)
[[ $answer = *"version $version"*"build id $(build_id "$library")"* ]] || fail "doctor: $answer"
id=$("$greq" doctor -f json /bin/true | sed -n 's/.*"build_id": "\(.*\)".*/\1/p')
[ "$id" = "$(build_id "$library")" ] || fail "doctor -f json: $id"

# The commit is that of the source when it was built: now, unless somebody has committed since.
if git -C "$source" rev-parse 2>/dev/null && [ -z "$(git -C "$source" rev-parse --show-prefix)" ]; then
    commit=${said#*, commit }
    commit=${commit%%[+,]*}
    git -C "$source" cat-file -e "$commit^{commit}" || fail "no commit of this source: $said"
    [[ $answer = *"commit $commit"* ]] || fail "the library is of another commit than $commit: $answer"
fi
