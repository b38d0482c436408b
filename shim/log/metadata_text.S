/* The part of the metadata that does not depend on hooks.def, as bytes in the library. */
    .section .rodata
    .global metadata_text
    .hidden metadata_text
    .global metadata_text_end
    .hidden metadata_text_end
metadata_text:
    .incbin "log/metadata.tsdl"
metadata_text_end:
    .section .note.GNU-stack, "", %progbits
