// memcpy and its kin. For Solana they are syscalls (10 compute units, one more for every 250 bytes), for eBPF loops.
// Small structures are cheaper to copy by `=`, which becomes loads and stores.

#ifndef ZISK_MEMORY_H
#define ZISK_MEMORY_H

#include <zisk/types.h>

void *memcpy(void *target, const void *source, u64 length);  // the two must not overlap
void *memmove(void *target, const void *source, u64 length);
void *memset(void *target, int value, u64 length);
int memcmp(const void *one, const void *other, u64 length);

#endif
