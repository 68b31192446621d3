// Writes the SHA-256 of the instruction data and of what account 0 held into account 0.

#include <zisk/solana.h>

u64 entrypoint(u8 *buffer) {
  struct sol_account accounts[1];
  struct sol_input input;
  if (!sol_read_input(buffer, accounts, ARRAY_LENGTH(accounts), &input)) return SOL_ERROR_INVALID_ARGUMENT;
  if (input.num_accounts < 1 || *accounts[0].data_length < sizeof(struct sol_hash)) return 1;
  struct sol_slice slices[] = {{input.data, input.data_length}, {accounts[0].data, *accounts[0].data_length}};
  struct sol_hash digest;
  sol_sha256(slices, ARRAY_LENGTH(slices), &digest);
  memcpy(accounts[0].data, &digest, sizeof digest);
  return memcmp(accounts[0].data, &digest, sizeof digest) ? 2 : SOL_SUCCESS;
}
