// Constants, a variable, local functions and function pointers.
typedef unsigned char u8;
typedef unsigned long long u64;

static const u64 PRIMES[] = {2, 3, 5, 7, 11, 13, 17, 19};
static volatile u64 state = 0x1234;

static __attribute__((noinline)) u64 add(u64 value, u64 index) { return value + PRIMES[index & 7]; }

static __attribute__((noinline)) u64 multiply(u64 value, u64 index) { return value * PRIMES[index & 7]; }

#ifdef __clang__
static u64 (*const OPERATIONS[])(u64, u64) = {multiply, add};
#define OPERATE(kind, value, index) OPERATIONS[kind](value, index)
#else  // gcc 12 refuses calls through pointers
#define OPERATE(kind, value, index) ((kind) ? add(value, index) : multiply(value, index))
#endif

__attribute__((section("program"), used)) u64 tables(const u8 *data, u64 length) {
  u64 total = 0;
  for (u64 i = 0; i < length; i++) {
    state = state * 0x5DEECE66Dull + 0xB + data[i];
    total = total * 31 + OPERATE(data[i] & 1, state >> 7, i);
  }
  return total;
}
