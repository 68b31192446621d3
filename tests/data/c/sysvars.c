// Logs what the runtime tells of the chain.

#include <zisk/solana.h>

u64 entrypoint(u8 *buffer) {
  (void)buffer;
  struct sol_clock clock;
  struct sol_rent rent;
  struct sol_epoch_schedule schedule;
  struct sol_epoch_rewards rewards;
  u64 restart;
  if (sol_get_clock_sysvar(&clock) || sol_get_rent_sysvar(&rent)) return 1;
  if (sol_get_epoch_schedule_sysvar(&schedule) || sol_get_epoch_rewards_sysvar(&rewards)) return 2;
  if (sol_get_last_restart_slot(&restart)) return 3;
  sol_log_64_(clock.slot, clock.epoch, clock.leader_schedule_epoch, (u64)clock.unix_time, restart);
  sol_log_64_(rent.lamports_per_byte_year, rent.exemption_threshold, rent.burn_percent, sol_get_stack_height(), 0);
  sol_log_64_(schedule.slots_per_epoch, schedule.has_warmup, schedule.first_normal_slot, rewards.is_active, 0);
  return SOL_SUCCESS;
}
