/*
 * version.c: which version this file is: a text in it, on a line of its own, that greq doctor
 * finds.
 */
#include "greq_commit.h"

__attribute__((used)) static const char version[] =
    "\ngreq_version = " GREQ_VERSION GREQ_COMMIT ";\n";
