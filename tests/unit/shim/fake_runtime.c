/* A library that says it is a C++ runtime; built twice. */
void *__cxa_get_globals(void);

static void *globals[2];

void *__cxa_get_globals(void)
{
    return globals;
}
