/* BLAKE2s-256 (RFC 7693) of one message per lane. */
#ifndef ZISK_HASHING_H
#define ZISK_HASHING_H

#include "kernels.h"

#define BLOCK_BYTES 64
#define DIGEST_BYTES 32

static const u32 blake2s_start[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                     0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

static const uint8_t blake2s_order[10][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                              {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                              {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                              {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                              {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                              {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                              {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                              {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                              {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                              {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static inline void blake2s_mix(words *v, int a, int b, int c, int d, words x, words y) {
    v[a] = words_add(words_add(v[a], v[b]), x);
    v[d] = words_rotate16(words_xor(v[d], v[a]));
    v[c] = words_add(v[c], v[d]);
    v[b] = words_rotate12(words_xor(v[b], v[c]));
    v[a] = words_add(words_add(v[a], v[b]), y);
    v[d] = words_rotate8(words_xor(v[d], v[a]));
    v[c] = words_add(v[c], v[d]);
    v[b] = words_rotate7(words_xor(v[b], v[c]));
}

/* length: bytes hashed with this block; last: is it the final one */
static void blake2s_compress(words h[8], const words m[16], u64 length, int last) {
    words v[16];
    for (int i = 0; i < 8; i++) v[i] = h[i];
    for (int i = 0; i < 8; i++) v[8 + i] = words_set(blake2s_start[i]);
    v[12] = words_xor(v[12], words_set((u32)length));
    v[13] = words_xor(v[13], words_set((u32)(length >> 32)));
    v[14] = words_xor(v[14], words_set(last ? 0xFFFFFFFF : 0));
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        const uint8_t *s = blake2s_order[round];
        blake2s_mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
        blake2s_mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
        blake2s_mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
        blake2s_mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
        blake2s_mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
        blake2s_mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
        blake2s_mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
        blake2s_mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; i++) h[i] = words_xor(h[i], words_xor(v[i], v[i + 8]));
}

/* parameter block: digest of 32 bytes, no key, sequential, personalisation in words 6 and 7 */
static void blake2s_begin(words h[8], const uint8_t *person) {
    u32 personal[2];
    memcpy(personal, person, sizeof personal);
    for (int i = 0; i < 8; i++) {
        u32 parameter = i == 0 ? 0x01010000 | DIGEST_BYTES : i >= 6 ? personal[i - 6] : 0;
        h[i] = words_set(blake2s_start[i] ^ parameter);
    }
}

/* The row streams of the lanes, read 64 bytes at a time across the parts. */
struct stream {
    const struct hashing *job;
    size_t rows[HASH_LANES];
    size_t part, offset; /* where the next block starts */
};

static inline const uint8_t *stream_at(const struct stream *s, size_t lane) {
    return s->job->parts[s->part] + s->rows[lane] * s->job->widths[s->part] + s->offset;
}

/* A block that crosses parts, or is the last: put together in `staged`, with zeros behind the end. */
static void stream_stage(struct stream *s, uint8_t staged[HASH_LANES][BLOCK_BYTES]) {
    const struct hashing *job = s->job;
    memset(staged, 0, HASH_LANES * BLOCK_BYTES);
    for (size_t filled = 0; filled < BLOCK_BYTES && s->part < job->num_parts;) {
        size_t left = job->widths[s->part] - s->offset, room = BLOCK_BYTES - filled;
        size_t count = left < room ? left : room;
        for (size_t lane = 0; lane < HASH_LANES; lane++)
            memcpy(staged[lane] + filled, stream_at(s, lane), count);
        filled += count;
        s->offset += count;
        if (s->offset == job->widths[s->part]) {
            s->part++;
            s->offset = 0;
        }
    }
}

static void stream_read(struct stream *s, words message[16]) {
    const uint8_t *from[HASH_LANES];
    uint8_t staged[HASH_LANES][BLOCK_BYTES];
    if (s->part < s->job->num_parts && s->job->widths[s->part] - s->offset >= BLOCK_BYTES) {
        for (size_t lane = 0; lane < HASH_LANES; lane++) {
            from[lane] = stream_at(s, lane);
            __builtin_prefetch(from[lane] + HASH_LANES * s->job->widths[s->part]); /* the rows after these */
        }
        s->offset += BLOCK_BYTES;
    } else {
        stream_stage(s, staged);
        for (size_t lane = 0; lane < HASH_LANES; lane++) from[lane] = staged[lane];
    }
    words_gather(from, message);
}

static void hash_rows(const struct hashing *job) {
    u64 length = 0;
    for (size_t i = 0; i < job->num_parts; i++) length += job->widths[i];
    for (size_t row = job->start; row < job->stop; row += HASH_LANES) {
        size_t count = job->stop - row < HASH_LANES ? job->stop - row : HASH_LANES;
        struct stream stream = {.job = job};
        for (size_t lane = 0; lane < HASH_LANES; lane++) stream.rows[lane] = row + (lane < count ? lane : 0);
        words h[8], message[16];
        blake2s_begin(h, job->person);
        u64 done = 0;
        do { /* the empty message is one block */
            done = length - done < BLOCK_BYTES ? length : done + BLOCK_BYTES;
            stream_read(&stream, message);
            blake2s_compress(h, message, done, done == length);
        } while (done < length);
        u32 digests[8][HASH_LANES];
        for (int i = 0; i < 8; i++) words_store(digests[i], h[i]);
        for (size_t lane = 0; lane < count; lane++)
            for (int i = 0; i < 8; i++)
                memcpy(job->out + (row + lane) * DIGEST_BYTES + 4 * i, &digests[i][lane], 4);
    }
}

/* smallest nonce from `start` so that the first eight bytes of BLAKE2s(seed || nonce), read as a little-endian
   number, start with `bits` zero bits; `stop` if there is none below that */
static u64 grind(const uint8_t *seed, const uint8_t *person, unsigned bits, u64 start, u64 stop) {
    for (u64 nonce = start; nonce < stop; nonce += HASH_LANES) {
        words h[8], message[16];
        u32 low[HASH_LANES], high[HASH_LANES], first[HASH_LANES], second[HASH_LANES];
        for (int i = 0; i < 16; i++) message[i] = words_set(0);
        for (int i = 0; i < 8; i++) {
            u32 word;
            memcpy(&word, seed + 4 * i, 4);
            message[i] = words_set(word);
        }
        for (u64 lane = 0; lane < HASH_LANES; lane++) {
            low[lane] = (u32)(nonce + lane);
            high[lane] = (u32)((nonce + lane) >> 32);
        }
        message[8] = words_load(low);
        message[9] = words_load(high);
        blake2s_begin(h, person);
        blake2s_compress(h, message, 40, 1);
        words_store(first, h[0]);
        words_store(second, h[1]);
        for (u64 lane = 0; lane < HASH_LANES; lane++) {
            u64 value = (u64)second[lane] << 32 | first[lane];
            if (bits == 0 || value >> (64 - bits) == 0) return nonce + lane < stop ? nonce + lane : stop;
        }
    }
    return stop;
}

#endif
