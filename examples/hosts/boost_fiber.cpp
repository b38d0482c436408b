/*
 * Queries by libmariadb, which knows nothing of Boost.Fiber, in fibers: under libgreq.so all at
 * once, else one after the other.
 *
 *     boost_fiber SOCKET USER COUNT     (of a MariaDB server)
 */
#include <boost/fiber/all.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <greq/greq.h>
#include <mysql.h>
#include <poll.h>
#include <vector>

using clock_type = std::chrono::steady_clock;

/* Fibers only: the thread's own flow joins them, and the dispatcher is Boost's. */
static void *current(void *)
{
    boost::fibers::context *active = boost::fibers::context::active();
    return active->is_context(boost::fibers::type::worker_context) ? active : nullptr;
}

static int wait_by_fiber(void *, pollfd *set, size_t count, int64_t timeout_ns)
{
    auto until = timeout_ns < 0 ? clock_type::time_point::max()
                                : clock_type::now() + std::chrono::nanoseconds(timeout_ns);
    for (;;) {
        int ready = poll(set, count, 0); /* the real one: the fiber is waiting */
        if (ready)
            return ready < 0 ? errno : 0;
        if (clock_type::now() >= until)
            return ETIMEDOUT;
        boost::this_fiber::sleep_for(std::chrono::milliseconds(2));
    }
}

static void query(const char *socket, const char *user, int *good)
{
    MYSQL *connection = mysql_init(nullptr);
    if (mysql_real_connect(connection, nullptr, user, nullptr, nullptr, 0, socket, 0) &&
        mysql_query(connection, "SELECT SLEEP(1)") == 0) {
        MYSQL_RES *result = mysql_store_result(connection);
        *good += result != nullptr;
        mysql_free_result(result);
    }
    mysql_close(connection);
}

int main(int argc, char **argv)
{
    greq_host host = {};
    int count = argc == 4 ? std::atoi(argv[3]) : 0, good = 0;
    if (count < 1)
        return 2;
    host.size = sizeof host;
    host.current = current;
    host.wait = wait_by_fiber;
    host.runtime = reinterpret_cast<const void *>(&boost::fibers::context::active);
    int error = greq_host_set(&host, nullptr);
    if (error && error != ENOSYS)
        return 2;
    mysql_library_init(0, nullptr, nullptr);
    auto start = clock_type::now();
    std::vector<boost::fibers::fiber> fibers;
    for (int i = 0; i < count; i++)
        fibers.emplace_back(query, argv[1], argv[2], &good);
    for (auto &fiber : fibers)
        fiber.join();
    std::chrono::duration<double> took = clock_type::now() - start;
    std::printf("%d of %d in %.2f s\n", good, count, took.count());
    return good != count;
}
