// Input: bytes. Output: the product of two 12 x 12 matrices that they fill, in whole numbers and in double precision.

#include <zisk/guest.h>

enum { SIZE = 12 };

static i64 whole[2][SIZE][SIZE], whole_product[SIZE][SIZE];
static double real[2][SIZE][SIZE], real_product[SIZE][SIZE];

int main(void) {
  u8 bytes[SIZE * SIZE];
  for (int which = 0; which < 2; which++) {
    if (read_input(bytes, sizeof bytes) < sizeof bytes) return 1;
    for (int at = 0; at < SIZE * SIZE; at++) {
      i64 value = (i8)bytes[at];
      whole[which][at / SIZE][at % SIZE] = value * value * value;
      real[which][at / SIZE][at % SIZE] = (double)value / 7;
    }
  }
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) {
      for (int at = 0; at < SIZE; at++) {
        whole_product[row][column] += whole[0][row][at] * whole[1][at][column];
        real_product[row][column] += real[0][row][at] * real[1][at][column];
      }
    }
  }
  write_output(whole_product, sizeof whole_product);
  write_output(real_product, sizeof real_product);
  return 0;
}
