// Calls a function that is in another object.
typedef unsigned long long u64;

u64 elsewhere(u64);

__attribute__((section("program"))) u64 call(void *input, u64 length) { return elsewhere(length); }
