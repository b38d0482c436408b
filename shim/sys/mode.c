#include "sys/mode.h"

unsigned shim_mode;
bool shim_confined;
