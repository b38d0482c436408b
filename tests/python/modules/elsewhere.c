/* The library whose thread-local variable another one uses. */
__attribute__((visibility("default"))) __thread const void *scopes_owned_elsewhere;
