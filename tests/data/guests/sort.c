// Input: signed 32-bit numbers. Output: them in ascending order. Three ways to sort have to agree.

#include <zisk/guest.h>

#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static i32 numbers[MOST], merged[MOST], heaped[MOST], room[MOST];

static int compare(const void *one, const void *other) {
  i32 a = *(const i32 *)one, b = *(const i32 *)other;
  return (a > b) - (a < b);
}

static void merge_sort(i32 *values, u32 count) {
  if (count < 2) return;
  u32 half = count / 2, left = 0, right = half;
  merge_sort(values, half);
  merge_sort(values + half, count - half);
  for (u32 at = 0; at < count; at++) {
    bool from_left = right == count || (left < half && values[left] <= values[right]);
    room[at] = from_left ? values[left++] : values[right++];
  }
  memcpy(values, room, count * sizeof *values);
}

static void sink(i32 *values, u32 at, u32 count) {
  for (;;) {
    u32 child = 2 * at + 1;
    if (child >= count) return;
    if (child + 1 < count && values[child + 1] > values[child]) child++;
    if (values[at] >= values[child]) return;
    i32 value = values[at];
    values[at] = values[child];
    values[child] = value;
    at = child;
  }
}

static void heap_sort(i32 *values, u32 count) {
  for (u32 at = count / 2; at-- > 0;) sink(values, at, count);
  for (u32 end = count; end-- > 1;) {
    i32 most = values[0];
    values[0] = values[end];
    values[end] = most;
    sink(values, 0, end);
  }
}

int main(void) {
  u64 bytes = read_input(numbers, sizeof numbers);
  u32 count = (u32)(bytes / sizeof *numbers);
  memcpy(merged, numbers, bytes);
  memcpy(heaped, numbers, bytes);
  merge_sort(merged, count);
  heap_sort(heaped, count);
  qsort(numbers, count, sizeof *numbers, compare);
  if (memcmp(merged, numbers, bytes) || memcmp(heaped, numbers, bytes)) abort();
  write_output(numbers, count * sizeof *numbers);
  return (int)(count % 256);
}
