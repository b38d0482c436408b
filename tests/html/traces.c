/* Writes the traces that page.test.mjs looks at into the current directory. A test program, for
 * what writes them asserts. */
#include "suite.h"
#include "synthetic.h"

#include <stdio.h>

static struct stream stream, process;
static const uint64_t frames[] = {0x5040, 0x5080}, others[] = {0x5140, 0x5080};

static void begin(const char *name, const char *program, const char *command_line)
{
    synthetic_make(name);
    stream_begin(&process, name, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, name, 10, 0, 0);
    stream_add_process_start(&process, 0, program, command_line);
    stream_add_module(&process, 0, program, 0x5000, 0x1000);
}

static void end(void)
{
    stream_end(&stream);
    stream_end(&process);
}

/* The next chunk in time. */
static void make_room(void)
{
    if (stream.used > sizeof stream.bytes - 2048)
        stream_next(&stream);
}

static void open_connection(uint64_t at, int fd, const char *peer)
{
    make_room();
    stream_add_peer(&stream, at, 0, fd, TRACE_PEER_CONNECT, peer);
    CALL(&stream, .at = at, .takes = 5, .function = FN_CONNECT, .fd = fd);
}

static void exchange(uint64_t at, uint64_t takes, uint32_t task, int fd, const uint64_t *stack)
{
    make_room();
    CALL(&stream, .at = at, .takes = 20, .task = task, .function = FN_SEND, .fd = fd, .result = 70);
    stream_add_long_call(&stream,
                         (struct synthetic_call){.at = at + 30,
                                                 .takes = takes,
                                                 .task = task,
                                                 .function = FN_RECV,
                                                 .fd = fd,
                                                 .result = 500,
                                                 .caller = stack[0]},
                         0, stack, 2);
}

/* Eight connections are opened and then used one after the other, from two places; a sleep. */
static void write_held_up(void)
{
    begin("held-up", "/nowhere/program", "program --serial");
    for (int i = 0; i < 8; i++)
        open_connection(i * 10, 5 + i, i % 2 ? "192.0.2.7:443" : "198.51.100.20:5432");
    stream_add_mark(&stream, 100 * MS, 0, "orders <now>");
    for (int i = 0; i < 8; i++)
        exchange(100 * MS + i * 210 * MS, 200 * MS, 0, 5 + i, i < 6 ? frames : others);
    stream_add_mark(&stream, 1800 * MS, 0, "");
    CALL(&stream, .at = 1900 * MS, .takes = 50 * MS, .function = FN_SLEEP, .fd = -1);
    end();
}

/* Names that would be markup, or the end of a script, or of its line. */
static void write_hostile(void)
{
    static const char peer[] =
        "unix:</script><script>hacked=1</script>\342\200\250\\\"<img src=x onerror=hacked=2>";
    begin("hostile", "/nowhere/<b onclick=hacked=3>&amp;\342\200\251'\"\\",
          "a</script><script>hacked=4</script><!-- <script> @report@ \\\" &lt;");
    open_connection(0, 5, peer);
    open_connection(10, 6, peer);
    exchange(1000, 100 * MS, 0, 5, frames);
    exchange(200 * MS, 100 * MS, 3, 6, frames);
    end();
}

/* A process that did nothing. */
static void write_empty(void)
{
    begin("empty", "/nowhere/program", "program");
    end();
}

enum { MANY = 10000, TASKS = 500 };

/* Ten thousand connections, opened at once and used one after the other. */
static void write_many(void)
{
    begin("many", "/nowhere/program", "program --many");
    for (int i = 0; i < MANY; i++) {
        char peer[64];
        snprintf(peer, sizeof peer, "192.0.2.%d:%d", i % 250, 1024 + i);
        open_connection(i * 10, 5 + i, peer);
    }
    for (int i = 0; i < MANY; i++)
        exchange(200 * MS + i * 2100, 2 * MS, 1 + i % TASKS, 5 + i, i % 3 ? frames : others);
    end();
}

START_TEST(write_traces)
{
    write_held_up();
    write_hostile();
    write_empty();
    write_many();
}
END_TEST

SUITE("html: traces", ONCE(write_traces))
