// A RISC-V guest in C: what it is given, and what it tells.
//
//   #include <zisk/guest.h>
//
//   int main(void) {
//     u8 byte;
//     u64 sum = 0;
//     while (read_input(&byte, 1)) sum += byte;
//     write_output(&sum, sizeof sum);
//     return 0;
//   }
//
// What main returns, or exit() is given, is the exit code. abort() and a failed assert() are faults. All of C's library
// that needs no files is there: stdin is the input, stdout the public output, stderr text for whoever debugs. The
// functions below and those of <stdio.h> may be mixed; these need fewer steps.

#ifndef ZISK_GUEST_H
#define ZISK_GUEST_H

#include <zisk/types.h>

// Reads the next bytes of the input; returns how many there were: fewer than `length` only where the input ends.
u64 read_input(void *bytes, u64 length);

// Adds bytes to the public output, which has room for 4 MiB. What does not fit ends the run as abort() does.
void write_output(const void *bytes, u64 length);

// Shows text, up to its zero, to whoever executes the guest; no proof says anything of it. There is room for about
// half a million characters.
void write_text(const char *text);

#endif
