// Makes a Solana program of `compute`, from another file: its result becomes the return data.

#include <zisk/solana.h>

u64 compute(const u8 *input, u64 length);

u64 entrypoint(u8 *buffer) {
  struct sol_account accounts[2];
  struct sol_input input;
  if (!sol_read_input(buffer, accounts, ARRAY_LENGTH(accounts), &input)) return SOL_ERROR_TOO_FEW_ACCOUNTS;
  u64 result = compute(input.data, input.data_length);
  sol_log_64_(result, input.num_accounts, input.data_length, 0, 0);
  sol_set_return_data(&result, sizeof result);
  return SOL_SUCCESS;
}
