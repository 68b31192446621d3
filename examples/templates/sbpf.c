// Adds up the bytes of the instruction. Return data: the sum, eight bytes. The result is an error where there are none.

#include <zisk/solana.h>

u64 entrypoint(u8 *buffer) {
  struct sol_account account;
  struct sol_input input;
  if (!sol_read_input(buffer, &account, 1, &input)) return SOL_ERROR_INVALID_ARGUMENT;
  if (input.data_length == 0) return SOL_ERROR_INVALID_INSTRUCTION_DATA;

  u64 sum = 0;
  for (u64 at = 0; at < input.data_length; at++) sum += input.data[at];
  sol_set_return_data(&sum, sizeof sum);
  return SOL_SUCCESS;
}
