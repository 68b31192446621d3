// Two programs; the second calls a function of .text.
typedef unsigned long long u64;

__attribute__((noinline)) u64 three(u64 x) { return x ? 4 : 3; }

__attribute__((section("program/first"))) u64 first(void) { return 1; }

__attribute__((section("program/second"))) u64 second(void *input, u64 length) { return three(length); }
