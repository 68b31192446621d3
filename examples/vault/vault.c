// A vault on Solana: deposits and withdrawals on a ledger that lives in the data of account 0.
//
// Instruction data: a list of steps, 9 bytes each: one byte what to do (0 deposit, 1 withdraw), then the amount as
// u64, little-endian. Account data: u64 balance, u64 number of steps, then a digest of all steps so far.
// The new state is returned as the return data of the program.

#include <zisk/solana.h>

enum { OK = 0, TOO_FEW_ACCOUNTS = 1, BAD_ACCOUNT = 2, BAD_STEP = 3, INSUFFICIENT_FUNDS = 4, NOT_OWNER = 5 };
enum { STEP_BYTES = 9 };

struct state {
  u64 balance;
  u64 steps;
  u64 digest[4];
};

typedef u64 (*operation)(struct state *, u64);

static __attribute__((noinline)) u64 deposit(struct state *state, u64 amount) {
  if (state->balance + amount < amount) return BAD_STEP;
  state->balance += amount;
  return OK;
}

static __attribute__((noinline)) u64 withdraw(struct state *state, u64 amount) {
  if (amount > state->balance) return INSUFFICIENT_FUNDS;
  state->balance -= amount;
  return OK;
}

static const operation OPERATIONS[] = {deposit, withdraw};

// Mixes one step into the digest: multiply, divide, rotate, so that every kind of arithmetic has its part.
static __attribute__((noinline)) void mix(struct state *state, u64 kind, u64 amount) {
  u64 value = amount * 0x9e3779b97f4a7c15ull + kind;
  for (u32 lane = 0; lane < 4; lane++) {
    u64 word = state->digest[lane] ^ value;
    word = word << 13 | word >> 51;
    value = word * 5 + word / (amount | 1) + word % 1000003;
    state->digest[lane] = word + value;
  }
}

static u64 read64(const u8 *bytes) {
  u64 value = 0;
  for (u32 i = 0; i < 8; i++) value |= (u64)bytes[i] << 8 * i;
  return value;
}

u64 entrypoint(u8 *buffer) {
  struct sol_account account;
  struct sol_input input;
  if (!sol_read_input(buffer, &account, 1, &input)) return BAD_ACCOUNT;
  if (input.num_accounts < 1) return TOO_FEW_ACCOUNTS;
  if (!account.is_writable || *account.data_length != sizeof(struct state)) return BAD_ACCOUNT;
  i32 difference;
  sol_memcmp_(account.owner, input.program_id, sizeof(struct sol_key), &difference);
  if (difference != 0) return NOT_OWNER;

  struct state state;
  sol_memcpy_(&state, account.data, sizeof state);
  u64 length = input.data_length;
  const u8 *step = input.data;
  for (; length >= STEP_BYTES; length -= STEP_BYTES, step += STEP_BYTES) {
    u64 kind = step[0], amount = read64(step + 1);
    if (kind >= ARRAY_LENGTH(OPERATIONS)) return BAD_STEP;
    u64 error = OPERATIONS[kind](&state, amount);
    if (error) {
      sol_log_64_(error, kind, amount, state.balance, 0);
      return error;
    }
    mix(&state, kind, amount);
    state.steps++;
  }
  if (length) return BAD_STEP;

  u8 scratch[64];
  sol_memset_(scratch, 0, sizeof scratch);
  sol_memcpy_(scratch, &state, sizeof state);
  sol_memcpy_(account.data, scratch, sizeof state);
  sol_set_return_data(scratch, sizeof state);
  sol_log("vault: all steps are done \xe2\x9c\x93");
  return OK;
}
