/* The files of greenlet_py/ as one text, NUL-terminated: they share their names. */
    .section .rodata
    .global greenlet_text
    .hidden greenlet_text
greenlet_text:
    .incbin "host/greenlet_py/cancel.py"
    .incbin "host/greenlet_py/refuse.py"
    .incbin "host/greenlet_py/number.py"
    .incbin "host/greenlet_py/gevent.py"
    .incbin "host/greenlet_py/eventlet.py"
    .incbin "host/greenlet_py/asyncio.py"
    .incbin "host/greenlet_py/entry.py"
    .byte 0
    .section .note.GNU-stack, "", %progbits
