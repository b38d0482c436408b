/* The parts of the page as bytes in the command, each NUL-terminated: html/page.html, its style
 * sheet and its script. */
    .macro text name, file
    .global \name
    .hidden \name
\name:
    .incbin "\file"
    .byte 0
    .endm

    .section .rodata
    text html_page, "html/page.html"
    text html_style, "page.css"
    text html_script, "page.js"
    .section .note.GNU-stack, "", %progbits
