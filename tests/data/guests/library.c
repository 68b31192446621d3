// What C's library and our part of it promise: constructors, variables of threads, errno, the ways to read and write
// mixed, and what runs at the end.

#include <zisk/guest.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int counted = 7;
static _Thread_local u64 zero_at_start[9];
static u8 zeros[300];

static __attribute__((constructor)) void before_main(void) { counted++; }
static __attribute__((destructor)) void after_main(void) { printf("after main\n"); }
static void at_exit(void) { printf("at exit\n"); }

int main(int argc, char **argv) {
  char line[32];
  u64 sum = 0, number = 0;
  atexit(at_exit);
  for (u32 at = 0; at < sizeof zeros; at++) sum += zeros[at];
  for (u32 at = 0; at < ARRAY_LENGTH(zero_at_start); at++) sum += zero_at_start[at]++;
  errno = 0;
  bool is_too_large = strtoull("99999999999999999999", NULL, 10) == ~0ull && errno == ERANGE;
  printf("%d %llu %d %d\n", counted, sum, is_too_large, argv[argc] == NULL);

  read_input(line, 2);
  printf("first %.2s,", line);
  write_output(" then ", 6);
  scanf("%llu", &number);
  u64 rest = read_input(line, sizeof line);
  printf("%llu and %llu more\n", number, rest);
  fprintf(stderr, "%s, %g\n", strerror(EDOM), 0.1);
  write_text("no end of line");
  printf("%d %d\n", getchar(), (int)read_input(line, 1));
  return -2;
}
