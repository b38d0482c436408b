#include "sys/own_socket.h"
#include "sys/table.h"

TABLE struct own_socket own_sockets[OWN_SOCKETS];
uint32_t own_socket_epoch = 1;
