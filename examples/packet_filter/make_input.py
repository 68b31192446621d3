"""Writes input.bin: an Ethernet frame with a TCP segment for port 80."""

import struct
from pathlib import Path


def checksum(header: bytes) -> int:
    """Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f">{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def frame(port: int, payload: bytes) -> bytes:
    """An Ethernet frame, IPv4, TCP to that port."""
    ethernet = bytes.fromhex("02000000000102000000000208 00")
    addresses = bytes([192, 0, 2, 1, 198, 51, 100, 7])
    length = 20 + 20 + len(payload)
    head = struct.pack(">BBHHHBBH", 0x45, 0, length, 0x1D0F, 0x4000, 64, 6, 0) + addresses
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    tcp = struct.pack(">HHIIBBHHH", 49152, port, 1, 0, 0x50, 0x18, 64240, 0, 0)
    return ethernet + head + tcp + payload


if __name__ == "__main__":
    Path(__file__).with_name("input.bin").write_bytes(
        frame(80, b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
    )
