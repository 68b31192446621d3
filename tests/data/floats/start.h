// Start and end of a guest without a library: `run` fills the answer, which is its public output.
typedef unsigned long word;

static word answer[512];
word run(void);

static long system_call(long number, long a, const void *b, long c)
{
    register long a0 __asm__("a0") = a, a1 __asm__("a1") = (long)b, a2 __asm__("a2") = c;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

void _start(void)
{
    __asm__ volatile(".option push\n.option norelax\nla gp, __global_pointer$\n.option pop");
    word count = run();
    system_call(64, 1, answer, 8 * count);
    system_call(93, 0, 0, 0);
    __builtin_unreachable();
}

static inline word bits_of(double value)
{
    union {
        double value;
        word bits;
    } both = {value};
    return both.bits;
}
