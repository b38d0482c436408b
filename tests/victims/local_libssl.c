/* local_libssl: libssl is nowhere to be seen for the whole program, since only a plugin that was
 * opened with RTLD_LOCAL needs it. The plugin is overlap_tls. */
#include "facts.h"

#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *plugin = dlopen(TLS_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    if (!plugin) {
        fprintf(stderr, "%s\n", dlerror());
        return 3;
    }
    int (*plugin_main)(int, char **) = (int (*)(int, char **))dlsym(plugin, "plugin_main");
    return plugin_main(argc, argv);
}
