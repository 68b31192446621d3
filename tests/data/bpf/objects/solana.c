// A Solana program without accounts: pointers in constants, calls through pointers, syscalls.
typedef unsigned char u8;
typedef unsigned long long u64;

void sol_log_(const char *text, u64 length);
void sol_memcpy_(void *target, const void *source, u64 length);
void sol_memset_(void *target, u8 value, u64 length);
void sol_set_return_data(const void *data, u64 length);

struct name { const char *text; u64 length; };
static const struct name NAMES[] = {{"first of three", 14}, {"second of three", 15}, {"third of three", 14}};

static __attribute__((noinline)) u64 sum(const u8 *data, u64 length) {
  u64 total = 0;
  while (length--) total = total * 131 + *data++;
  return total;
}

static __attribute__((noinline)) u64 alternate(const u8 *data, u64 length) {
  u64 total = 7;
  for (u64 i = 0; i < length; i += 2) total = total / 3 + (total % 10007) * data[i];
  return total;
}

static u64 (*const DIGESTS[])(const u8 *, u64) = {sum, alternate};

u64 entrypoint(const u8 *input) {
  u64 length = *(const u64 *)(input + 8);
  const u8 *data = input + 16;
  u64 results[4];
  sol_memset_(results, 0xee, sizeof results);
  for (u64 i = 0; i < 2; i++) results[i] = DIGESTS[(i + length) & 1](data, length);
  sol_memcpy_(&results[3], &results[0], 8);
  const struct name *name = &NAMES[length % 3 == 0 ? 2 : 1];
  sol_log_(name->text, name->length);
  sol_log_(NAMES[2].text, NAMES[2].length);
  sol_set_return_data(results, sizeof results);
  return 0;
}
