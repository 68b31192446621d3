// An XDP program and a socket filter that look at the UDP port of their packet, as for Linux.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

struct xdp_md {
    u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct sk_buff {
    u32 len, before_data[18], data, data_end;
};

enum { DROP = 1, PASS = 2, IP = 0x0008, UDP = 17, PORT = 7000 };

// The destination port of a UDP packet over IPv4, or 0.
static inline __attribute__((always_inline)) u32 udp_port(const u8 *packet, const u8 *end) {
    if (packet + 42 > end || *(const u16 *)(packet + 12) != IP || packet[23] != UDP)
        return 0;
    return packet[36] << 8 | packet[37];
}

__attribute__((section("xdp"))) int drop_port(struct xdp_md *context) {
    const u8 *packet = (const u8 *)(unsigned long)context->data;
    if (context->data_meta != context->data)
        return 0;
    return udp_port(packet, (const u8 *)(unsigned long)context->data_end) == PORT ? DROP : PASS;
}

__attribute__((section("socket"))) int keep_port(struct sk_buff *context) {
    const u8 *packet = (const u8 *)(unsigned long)context->data;
    return udp_port(packet, (const u8 *)(unsigned long)context->data_end) == PORT ? context->len : 0;
}
