// Functions that C programs expect to be there, and that compilers may call by themselves: linked in where a
// program calls one and does not define it.

#include <zisk/memory.h>

#ifdef __ZISK_SOLANA__
#include <zisk/solana.h>
#endif

#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define RUNTIME __attribute__((weak))

#ifdef __ZISK_SOLANA__

RUNTIME void *memcpy(void *target, const void *source, u64 length) {
  sol_memcpy_(target, source, length);
  return target;
}

RUNTIME void *memmove(void *target, const void *source, u64 length) {
  sol_memmove_(target, source, length);
  return target;
}

RUNTIME void *memset(void *target, int value, u64 length) {
  sol_memset_(target, (u8)value, length);
  return target;
}

RUNTIME int memcmp(const void *one, const void *other, u64 length) {
  i32 difference;
  sol_memcmp_(one, other, length, &difference);
  return difference;
}

RUNTIME void __bpf_trap(void) { abort(); }

#else

RUNTIME void *memcpy(void *target, const void *source, u64 length) {
  for (u64 at = 0; at < length; at++) ((u8 *)target)[at] = ((const u8 *)source)[at];
  return target;
}

RUNTIME void *memmove(void *target, const void *source, u64 length) {
  if (target <= source) return memcpy(target, source, length);
  while (length--) ((u8 *)target)[length] = ((const u8 *)source)[length];
  return target;
}

RUNTIME void *memset(void *target, int value, u64 length) {
  for (u64 at = 0; at < length; at++) ((u8 *)target)[at] = (u8)value;
  return target;
}

RUNTIME int memcmp(const void *one, const void *other, u64 length) {
  for (u64 at = 0; at < length; at++) {
    int difference = ((const u8 *)one)[at] - ((const u8 *)other)[at];
    if (difference) return difference;
  }
  return 0;
}

#endif
