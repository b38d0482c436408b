/*
 * Programs that know nothing of us do under the preload what they do without it: the same output,
 * the same complaints, the same exit status. Each runs alone, preloaded, and recorded as `greq
 * trace` records; so do all the programs that it starts.
 */
#include "delay_server.h"
#include "expect.h"
#include "scratch.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct delay_server server;
static struct scratch scratch;
static char https[64], expired[64], http[64], certificates[160], trace[160];

static void scene_begin(void)
{
    delay_server_start(&server);
    scratch_make(&scratch);
    snprintf(https, sizeof https, "HTTPS=%s", server.https);
    snprintf(expired, sizeof expired, "EXPIRED=%s", server.expired);
    snprintf(http, sizeof http, "HTTP=%s", server.http);
    snprintf(certificates, sizeof certificates, "CA=%s", server.certificates);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
}

static void scene_end(void)
{
    scratch_remove(&scratch);
    delay_server_stop(&server);
}

/* ---- three runs of a script ---- */

enum mode { ALONE, PRELOADED, RECORDED, MODES };

static void run(struct victim_result *result, const char *script, enum mode mode)
{
    struct scratch folder;
    struct victim victim = {
        .argv = WORDS("/bin/bash", "-c", script),
        .env = WORDS(
            https, expired, http, certificates, "HOME=/nonexistent", "SCRIPTS=" SCRIPTS,
            mode == RECORDED ? "GREQ_PATCH=none" : "NONE=", mode == RECORDED ? trace : "NONE="),
        .preload = mode != ALONE,
    };
    scratch_make(&folder);
    victim.directory = folder.path;
    victim_run(result, &victim);
    expect_that(!result->timed_out, &victim, result, "it did not end");
    scratch_remove(&folder);
}

static void same_in_all(const char *script)
{
    static const char *const names[] = {"alone", "preloaded", "recorded"};
    struct victim_result results[MODES];
    for (int mode = 0; mode < MODES; mode++) {
        run(&results[mode], script, (enum mode)mode);
        expect_same_facts(WORDS(names[mode], script), results[0].out.data, results[mode].out.data);
        expect_same_facts(WORDS(names[mode], script), results[0].err.data, results[mode].err.data);
        ck_assert_msg(results[mode].exit_status == results[0].exit_status &&
                          results[mode].signal == results[0].signal,
                      "%s %s: exit %d, signal %d", names[mode], script, results[mode].exit_status,
                      results[mode].signal);
    }
    ck_assert_msg(results[0].out.size + results[0].err.size > 0, "%s: nothing to compare", script);
    for (int mode = 0; mode < MODES; mode++)
        victim_result_free(&results[mode]);
}

/* ---- the programs ---- */

static const char *const scripts[] = {
    /* ls */
    "ls -la /etc /usr/lib; ls --color=always -R /usr/share/doc | tail -3000",
    "ls /no/such/folder",

    /* bash */
    "for i in 1 2 3; do echo $i | while read x; do echo got $x; done; done; echo ${PIPESTATUS[@]}",
    "sleep 0.02 & sleep 0.01 & wait; echo waited $?; read -t 0.05 x < <(sleep 0.2); echo $?",
    "trap 'echo caught' TERM; kill -TERM $$; cat <<< here; (exit 3); echo $?; exec 5<>f; echo x "
    ">&5; "
    "cat f",
    "exec 100>&1; echo high >&100; ulimit -n; echo $0; false | true; exit 42",
    "echo before; kill -9 $$",
    "timeout 0.05 sleep 5; echo $?; coproc cat; echo through >&${COPROC[1]}; read -u ${COPROC[0]} "
    "x; "
    "echo $x; kill $COPROC_PID",

    /* files and pipes */
    "seq 100000 | sort -r | gzip | gunzip | tail -5; head -c 5000000 /dev/zero | wc -c; "
    "yes | head -100000 | md5sum; find /usr/include -name '*.h' | xargs -n 50 -P 4 cat | wc -l",
    "mkdir d; seq 1000 > d/a; tar cf - d | tar tf -; dd if=/dev/zero bs=64k count=20 status=none | "
    "wc -c; "
    "env -i /bin/echo bare",

    /* git */
    "export GIT_AUTHOR_DATE='2001-01-01 00:00:00 +0000' GIT_COMMITTER_DATE='2001-01-01 00:00:00 "
    "+0000' GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a; "
    "git init -q -b main r && cd r && seq 100 > f && git add f && git commit -qm one && seq 200 > "
    "f && "
    "git commit -qam two && git log --stat && git diff HEAD~1 | md5sum && "
    "git clone -q file://$PWD ../c && git -C ../c log --oneline && git gc -q && git fsck && git "
    "status && git show no-such-thing",

    /* curl */
    "curl -sS --cacert $CA https://$HTTPS/bytes/100000 | md5sum; curl -sS http://$HTTP/delay/0.1",
    "curl -sS https://$HTTPS/; echo $?; curl -sS --cacert $CA https://$EXPIRED/; echo $?",
    "{ curl -sS --max-time 0.3 http://$HTTP/delay/5 -o /dev/null; echo $?; "
    "curl -sS http://127.0.0.1:1/; echo $?; curl -sS http://$HTTP/truncate/1000 | wc -c; "
    "curl -sSf http://$HTTP/status/404; echo $?; curl -sS http://$HTTP/close; echo $?; } 2>&1 | "
    "sed -E 's/timed out after .*/timed out/; s/[0-9]+ ms/N ms/'",
    "curl -sSZ --cacert $CA --parallel-max 20 -o 'out#1' \"https://$HTTPS/bytes/[1000-1050]\" "
    "2>/dev/null; cat out* | md5sum; ls out* | wc -l",
    "curl -sS http://no.such.host.invalid/ 2>&1 | head -c 25",

    /* openssl */
    "printf 'GET /bytes/10 HTTP/1.0\\r\\n\\r\\n' | openssl s_client -connect $HTTPS -CAfile $CA "
    "-verify_return_error -brief -ign_eof 2>&1 | grep -v -i -e 'peer temp key' -e '^date'",
    "openssl s_client -connect $EXPIRED -CAfile $CA -verify_return_error -brief < /dev/null 2>&1 | "
    "grep -c -i expired; openssl s_client -connect 127.0.0.1:1 < /dev/null 2>&1 | head -1 | "
    "tail -c 20",
    "seq 100000 | openssl dgst -sha256; seq 1000 | openssl enc -aes-256-cbc -K 00 -iv 00 2>&1 | "
    "md5sum",

    /* php: its server's handler makes the default action of the present one, and raises again */
    "echo '<?php echo 6 * 7;' > index.php; port=$((20000 + $$ % 10000)); "
    "php -S 127.0.0.1:$port > /dev/null 2>&1 & "
    "for i in $(seq 100); do curl -sS http://127.0.0.1:$port/ 2> /dev/null && break; sleep 0.1; "
    "done; kill -TERM $!; wait $!; echo \" $?\"",

    /* perl and ruby: fibers of their own making */
    "perl -MCoro -e 'my @c = map { my $i = $_; async { for (1 .. 3) { select undef, undef, undef, "
    "0.003; cede } print qq(coro $i\\n) } } 1 .. 5; $_->join for @c'",
    "ruby -e 'f = 5.times.map { |i| Fiber.new { 3.times { sleep 0.003; Fiber.yield }; puts i } }; "
    "4.times { f.each { |x| x.resume if x.alive? } }'",

    /* python */
    "/usr/bin/python3 $SCRIPTS/python_program.py",
    "/usr/bin/python3 -c 'import sys; print(sys.stdin.read()); sys.exit(9)'",
};
enum { PROGRAMS = sizeof scripts / sizeof *scripts };

START_TEST(program_does_the_same)
{
    scene_begin();
    same_in_all(scripts[_i]);
    scene_end();
}
END_TEST

SUITE("transparency", EACH(program_does_the_same, PROGRAMS))
