/** Random edits as people and tools make them, on texts that look like real C. */
import fc from 'fast-check';
import type { TextChange } from '../../server/c/source-file';

/** A file with some of everything, in which names, comments and strings hold more than ASCII. */
export const sample = `#include <fcntl.h>
#include <stdio.h>
#include "größe.h"

#define FLAGS (O_RDWR /* lesen und schreiben */ | O_CREAT)
#define RETRY(call) \\
  do { /* 再試行 */ \\
  } while ((call) == -1)

/* Ein Kommentar mit Ümläuten und 😀, { auch } mit Klammern. */
typedef struct job {
  long mtype;
  char text[64]; // "Text"
} job_t;

static int count = 0;
enum state { IDLE, BUSY = 4 };

int create(const char *path) {
  int fd = open(path, FLAGS);
  if (fd == -1) {
    perror("größe: kann nicht öffnen");
    return -1;
  }
  return fd;
}

#ifdef __linux__
static void wake(int fd) {
  char c = '}';
  RETRY(write(fd, "😀{", 1));
  for (int i = 0; i < 3; i++)
    count += c;
}
#else
static void wake(int fd) { (void)fd; }
#endif

int send(int queue, job_t *job) {
  switch (queue) {
  case IDLE:
    return msgsnd(queue, job, sizeof(*job), 0);
  default:
    goto out;
  }
out:
  wake(queue);
  return 0;
}

int main(void) { return create("/tmp/ä") == 0 ? send(1, NULL) : 1; }
`;

/** A place in a text and how much of it is replaced by what; made to fit whatever the text is by then. */
export interface Edit {
  at: number;
  remove: number;
  insert: string;
}

const pieces = [
  '{',
  '}',
  '(',
  ')',
  ';',
  '"',
  "'",
  '/*',
  '*/',
  '//',
  '#',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  '\\\n',
  'ä',
  '😀',
  '漢',
  '\ud83d',
  '\ude00',
  '#define X 1\n',
  '#if 0\n',
  '#endif\n',
  '#else\n',
  'if (x) {',
  'else ',
  'int ',
  'return',
  'x = 1;',
  'open(',
  '= -1',
  'whi',
  'int f(void) { return open("a", O_CREAT); }\n',
  'case 3:',
  '"/tmp/*"',
  '\0',
];

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 2, arbitrary: fc.integer({ min: 4, max: 80 }) },
  ),
  insert: fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 6, arbitrary: fc.constantFrom(...pieces) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((list) => list.join('')),
    },
  ),
});

export const edits = fc.array(edit, { minLength: 1, maxLength: 8 });

/** The change that an edit makes in a text. */
export function changeIn(text: string, { at, remove, insert }: Edit): TextChange {
  const start = Math.floor(at * text.length);
  return { start, end: Math.min(text.length, start + remove), text: insert };
}

export function changed(text: string, { start, end, text: insert }: TextChange): string {
  return text.slice(0, start) + insert + text.slice(end);
}
