/* A function as Rust and clang describe theirs: it lies in a namespace, which has no addresses of
 * its own, and most of it was inlined. Its unit was compiled in a folder of a crate. Another one is
 * described as GNU C does nested functions: it lies in a function that is not around it. */
    .text
    .globl namespaced_address
    .type namespaced_address, @function
namespaced_address:
    nop
.Linlined:
    nop
.Linlined_end:
    nop
.Lend:
    .size namespaced_address, . - namespaced_address

    .globl nested_address
    .type nested_address, @function
nested_address:
    nop
.Lnested_inlined:
    nop
.Lnested_inlined_end:
    nop
.Lnested_end:
    .size nested_address, . - nested_address

    .section .debug_abbrev, "", @progbits
.Labbrev:
    /* 1: compile unit; name, comp_dir, low_pc, high_pc */
    .byte 1, 0x11, 1, 0x03, 0x08, 0x1b, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0
    /* 2: namespace; name */
    .byte 2, 0x39, 1, 0x03, 0x08, 0, 0
    /* 3: subprogram; name, low_pc, high_pc */
    .byte 3, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0
    /* 4: subprogram that was inlined; name, inline */
    .byte 4, 0x2e, 0, 0x03, 0x08, 0x20, 0x0b, 0, 0
    /* 5: inlined call; abstract_origin, low_pc, high_pc, call_line */
    .byte 5, 0x1d, 0, 0x31, 0x13, 0x11, 0x01, 0x12, 0x07, 0x59, 0x0b, 0, 0
    .byte 0

    .section .debug_info, "", @progbits
.Lunit:
    .4byte .Lunit_end - .Lunit_begin
.Lunit_begin:
    .2byte 4
    .4byte .Labbrev
    .byte 8
    .byte 1
    .asciz "src/lib.rs"
    .asciz "/x/.cargo/registry/src/crate-1.0"
    .8byte namespaced_address
    .8byte .Lnested_end - namespaced_address
    .byte 2
    .asciz "outer"
    .byte 2
    .asciz "inner"
.Labstract:
    .byte 4
    .asciz "inlined_call"
    .byte 1
    .byte 3
    .asciz "around"
    .8byte namespaced_address
    .8byte .Lend - namespaced_address
    .byte 5
    .4byte .Labstract - .Lunit
    .8byte .Linlined
    .8byte .Linlined_end - .Linlined
    .byte 42
    .byte 3
    .asciz "nested"
    .8byte nested_address
    .8byte .Lnested_end - nested_address
    .byte 5
    .4byte .Labstract - .Lunit
    .8byte .Lnested_inlined
    .8byte .Lnested_inlined_end - .Lnested_inlined
    .byte 43
    .byte 0 /* nested */
    .byte 0 /* around */
    .byte 0 /* inner */
    .byte 0 /* outer */
    .byte 0
.Lunit_end:

    .section .debug_aranges, "", @progbits
    .4byte .Lranges_end - .Lranges_begin
.Lranges_begin:
    .2byte 2
    .4byte .Lunit
    .byte 8, 0
    .4byte 0
    .8byte namespaced_address
    .8byte .Lnested_end - namespaced_address
    .8byte 0, 0
.Lranges_end:

    .section .note.GNU-stack, "", @progbits
