#!/bin/sh
# What is in arguments, in the environment and in the traffic of a program is in no file of its trace and in
# no form of a report.
#
#     secrets.sh GREQ VICTIMS PYTHON3
set -eu

greq=$1
victims=$2
python3=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

SECRET=s3cr3tplanted
export SECRET
unset GREQ_ARGS

fail() {
    echo "$1" >&2
    exit 1
}

# Records a command and makes all that can be made of the recording.
record() {
    trace=$scratch/$1
    out=$scratch/$1.out
    shift
    mkdir "$out"
    "$greq" trace -o "$trace" -- "$@" >"$out/program" 2>"$out/trace" || fail "cannot trace $*: $(cat "$out/trace")"
    for format in text json folded perfetto html ledger; do
        "$greq" report --format "$format" -o "$out/$format" "$trace" || fail "no report of $*"
    done
    "$greq" check --junit "$out/junit" --sarif "$out/sarif" "$trace" >"$out/check" || [ $? -le 2 ]
    "$greq" check --junit "$out/junit2" --sarif "$out/sarif2" -- "$@" >"$out/check2" 2>"$out/check2.err" || [ $? -le 2 ]
    GITHUB_ACTIONS=true "$greq" check "$trace" >"$out/annotations" || [ $? -le 2 ]
    "$greq" diff "$trace" "$out/json" >"$out/diff" || [ $? -le 2 ]
    GREQ_LOG=$out/log "$greq" run -- "$@" >"$out/run" 2>&1
    rm "$out/program" "$out/run"
}

# Nothing of what was made may hold the secret, whole or in part.
is_silent() {
    found=$(grep -rlaE 's3cr3t|planted' "$scratch" || true)
    [ -z "$found" ] || fail "the secret of '$1' is in: $found"
}

says() {
    grep -qF -- "$2" "$scratch/$1.out/json" || fail "not in the report of $1: $2; but: $(grep command_line "$scratch/$1.out/json")"
}

secretive=$victims/secretive
record options "$secretive" -u "user:$SECRET" "-p$SECRET" --password="$SECRET" --token "$SECRET" -H "Authorization: $SECRET" \
    "VAR=$SECRET" "https://localhost/?key=$SECRET" -- "--$SECRET" "-----BEGIN $SECRET"
is_silent options
says options 'secretive -u … -p… --password=… --token … -H … -- …'
record shell sh -c "$secretive $SECRET; : curl -u user:$SECRET"
is_silent shell
says shell 'sh -c …'
record python "$python3" -c "import subprocess; subprocess.run(['$secretive', '$SECRET'])" "$SECRET"
is_silent python
says python ' -c …'
record environment env "OTHER=$SECRET" "$secretive" "$SECRET"
is_silent environment

# Traffic is in no trace, whether HTTP is asked for or not.
server=${greq%/*}/examples/delay_server
"$server" --https 0 --exit-with-parent >"$scratch/server" &
until grep -q listening "$scratch/server"; do sleep 0.05; done
TLS_PORT=$(sed 's/.*://' "$scratch/server")
export TLS_PORT
record traffic "$python3" "${0%/*}/secret_http.py"
is_silent traffic
! grep -q '"label"' "$scratch/traffic.out/json" || fail "HTTP was kept, and nobody asked for it"
GREQ_HTTP=1
export GREQ_HTTP
record http "$python3" "${0%/*}/secret_http.py"
unset GREQ_HTTP
is_silent http
for label in 'GET /users/{id}/orders' 'POST /login' 'GET /missing' 'POST /upload' 'GET /delay/{id}'; do
    says http "\"label\": \"$label\""
done
says http '"errors": 1'

# A script is named, also one of /usr/bin/env; what it is given is not.
script=$scratch/script.sh
# shellcheck disable=SC2016
printf '#!/bin/sh\n"$1" "$SECRET"\n' >"$script"
chmod +x "$script"
record script "$script" "$secretive" --key "$SECRET"
is_silent script
says script "/bin/sh $script … --key …"

# Whoever asks for it has all of it.
"$greq" trace -q --args -o "$scratch/whole" -- "$secretive" -u "$SECRET"
"$greq" report --format json "$scratch/whole" | grep -qF -- "secretive -u $SECRET" || fail "--args kept nothing"
GREQ_ARGS=1 "$greq" run --trace "$scratch/variable" -- "$secretive" -u "$SECRET"
"$greq" report --format json "$scratch/variable" | grep -qF -- "-u $SECRET" || fail "GREQ_ARGS=1 kept nothing"
