// An XDP program: drops IPv4 packets to one port, and those that are shorter than their headers.

#include <zisk/ebpf.h>

enum { ETHERNET = 14, IPV4 = 0x0800, MIN_IPV4 = 20, PORT = 80 };

SECTION("xdp") u64 verdict(struct xdp_md *context) {
  const u8 *packet = ADDRESS(context->data), *end = ADDRESS(context->data_end);
  if (packet + ETHERNET + MIN_IPV4 + 4 > end) return XDP_DROP;
  if (NETWORK16(*(u16 *)(packet + 12)) != IPV4) return XDP_PASS;
  const u8 *ports = packet + ETHERNET + (packet[ETHERNET] & 15) * 4;
  if (ports + 4 > end) return XDP_DROP;
  return NETWORK16(*(u16 *)(ports + 2)) == PORT ? XDP_DROP : XDP_PASS;
}
