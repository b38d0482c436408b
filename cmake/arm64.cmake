# For arm64 from another machine, with clang and the libraries that cmake/arm64-sysroot unpacks; what is built
# is run by QEMU. Not with gcc, as Debian's for arm64 cannot be installed beside gcc-multilib.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

set(GREQ_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/arm64-sysroot)
cmake_path(NORMAL_PATH GREQ_SYSROOT)
if(NOT EXISTS ${GREQ_SYSROOT})
    message(FATAL_ERROR "First run: cmake/arm64-sysroot ${GREQ_SYSROOT}")
endif()
set(CMAKE_SYSROOT ${GREQ_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

foreach(language C CXX ASM)
    set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
endforeach()
set(CMAKE_C_COMPILER clang)
set(CMAKE_CXX_COMPILER clang++)
set(CMAKE_ASM_COMPILER clang)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${GREQ_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${GREQ_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${GREQ_SYSROOT}/usr/share/pkgconfig)

# Linked statically, so that LD_PRELOAD is for the program alone.
find_program(GREQ_QEMU qemu-aarch64-static REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR ${GREQ_QEMU} -L ${GREQ_SYSROOT})
