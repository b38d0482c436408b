# Writes the commit that the source is of into a header: GREQ_COMMIT is ", commit
# 0123456789ab", or empty where that is not known; a '+' behind
# it stands for changes that are not committed. cmake -DSOURCE=... -DHEADER=... [-DCOMMIT=...] -P commit.cmake

cmake_minimum_required(VERSION 3.25)

if(NOT COMMIT)
    execute_process(COMMAND git -C ${SOURCE} rev-parse --show-prefix
        OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed AND prefix STREQUAL "") # else it lies in another project's repository
        execute_process(COMMAND git -C ${SOURCE} describe --always --exclude=* --abbrev=12 --dirty=+
            OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
endif()
if(COMMIT)
    string(PREPEND COMMIT ", commit ")
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define GREQ_COMMIT \"@COMMIT@\"\n" @ONLY)
