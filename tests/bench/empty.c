/*
 * empty.c: a library that does nothing: what a preload costs whatever it is.
 */
int bench_is_empty;
