// Input: a regular expression in the first line, then lines. Output: the lines that have a match in them.
// There are . * + ? ^ $ | ( ) and sets such as [^a-z]. The exit code is the number of lines.

#include <zisk/guest.h>

#include <stdlib.h>
#include <string.h>

// A program for a machine with many threads: each step has one state of what may still match.
enum op { SAME, ANY, SET, SPLIT, JUMP, START, END, MATCH };
enum { MOST = 512 };

struct step {
  enum op op;
  u32 first, second;  // where to go on
  u8 byte;
  u8 set[32];
};

static struct step program[MOST];
static u32 length;
static const u8 *pattern;

static u32 emit(enum op op) {
  if (length == MOST) abort();
  program[length].op = op;
  return length++;
}

// Makes room for a step in front of what begins at `start`.
static void insert(u32 start, enum op op) {
  emit(op);
  memmove(program + start + 1, program + start, (length - 1 - start) * sizeof *program);
  memset(program + start, 0, sizeof *program);
  program[start].op = op;
  for (u32 at = start + 1; at < length; at++) {
    if (program[at].op == SPLIT || program[at].op == JUMP) {
      if (program[at].first >= start) program[at].first++;
      if (program[at].second >= start) program[at].second++;
    }
  }
}

static void alternatives(void);

static void read_set(struct step *step) {
  bool inverted = *pattern == '^';
  pattern += inverted;
  do {
    u8 from = *pattern++, to = from;
    if (pattern[0] == '-' && pattern[1] != ']') {
      to = pattern[1];
      pattern += 2;
    }
    for (u32 byte = from; byte <= to; byte++) step->set[byte / 8] |= (u8)(1 << byte % 8);
  } while (*pattern != ']');
  pattern++;
  for (u32 at = 0; at < sizeof step->set && inverted; at++) step->set[at] = (u8)~step->set[at];
}

static void atom(void) {
  u8 byte = *pattern++;
  switch (byte) {
    case '(':
      alternatives();
      pattern++;
      return;
    case '[': read_set(&program[emit(SET)]); return;
    case '.': emit(ANY); return;
    case '^': emit(START); return;
    case '$': emit(END); return;
    default: program[emit(SAME)].byte = byte;
  }
}

static void repeated(void) {
  u32 start = length;
  atom();
  u8 sign = *pattern;
  if (sign != '*' && sign != '+' && sign != '?') return;
  pattern++;
  if (sign != '+') {
    insert(start, SPLIT);
    program[start].first = start + 1;
  }
  if (sign == '*') program[emit(JUMP)].first = start;
  if (sign == '+') {
    u32 split = emit(SPLIT);
    program[split].first = start;
    program[split].second = length;
  } else {
    program[start].second = length;
  }
}

static void alternatives(void) {
  u32 start = length;
  while (*pattern && *pattern != '|' && *pattern != ')') repeated();
  if (*pattern != '|') return;
  pattern++;
  insert(start, SPLIT);
  program[start].first = start + 1;
  u32 jump = emit(JUMP);
  program[start].second = length;
  alternatives();
  program[jump].first = length;
}

struct threads {
  u32 count, states[MOST];
  bool has[MOST];
};

static void add(struct threads *threads, u32 state, bool at_start, bool at_end) {
  if (threads->has[state]) return;
  threads->has[state] = true;
  const struct step *step = &program[state];
  switch (step->op) {
    case SPLIT: add(threads, step->second, at_start, at_end);  // fall through
    case JUMP: add(threads, step->first, at_start, at_end); return;
    case START:
      if (at_start) add(threads, state + 1, at_start, at_end);
      return;
    case END:
      if (at_end) add(threads, state + 1, at_start, at_end);
      return;
    default: threads->states[threads->count++] = state;
  }
}

static bool matches(const u8 *line, u64 size) {
  static struct threads now, next;
  memset(&now, 0, sizeof now);
  for (u64 at = 0;; at++) {
    add(&now, 0, at == 0, at == size);
    memset(&next, 0, sizeof next);
    for (u32 i = 0; i < now.count; i++) {
      const struct step *step = &program[now.states[i]];
      if (step->op == MATCH) return true;
      if (at == size) continue;
      u8 byte = line[at];
      bool fits = step->op == ANY || (step->op == SAME && step->byte == byte) ||
                  (step->op == SET && step->set[byte / 8] >> byte % 8 & 1);
      if (fits) add(&next, now.states[i] + 1, false, at + 1 == size);
    }
    if (at == size) return false;
    now = next;
  }
}

static u8 text[1 << 16];

int main(void) {
  u64 size = read_input(text, sizeof text - 1);
  u8 *end = memchr(text, '\n', size);
  if (!end) return 255;
  *end = 0;
  pattern = text;
  alternatives();
  emit(MATCH);
  int found = 0;
  for (u8 *line = end + 1; line < text + size; line = end + 1) {
    end = memchr(line, '\n', (u64)(text + size - line));
    if (!end) end = text + size;
    if (!matches(line, (u64)(end - line))) continue;
    write_output(line, (u64)(end - line));
    write_output("\n", 1);
    found++;
  }
  return found;
}
