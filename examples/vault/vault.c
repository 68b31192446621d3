// A vault on Solana: deposits and withdrawals on a ledger that lives in the data of account 0.
//
// Instruction data: a list of steps, 9 bytes each: one byte what to do (0 deposit, 1 withdraw), then the amount as
// u64, little-endian. Account data: u64 balance, u64 number of steps, then a digest of all steps so far.
// The new state is returned as the return data of the program.

typedef unsigned char u8;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;

void sol_log_(const char *text, u64 length);
void sol_log_64_(u64, u64, u64, u64, u64);
void sol_memcpy_(void *target, const void *source, u64 length);
void sol_memset_(void *target, u8 value, u64 length);
void sol_memcmp_(const void *one, const void *other, u64 length, i32 *result);
void sol_set_return_data(const void *data, u64 length);

enum { OK = 0, TOO_FEW_ACCOUNTS = 1, BAD_ACCOUNT = 2, BAD_STEP = 3, INSUFFICIENT_FUNDS = 4, NOT_OWNER = 5 };
enum { STEP_BYTES = 9, KEY_BYTES = 32, GROWTH_BYTES = 10240 };

struct state {
  u64 balance;
  u64 steps;
  u64 digest[4];
};

struct account {
  u8 marker, is_signer, is_writable, is_executable;
  u8 padding[4];
  u8 key[KEY_BYTES];
  u8 owner[KEY_BYTES];
  u64 lamports;
  u64 data_length;
  u8 data[];
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

u64 entrypoint(u8 *input) {
  static const char DONE[] = "vault: all steps are done \xe2\x9c\x93";
  if (*(u64 *)input < 1) return TOO_FEW_ACCOUNTS;
  struct account *account = (struct account *)(input + 8);
  if (account->marker != 0xff || !account->is_writable || account->data_length != sizeof(struct state))
    return BAD_ACCOUNT;

  u64 data_end = 8 + sizeof(struct account) + sizeof(struct state) + GROWTH_BYTES + 8;
  u64 length = *(u64 *)(input + data_end);
  const u8 *step = input + data_end + 8;
  i32 difference;
  sol_memcmp_(account->owner, step + length, KEY_BYTES, &difference);
  if (difference != 0) return NOT_OWNER;

  struct state state;
  sol_memcpy_(&state, account->data, sizeof state);
  for (; length >= STEP_BYTES; length -= STEP_BYTES, step += STEP_BYTES) {
    u64 kind = step[0], amount = read64(step + 1);
    if (kind >= sizeof OPERATIONS / sizeof *OPERATIONS) return BAD_STEP;
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
  sol_memcpy_(account->data, scratch, sizeof state);
  sol_set_return_data(scratch, sizeof state);
  sol_log_(DONE, sizeof DONE - 1);
  return OK;
}
