// A Solana program in C: its entry point, its input, its syscalls.
//
//   #include <zisk/solana.h>
//
//   u64 entrypoint(u8 *buffer) {
//     struct sol_account accounts[2];
//     struct sol_input input;
//     if (!sol_read_input(buffer, accounts, 2, &input)) return SOL_ERROR_TOO_FEW_ACCOUNTS;
//     sol_log("hello");
//     return SOL_SUCCESS;
//   }
//
// The run starts at `entrypoint`, which gets the address of the input buffer; what it returns is the outcome: 0, a
// number of the program's own below 2^32, or one of SOL_ERROR_*. There are no variables outside functions; constants
// are fine. A function has at most five arguments.

#ifndef ZISK_SOLANA_H
#define ZISK_SOLANA_H

#include <zisk/memory.h>
#include <zisk/types.h>

u64 entrypoint(u8 *buffer);

// ---- Outcomes

#define SOL_SUCCESS 0
#define SOL_ERROR(number) ((u64)(number) << 32)

enum {
  SOL_MAX_GROWTH = 10240,  // bytes that an account may grow by
  SOL_MAX_SEEDS = 16,
  SOL_MAX_RETURN_DATA = 1024,
};

#define SOL_ERROR_CUSTOM_ZERO SOL_ERROR(1)
#define SOL_ERROR_INVALID_ARGUMENT SOL_ERROR(2)
#define SOL_ERROR_INVALID_INSTRUCTION_DATA SOL_ERROR(3)
#define SOL_ERROR_INVALID_ACCOUNT_DATA SOL_ERROR(4)
#define SOL_ERROR_ACCOUNT_DATA_TOO_SMALL SOL_ERROR(5)
#define SOL_ERROR_INSUFFICIENT_FUNDS SOL_ERROR(6)
#define SOL_ERROR_WRONG_PROGRAM SOL_ERROR(7)
#define SOL_ERROR_MISSING_SIGNATURE SOL_ERROR(8)
#define SOL_ERROR_ALREADY_INITIALIZED SOL_ERROR(9)
#define SOL_ERROR_UNINITIALIZED_ACCOUNT SOL_ERROR(10)
#define SOL_ERROR_TOO_FEW_ACCOUNTS SOL_ERROR(11)
#define SOL_ERROR_ACCOUNT_IN_USE SOL_ERROR(12)
#define SOL_ERROR_SEED_TOO_LONG SOL_ERROR(13)
#define SOL_ERROR_INVALID_SEEDS SOL_ERROR(14)
#define SOL_ERROR_SERIALIZATION SOL_ERROR(15)
#define SOL_ERROR_NOT_RENT_EXEMPT SOL_ERROR(16)
#define SOL_ERROR_UNSUPPORTED_SYSVAR SOL_ERROR(17)
#define SOL_ERROR_ILLEGAL_OWNER SOL_ERROR(18)
#define SOL_ERROR_TOO_MUCH_ACCOUNT_DATA SOL_ERROR(19)
#define SOL_ERROR_INVALID_GROWTH SOL_ERROR(20)
#define SOL_ERROR_TOO_MANY_INSTRUCTIONS SOL_ERROR(21)
#define SOL_ERROR_BUILTIN_WITHOUT_COST SOL_ERROR(22)
#define SOL_ERROR_WRONG_OWNER SOL_ERROR(23)
#define SOL_ERROR_OVERFLOW SOL_ERROR(24)
#define SOL_ERROR_IMMUTABLE SOL_ERROR(25)
#define SOL_ERROR_WRONG_AUTHORITY SOL_ERROR(26)

// ---- The input

struct sol_key {
  u8 bytes[32];
};

static inline bool sol_same_key(const struct sol_key *one, const struct sol_key *other) {
  const any_u64 *left = (const any_u64 *)one, *right = (const any_u64 *)other;
  return left[0] == right[0] && left[1] == right[1] && left[2] == right[2] && left[3] == right[3];
}

struct sol_account {
  const struct sol_key *key;
  struct sol_key *owner;
  u64 *lamports;
  u64 *data_length;
  u8 *data;
  bool is_signer, is_writable, is_executable;
};

struct sol_input {
  u64 num_accounts;
  const u8 *data;  // of the instruction
  u64 data_length;
  const struct sol_key *program_id;
};

// An account as it lies in the buffer. Room to grow and the epoch of its rent follow its data.
struct sol_raw_account {
  u8 first;  // SOL_NEW_ACCOUNT, or the position of the account that this one repeats
  u8 is_signer, is_writable, is_executable;
  u8 padding[4];
  struct sol_key key, owner;
  u64 lamports, data_length;
  u8 data[];
};

enum { SOL_NEW_ACCOUNT = 0xff, SOL_REPEATED_BYTES = 8, SOL_RENT_EPOCH_BYTES = 8 };

// Reads the buffer; an account that is there twice is read twice, with the same addresses. False if there are more
// accounts than `room`: then nothing but their number is read.
static inline bool sol_read_input(u8 *buffer, struct sol_account *accounts, u64 room, struct sol_input *input) {
  input->num_accounts = *(u64 *)buffer;
  if (input->num_accounts > room) return false;
  u8 *at = buffer + sizeof(u64);
  for (u64 number = 0; number < input->num_accounts; number++) {
    struct sol_raw_account *raw = (struct sol_raw_account *)at;
    if (raw->first != SOL_NEW_ACCOUNT) {
      accounts[number] = accounts[raw->first];
      at += SOL_REPEATED_BYTES;
      continue;
    }
    struct sol_account *account = &accounts[number];
    account->key = &raw->key;
    account->owner = &raw->owner;
    account->lamports = &raw->lamports;
    account->data_length = &raw->data_length;
    account->data = raw->data;
    account->is_signer = raw->is_signer;
    account->is_writable = raw->is_writable;
    account->is_executable = raw->is_executable;
    at = raw->data + raw->data_length + SOL_MAX_GROWTH + (-raw->data_length & 7) + SOL_RENT_EPOCH_BYTES;
  }
  input->data_length = *(u64 *)at;
  input->data = at + sizeof(u64);
  input->program_id = (const struct sol_key *)(input->data + input->data_length);
  return true;
}

// ---- Syscalls: ends and logs

_Noreturn void abort(void);
_Noreturn void sol_panic_(const char *file, u64 length, u64 line, u64 column);
void sol_log_(const char *text, u64 length);  // UTF-8
void sol_log_64_(u64 first, u64 second, u64 third, u64 fourth, u64 fifth);
void sol_log_compute_units_(void);
void sol_log_pubkey(const struct sol_key *key);

struct sol_slice {
  const void *data;
  u64 length;
};

void sol_log_data(const struct sol_slice *slices, u64 count);

// Log a literal; end the run with its place in the source.
#define sol_log(literal) sol_log_("" literal, sizeof(literal) - 1)
#define sol_panic() sol_panic_(__FILE__, sizeof(__FILE__) - 1, __LINE__, 0)
#define sol_assert(condition) ((condition) ? (void)0 : sol_panic())

// ---- Syscalls: memory. memcpy and its kin are these.

void sol_memcpy_(void *target, const void *source, u64 length);
void sol_memmove_(void *target, const void *source, u64 length);
void sol_memset_(void *target, u8 value, u64 length);
void sol_memcmp_(const void *one, const void *other, u64 length, i32 *difference);
void *sol_alloc_free_(u64 size, void *freed);  // of the heap; freed != NULL does nothing

static inline void *sol_allocate(u64 size) { return sol_alloc_free_(size, NULL); }

// ---- Syscalls: hashes of the concatenation of slices, and signatures. They return 0 if all is well.

struct sol_hash {
  u8 bytes[32];
};

u64 sol_sha256(const struct sol_slice *slices, u64 count, struct sol_hash *digest);
u64 sol_keccak256(const struct sol_slice *slices, u64 count, struct sol_hash *digest);
u64 sol_blake3(const struct sol_slice *slices, u64 count, struct sol_hash *digest);
u64 sol_poseidon(
    u64 parameters, u64 endianness, const struct sol_slice *slices, u64 count, struct sol_hash *digest);
u64 sol_secp256k1_recover(const struct sol_hash *hash, u64 recovery_id, const u8 signature[64], u8 key[64]);

// ---- Syscalls: addresses of programs

u64 sol_create_program_address(
    const struct sol_slice *seeds, u64 count, const struct sol_key *program_id, struct sol_key *address);
u64 sol_try_find_program_address(
    const struct sol_slice *seeds, u64 count, const struct sol_key *program_id, struct sol_key *address, u8 *bump);

// ---- Syscalls: curves

u64 sol_curve_validate_point(u64 curve, const u8 *point);
u64 sol_curve_group_op(u64 curve, u64 operation, const u8 *left, const u8 *right, u8 *result);
u64 sol_curve_multiscalar_mul(u64 curve, const u8 *scalars, const u8 *points, u64 count, u8 *result);
u64 sol_curve_decompress(u64 curve, const u8 *point, u8 *result);
u64 sol_curve_pairing_map(u64 curve, u64 count, const u8 *points1, const u8 *points2, u8 *result);
u64 sol_alt_bn128_group_op(u64 operation, const u8 *input, u64 length, u8 *result);
u64 sol_alt_bn128_compression(u64 operation, const u8 *input, u64 length, u8 *result);

// ---- Syscalls: sysvars

struct sol_clock {
  u64 slot;
  i64 epoch_start_time;
  u64 epoch, leader_schedule_epoch;
  i64 unix_time;
};

struct sol_rent {
  u64 lamports_per_byte_year;
  u64 exemption_threshold;  // the bits of a floating-point number of years
  u8 burn_percent;
};

struct sol_epoch_schedule {
  u64 slots_per_epoch, leader_schedule_slot_offset;
  bool has_warmup;
  u64 first_normal_epoch, first_normal_slot;
};

struct __attribute__((aligned(16))) sol_epoch_rewards {
  u64 first_block_height, num_partitions;
  struct sol_hash parent_blockhash;
  u64 total_points_low, total_points_high;
  u64 total_rewards, distributed_rewards;
  bool is_active;
};

u64 sol_get_clock_sysvar(struct sol_clock *clock);
u64 sol_get_rent_sysvar(struct sol_rent *rent);
u64 sol_get_epoch_schedule_sysvar(struct sol_epoch_schedule *schedule);
u64 sol_get_epoch_rewards_sysvar(struct sol_epoch_rewards *rewards);
u64 sol_get_last_restart_slot(u64 *slot);
u64 sol_get_sysvar(const struct sol_key *id, u8 *result, u64 offset, u64 length);
u64 sol_get_epoch_stake(const struct sol_key *vote_account);

// ---- Syscalls: results, and the calls between programs

void sol_set_return_data(const void *data, u64 length);
u64 sol_get_return_data(void *data, u64 length, struct sol_key *program_id);  // returns the whole length
u64 sol_get_stack_height(void);                                               // 1 for a program called by no other

struct sol_meta {
  const struct sol_key *key;
  bool is_writable, is_signer;
};

struct sol_instruction {
  const struct sol_key *program_id;
  const struct sol_meta *accounts;
  u64 num_accounts;
  const u8 *data;
  u64 data_length;
};

struct sol_account_info {
  const struct sol_key *key;
  u64 *lamports;
  u64 data_length;
  u8 *data;
  const struct sol_key *owner;
  u64 rent_epoch;
  bool is_signer, is_writable, is_executable;
};

struct sol_seeds {
  const struct sol_slice *seeds;
  u64 count;
};

struct sol_sibling {
  u64 data_length, num_accounts;
};

u64 sol_invoke_signed_c(
    const struct sol_instruction *instruction, const struct sol_account_info *accounts, u64 num_accounts,
    const struct sol_seeds *signers, u64 num_signers);
u64 sol_invoke_signed_rust(
    const void *instruction, const void *accounts, u64 num_accounts, const void *signers, u64 num_signers);
u64 sol_get_processed_sibling_instruction(
    u64 index, struct sol_sibling *sibling, struct sol_key *program_id, u8 *data, struct sol_meta *accounts);

#endif
