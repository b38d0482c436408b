#include "config/complain.h"

#include "sys/stderr.h"
#include "sys/text.h"

#include <string.h>
#include <unistd.h>

void complain(const char *where, const char *what, int error, const char *remedy)
{
    struct text line = {0};
    if (!stderr_is_same())
        return;
    text_add(&line, "greq: ");
    text_add(&line, where);
    text_add(&line, ": ");
    text_add(&line, what);
    if (error) {
        const char *reason = strerrordesc_np(error);
        text_add(&line, *what ? ": " : "");
        text_add(&line, reason ? reason : "unknown error");
    }
    text_add(&line, "; ");
    text_add(&line, remedy);
    text_write_line(&line, STDERR_FILENO);
}
