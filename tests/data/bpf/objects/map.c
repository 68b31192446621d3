// Names a BPF map.
typedef unsigned int u32;
typedef unsigned long long u64;

struct map { u32 type, key_size, value_size, entries; };
__attribute__((section("maps"), used)) struct map counters = {2, 4, 8, 1};

__attribute__((section("program"))) u64 count(void) { return (u64)&counters; }
