// An eBPF program in C: where it goes, what it is given, and helpers by number.
//
//   #include <zisk/ebpf.h>
//
//   SECTION("xdp") u64 drop_short_packets(struct xdp_md *context) {
//     u64 length = context->data_end - context->data;
//     return length < 60 ? XDP_DROP : XDP_PASS;
//   }
//
// Without a mode the program is `u64 name(u8 *input, u64 length)`. Execute the one above with `--mode xdp`.

#ifndef ZISK_EBPF_H
#define ZISK_EBPF_H

#include <zisk/memory.h>
#include <zisk/types.h>

// The run starts at the one section that a program names, or at its one function that is not static.
#define SECTION(name) __attribute__((section(name), used))

// ---- What r1 points to; the numbers are addresses of 32 bits. What is not named here is 0.

struct xdp_md {  // --mode xdp
  u32 data, data_end, data_meta;
  u32 ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct __sk_buff {  // --mode socket-filter
  u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto;
  u32 priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid;
  u32 data, data_end, napi_id, family;
  u32 remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, data_meta;
  u64 flow_keys, tstamp;
  u32 wire_len, gso_segs;
  u64 sk;
  u32 gso_size;
  u8 tstamp_type, padding[3];
  u64 hwtstamp;
};

enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

// The memory that such a number is the address of.
#define ADDRESS(number) ((u8 *)(u64)(number))

// Numbers of the network have their first byte on top.
#define NETWORK16(number) __builtin_bswap16(number)
#define NETWORK32(number) __builtin_bswap32(number)
#define NETWORK64(number) __builtin_bswap64(number)

// ---- Helpers: functions that the platform has by number. Their code is given from Python (Platform.helpers).

#define HELPER(number, result, ...) ((result(*)(__VA_ARGS__))(u64)(number))

#define ktime_get_ns() HELPER(5, u64, void)()
#define trace_printk(format, size, first, second, third) \
  HELPER(6, i64, const char *, u64, u64, u64, u64)(format, size, first, second, third)
#define get_prandom_u32() HELPER(7, u64, void)()
#define get_smp_processor_id() HELPER(8, u64, void)()
#define redirect(interface, flags) HELPER(23, i64, u64, u64)(interface, flags)
#define csum_diff(from, from_size, to, to_size, seed) \
  HELPER(28, i64, const void *, u64, const void *, u64, u64)(from, from_size, to, to_size, seed)
#define xdp_adjust_head(context, delta) HELPER(44, i64, void *, i64)(context, delta)
#define xdp_adjust_tail(context, delta) HELPER(65, i64, void *, i64)(context, delta)

#endif
