/*
 * demangle.h: names of C++ and Rust as people write them.
 */
#ifndef SYMBOL_DEMANGLE_H
#define SYMBOL_DEMANGLE_H

/* "ns::Pool::take" for "_ZN2ns4Pool4takeEv", without parameters, and without those of templates
 * where they are long; of a method of Rust's with its type, without the trait; NULL for a name that
 * is none of C++'s or Rust's, or that would be of kilobytes. The caller frees it. */
char *demangle(const char *symbol);

#endif
