# Formats PAGE with GROFF and fails when it warns of anything.
execute_process(
    COMMAND ${GROFF} -mdoc -ww -rLL=100n -Tascii -z ${PAGE}
    RESULT_VARIABLE status ERROR_VARIABLE warnings)
if(status OR warnings)
    message(FATAL_ERROR "${PAGE}: ${warnings}")
endif()
