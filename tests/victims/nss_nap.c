#include "nss_nap.h"

#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <unistd.h>

/* libc exports it, and no header of its has it. */
int __nss_configure_lookup(const char *database, const char *services);

enum nss_status _nss_nap_setpwent(int stays);
enum nss_status _nss_nap_endpwent(void);
enum nss_status _nss_nap_getpwent_r(struct passwd *entry, char *room, size_t size, int *error);

static int given;

void nss_nap_use(void)
{
    __nss_configure_lookup("passwd", "nap");
}

enum nss_status _nss_nap_setpwent(int stays)
{
    (void)stays;
    given = 0;
    return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_nap_endpwent(void)
{
    return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_nap_getpwent_r(struct passwd *entry, char *room, size_t size, int *error)
{
    (void)size;
    usleep(2000);
    if (given == NSS_NAP_ENTRIES) {
        *error = ENOENT;
        return NSS_STATUS_NOTFOUND;
    }
    given++;
    *room = '\0';
    *entry = (struct passwd){room, room, 1, 1, room, room, room};
    return NSS_STATUS_SUCCESS;
}
