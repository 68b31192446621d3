// Numbers by their bits, for programs that have no library.

#ifndef ZISK_TYPES_H
#define ZISK_TYPES_H

#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;

// Eight bytes of anything. BPF loads and stores them at any address, so none needs to be a multiple of 8.
typedef u64 __attribute__((may_alias)) any_u64;

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof *(array))

#endif
