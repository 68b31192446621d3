// Adds the instruction's number to the counter in the data of account 0.

#include <zisk/solana.h>

enum { NO_NUMBER = 1, TOO_LARGE = 2 };

struct counter {
  u64 value, changes;
};

u64 entrypoint(u8 *buffer) {
  struct sol_account accounts[3];
  struct sol_input input;
  if (!sol_read_input(buffer, accounts, ARRAY_LENGTH(accounts), &input)) return SOL_ERROR_INVALID_ARGUMENT;
  if (input.num_accounts < 1) return SOL_ERROR_TOO_FEW_ACCOUNTS;
  if (!sol_same_key(accounts[0].owner, input.program_id)) return SOL_ERROR_WRONG_PROGRAM;
  if (*accounts[0].data_length < sizeof(struct counter)) return SOL_ERROR_ACCOUNT_DATA_TOO_SMALL;
  if (input.data_length < 1) return NO_NUMBER;
  sol_assert(input.data[0] != 99);

  struct counter *counter = (struct counter *)accounts[0].data;
  counter->value += input.data[0];
  counter->changes++;
  if (counter->value > 200) {
    sol_log("counter: too large");
    return TOO_LARGE;
  }
  sol_log("counter: changed");
  sol_log_64_(counter->value, counter->changes, accounts[0].is_writable, *accounts[0].lamports, 0);
  sol_set_return_data(counter, sizeof *counter);
  return SOL_SUCCESS;
}
