import { ftokCalls } from '../calls/ftok';
import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario } from '../scenario';
import { process, succeeds } from './steps';

const theFile: ObjectSpec[] = [{ kind: 'file', id: 'keyfile', title: 'the file', handle: 'keyfile' }];

type Who = ReturnType<typeof process>;
const makes = (who: Who, why: string) =>
  who('open', ['"keyfile"', 'O_WRONLY | O_CREAT', '0600'], succeeds, why, { into: 'fd' });

const same: Scenario = {
  id: 'ftok-keys/same',
  subject: 'ftok-keys',
  title: 'One file, one key',
  summary: 'Two processes make the same key from the same file and letter, without having spoken.',
  kind: 'normal',
  about:
    'Parent and child each make a key with ftok. File and letter are all that they agree on; the key leads both to the same queue, semaphore set or segment.',
  processes: [
    { id: 'parent', title: 'the parent', begins: 'open' },
    { id: 'child', title: 'the child', begins: 'fork' },
  ],
  objects: theFile,
  steps: (() => {
    const parent = process('parent');
    const child = process('child');
    return [
      parent(
        'ftok',
        ['"keyfile"', "'Q'"],
        'ENOENT',
        'The file must exist: its inode number goes into the key. What it contains does not matter.',
      ),
      makes(parent, 'So it is made, empty.'),
      parent.forks('child', 'It could be any other program that knows the name of the file.'),
      parent(
        'ftok',
        ['"keyfile"', "'Q'"],
        succeeds,
        'The key: eight bits of the letter, eight of the device, sixteen of the inode number.',
        {
          into: 'queue_key',
        },
      ),
      child(
        'ftok',
        ['"keyfile"', "'Q'"],
        { returns: { variable: 'queue_key', of: 'parent' } },
        'The same file and letter give the same key.',
        {
          into: 'queue_key',
        },
      ),
      child(
        'ftok',
        ['"keyfile"', "'S'"],
        succeeds,
        'Another letter gives another key: one for the queue, one for the semaphores.',
        {
          into: 'other',
        },
      ),
      child.ends('The child ends. A key is only a number; there is nothing to give back.'),
      parent.waitsFor('child', 'The parent collects its status.'),
      parent.tidies('keyfile'),
      parent.exits('The end.'),
    ];
  })(),
  conclusion:
    'With ftok programs meet by the name of a file that all of them can reach. It makes a number and no object: msgget, semget and shmget do that.',
};

const collision: Scenario = {
  id: 'ftok-keys/collision',
  subject: 'ftok-keys',
  title: 'Two purposes, one key',
  summary: 'Only the low eight bits of the second argument count: 1 and 257 give the same key.',
  kind: 'pitfall',
  about:
    'A mistake on purpose: the purposes are numbered, and the numbers go beyond 255. Two that differ by 256 get the same key, and strangers share one object.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: theFile,
  steps: (() => {
    const program = process('program');
    return [
      makes(program, 'A file for the keys.'),
      program('ftok', ['"keyfile"', '1'], succeeds, 'The key of purpose number 1.', { into: 'first' }),
      program('ftok', ['"keyfile"', '2'], succeeds, 'Number 2 differs in its first two digits.', {
        into: 'second',
      }),
      program(
        'ftok',
        ['"keyfile"', '257'],
        { returns: { variable: 'first', of: 'program' } },
        'Number 257 is 256 + 1: the higher bits are thrown away, and the key is that of number 1. Nothing fails.',
        { into: 'last' },
      ),
      program.tidies('keyfile'),
      program.exits('Two different files can collide as well: of the inode number only sixteen bits count.'),
    ];
  })(),
  conclusion:
    'A key from ftok is not unique. Use letters, create with IPC_CREAT | IPC_EXCL, and check that what is there is yours.',
};

const anew: Scenario = {
  id: 'ftok-keys/file-replaced',
  subject: 'ftok-keys',
  title: 'The file is made anew, the key changes',
  summary: 'An editor that saves by renaming gives the name another inode, and ftok another key.',
  kind: 'pitfall',
  about:
    'A mistake on purpose: the keys come from a file that is rewritten now and then. Saved by renaming, the name leads to a new inode: programs started later make another key and do not find the others.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: theFile,
  steps: (() => {
    const program = process('program');
    return [
      makes(program, 'A configuration file, say, that is there anyway.'),
      program('ftok', ['"keyfile"', "'Q'"], succeeds, 'The key by which the server makes its queue.', {
        into: 'before',
      }),
      program(
        'open',
        ['"keyfile.new"', 'O_WRONLY | O_CREAT', '0600'],
        succeeds,
        'Somebody edits the file. Editors write a new one beside it.',
        {
          into: 'saved',
        },
      ),
      program(
        'rename',
        ['"keyfile.new"', '"keyfile"'],
        0,
        'Then they give it the old name. To everybody it looks like the same file.',
      ),
      program(
        'ftok',
        ['"keyfile"', "'Q'"],
        succeeds,
        'A client started now gets another key: look at the last four digits. It makes a queue of its own, and waits there for answers.',
        {
          into: 'after',
        },
      ),
      program.tidies('keyfile'),
      program.exits('No call has failed.'),
    ];
  })(),
  conclusion:
    'Make keys from a file or directory that is never replaced, or agree on a number. For new programs names as of POSIX IPC are simpler.',
};

export const ftokKeysDemos: FacilityDemos = {
  id: 'ftok-keys',
  calls: ftokCalls,
  scenarios: [same, collision, anew],
};
