/*
 * limited.h: LIMITED(name, short_help, help), which the file that includes this has defined, for
 * each figure that a budget may limit. May be included again and again, and undefines it.
 */
#define LIMITED_true(...) LIMITED(__VA_ARGS__)
#define LIMITED_false(...)

#define FIGURE(name, required, limited, cost, short_help, help) \
    LIMITED_##limited(name, short_help, help)
#include "base/figures.def"
#undef FIGURE
#undef LIMITED_true
#undef LIMITED_false
#undef LIMITED
