#include "sys/mode.h"

unsigned shim_mode;
