// A packet filter: drops TCP segments for the ports of web servers and broken headers, passes everything else.
// r1 points at an Ethernet frame, r2 is its length; the verdict goes to r0.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

enum { DROP = 1, PASS = 2 };
enum { ETHERNET_BYTES = 14, TYPE_IPV4 = 0x0800, TYPE_VLAN = 0x8100, VLAN_BYTES = 4 };
enum { PROTOCOL_TCP = 6, MIN_IPV4_BYTES = 20, PORTS_BYTES = 4, FRAGMENT_BITS = 0x1fff };

static const u16 BLOCKED_PORTS[] = {80, 8080, 8000};

static u16 read16(const u8 *bytes) { return (u16)(bytes[0] << 8 | bytes[1]); }

static int is_blocked(u16 port) {
  for (u32 i = 0; i < sizeof BLOCKED_PORTS / sizeof *BLOCKED_PORTS; i++)
    if (BLOCKED_PORTS[i] == port) return 1;
  return 0;
}

// One's complement sum of the header; 0xffff where it is intact (RFC 1071).
static u16 header_sum(const u8 *header, u64 length) {
  u64 sum = 0;
  for (u64 i = 0; i < length; i += 2) sum += read16(header + i);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (u16)sum;
}

__attribute__((section("filter"), used)) u64 packet_filter(const u8 *packet, u64 length) {
  u64 at = ETHERNET_BYTES;
  if (length < at) return PASS;
  u16 type = read16(packet + at - 2);
  if (type == TYPE_VLAN) {
    at += VLAN_BYTES;
    if (length < at) return PASS;
    type = read16(packet + at - 2);
  }
  if (type != TYPE_IPV4 || length < at + MIN_IPV4_BYTES) return PASS;

  const u8 *ip = packet + at;
  u64 header = (u64)(ip[0] & 15) * 4;
  if (ip[0] >> 4 != 4 || header < MIN_IPV4_BYTES || length < at + header) return PASS;
  if (header_sum(ip, header) != 0xffff) return DROP;
  if (ip[9] != PROTOCOL_TCP || read16(ip + 6) & FRAGMENT_BITS) return PASS;
  if (length < at + header + PORTS_BYTES) return PASS;
  return is_blocked(read16(ip + header + 2)) ? DROP : PASS;
}
