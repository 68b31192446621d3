// Derives an address of the program from the instruction, and the Keccak-256 digest of it.

#include <zisk/solana.h>

u64 entrypoint(u8 *buffer) {
  struct sol_account account;
  struct sol_input input;
  if (!sol_read_input(buffer, &account, 1, &input)) return SOL_ERROR_INVALID_ARGUMENT;
  struct sol_slice seeds[] = {{"vault", 5}, {input.data, input.data_length}};
  struct sol_key found, made;
  u8 bump;
  if (sol_try_find_program_address(seeds, ARRAY_LENGTH(seeds), input.program_id, &found, &bump)) return 1;
  struct sol_slice with_bump[] = {seeds[0], seeds[1], {&bump, sizeof bump}};
  if (sol_create_program_address(with_bump, ARRAY_LENGTH(with_bump), input.program_id, &made)) return 2;
  if (!sol_same_key(&found, &made)) return 3;
  sol_log_pubkey(&found);

  struct sol_slice slice = {&found, sizeof found};
  struct sol_hash digest;
  if (sol_keccak256(&slice, 1, &digest)) return 4;
  sol_log_data(&(struct sol_slice){&digest, sizeof digest}, 1);
  sol_set_return_data(&digest, sizeof digest);
  return SOL_SUCCESS;
}
