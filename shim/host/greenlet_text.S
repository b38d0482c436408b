/* greenlet.py as bytes in the library, NUL-terminated. */
    .section .rodata
    .global greenlet_text
    .hidden greenlet_text
greenlet_text:
    .incbin "host/greenlet.py"
    .byte 0
    .section .note.GNU-stack, "", %progbits
