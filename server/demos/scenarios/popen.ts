import type { FacilityDemos } from '../kit';
import type { ObjectSpec, ProcessSpec, Scenario } from '../scenario';
import { family, process, succeeds } from './steps';

const program = process('program');
const processes: ProcessSpec[] = [{ id: 'program', title: 'the program', begins: 'open' }];
const pipe: ObjectSpec[] = [{ kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'stream' }];

const reading: Scenario = {
  id: 'popen/read',
  subject: 'popen',
  title: 'Reading what a command prints',
  summary: 'popen makes a pipe, a child and a shell, and gives back a stream.',
  kind: 'normal',
  about: 'Runs a command and reads its output as from a file.',
  processes,
  objects: pipe,
  steps: [
    program(
      'popen',
      ['"echo hello"', '"r"'],
      succeeds,
      'One call does it all: pipe, fork, dup2, and exec of a shell that runs the command. What the command prints can be read from the stream.',
      { into: 'stream' },
    ),
    program(
      'fgets',
      ['line', '64', 'stream'],
      { returns: 1, data: 'hello\n' },
      'The first line. If the command is slow, this call waits.',
    ),
    program(
      'fgets',
      ['line', '64', 'stream'],
      { eof: true },
      'The command has ended, and with it the only writer.',
    ),
    program(
      'pclose',
      ['stream'],
      { returns: 0, child: { exited: 0 } },
      'It closes the pipe and waits for the command, as waitpid would, and returns its status.',
      { into: 'status' },
    ),
    program.exits('The end.'),
  ],
  conclusion:
    'popen is the shortest way to another program’s output. It goes through a shell: never build the command from text that comes from outside.',
};

const writing: Scenario = {
  id: 'popen/write',
  subject: 'popen',
  title: 'Writing to a command',
  summary:
    'What is printed to the stream stays in a buffer first, then goes through the pipe to the command.',
  kind: 'normal',
  about: 'Runs a command and writes its input. The text waits in the buffer of stdio until it is flushed.',
  processes,
  objects: pipe,
  steps: [
    program(
      'popen',
      ['"cat"', '"w"'],
      succeeds,
      'With "w" the stream is the command’s standard input. Its output goes where ours goes.',
      { into: 'stream' },
    ),
    program(
      'fputs',
      ['"hello\\n"', 'stream'],
      0,
      'Nothing is in the pipe yet: stdio gathers what is printed in a buffer of this process.',
    ),
    program('fflush', ['stream'], 0, 'Now the text goes through the pipe, and the command reads it.'),
    program('fputs', ['"bye\\n"', 'stream'], 0, 'This line waits in the buffer again.'),
    program(
      'pclose',
      ['stream'],
      { returns: 0, child: { exited: 0 } },
      'It writes out the rest and closes the pipe; the command sees end-of-file and ends, and its status is collected.',
      { into: 'status' },
    ),
    program.exits('The end.'),
  ],
  conclusion:
    'The stream is a FILE with a pipe behind it: buffered, one direction, SIGPIPE when the command ends early.',
};

const status: Scenario = {
  id: 'popen/status',
  subject: 'popen',
  title: 'Did the command succeed?',
  summary: 'popen succeeds even if the command does not; only pclose tells.',
  kind: 'normal',
  about: 'Runs a command that fails, and learns it from the status that pclose returns.',
  processes,
  objects: pipe,
  steps: [
    program(
      'popen',
      ['"exit 3"', '"r"'],
      succeeds,
      'The shell was started, so popen succeeds. Even a command that does not exist looks like this.',
      { into: 'stream' },
    ),
    program(
      'fgets',
      ['line', '64', 'stream'],
      { eof: true },
      'The command printed nothing. Had it nothing to say, or did it fail? End-of-file does not tell.',
    ),
    program(
      'pclose',
      ['stream'],
      { returns: 'success', child: { exited: 3 } },
      'The status tells: exit status 3. A shell that does not find the command gives 127.',
      { into: 'status' },
    ),
    program.exits('The end.'),
  ],
  conclusion:
    'Look at what pclose returns, with WIFEXITED and WEXITSTATUS. End-of-file alone says nothing about success.',
};

const stranger = process('child');
const reader = process('parent');
const sent = 'Ann; echo this was a command';

const outside: Scenario = {
  id: 'popen/outside-text',
  subject: 'popen',
  title: 'A name that was a command',
  summary:
    'Text from outside is put into a command for the shell, and the shell carries out what stands in it.',
  kind: 'pitfall',
  rule: 'popen/outside-text',
  about:
    'A mistake on purpose: the parent greets whoever sends a name, with a command that is built from that name. The child sends a name with a second command behind it.',
  processes: family,
  objects: [
    { kind: 'pipe', id: 'names', title: 'the pipe for names', handle: 'fd[0]' },
    { kind: 'pipe', id: 'pipe', title: 'the pipe to the shell', handle: 'stream' },
  ],
  steps: [
    reader('pipe', ['fd'], 0, 'By this way names come. It might as well be a socket or a file.'),
    reader.forks('child', 'The child stands for anybody who may send a name.'),
    reader.closes('fd[1]', 'The parent only reads.'),
    stranger.closes('fd[0]', 'The child only writes.'),
    stranger.writes(
      'fd[1]',
      sent,
      'A name, and behind a semicolon something else. For a pipe these are bytes like any others.',
    ),
    stranger.ends('The child is done.'),
    reader.reads('fd[0]', sent, 'The parent takes it for a name.'),
    reader(
      'snprintf',
      ['command', '"echo hello "', 'n', 'buf'],
      { returns: 'success', data: `echo hello ${sent}` },
      'Here is the mistake: a text that somebody else wrote becomes part of a command.',
    ),
    reader(
      'popen',
      ['command', '"r"'],
      succeeds,
      'A shell gets the text and reads it as it reads everything: the semicolon ends the first command, and a second one begins.',
      { into: 'stream' },
    ),
    reader('fgets', ['line', '64', 'stream'], { returns: 1, data: 'hello Ann\n' }, 'The greeting.'),
    reader(
      'fgets',
      ['line', '64', 'stream'],
      { returns: 1, data: 'this was a command\n' },
      'And this was the other one’s command. It ran with all the rights of this program, and could have been any.',
    ),
    reader('pclose', ['stream'], { returns: 0, child: { exited: 0 } }, 'All went well, says the status.', {
      into: 'status',
    }),
    reader.waitsFor('child', 'The child has ended.'),
    reader.exits('The end.'),
  ],
  conclusion:
    'A shell cannot tell your words from those that were put between them. Give the text as an argument of its own, with fork and execlp("echo", "echo", "hello", name, NULL): then no shell reads it.',
};

export const popenDemos: FacilityDemos = { id: 'popen', scenarios: [reading, writing, status, outside] };
