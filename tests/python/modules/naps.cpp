/*
 * A module made with pybind11, which keeps per thread what a call's arguments must outlive, and
 * aborts where that is not in order.
 */
#include <pybind11/pybind11.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

namespace py = pybind11;

static void nap(int ms)
{
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

PYBIND11_MODULE(naps, module)
{
    module.def(
        "free",
        [](const std::string &name, int ms) {
            nap(ms);
            return name;
        },
        py::call_guard<py::gil_scoped_release>());
    module.def("locked", [](const std::string &name, int ms) {
        nap(ms);
        return name;
    });
    module.def(
        "view",
        [](std::string_view name, int ms) {
            nap(ms);
            return std::string(name);
        },
        py::call_guard<py::gil_scoped_release>());
    module.def("calling", [](std::string_view name, const py::object &function) {
        function();
        return std::string(name);
    });
}
