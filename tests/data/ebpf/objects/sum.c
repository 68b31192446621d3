// The sum of all bytes of the memory, by a function in another section.

typedef unsigned char u8;
typedef unsigned long u64;

__attribute__((noinline)) u64 sum(const u8 *memory, u64 length) {
    u64 total = 0;
    for (u64 i = 0; i < length; i++)
        total += memory[i];
    return total;
}

__attribute__((section("program"))) u64 start(const u8 *memory, u64 length) { return sum(memory, length); }
