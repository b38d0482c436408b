/* doctor_marked: looks as if it held Go code and a stripped OpenSSL, by the marks that these leave
 * in a file. */
#include <stdio.h>

__asm__(".section .go.buildinfo,\"a\"\n"
        ".byte 0\n"
        ".text\n");

static const char *volatile source_file = "../ssl/ssl_lib.c";

int main(void)
{
    return puts(source_file) < 0;
}
