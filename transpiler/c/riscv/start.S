# Where a guest starts: registers that C expects, constructors, main, exit.
# The stack is there already, with the number of arguments on top and their addresses above.

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax             # what la becomes otherwise is relative to gp
    la gp, __global_pointer$
    .option pop
    la tp, __tls_base           # errno lies there
    call __libc_init_array
    lw a0, 0(sp)
    addi a1, sp, 8
    call main
    call exit
    ebreak
    .size _start, . - _start
