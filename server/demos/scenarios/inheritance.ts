/** What fork and exec hand on. */
import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario } from '../scenario';
import { family, process, waitsForEver } from './steps';

const parent = process('parent');
const child = process('child');

const pipe: ObjectSpec = { kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'fd[0]' };

const inherited: Scenario = {
  id: 'inheritance/left-open',
  subject: 'inheritance',
  title: 'The descriptor that the other program kept',
  summary: 'exec leaves descriptors open: cat holds the write end of its own input and never ends.',
  kind: 'pitfall',
  rule: 'pipe/unused-end-open',
  about:
    'A mistake on purpose: the child becomes cat and still holds the write end of the pipe that is its input. cat waits for its own end-of-file, and the parent for cat. Stop it with Ctrl+C.',
  processes: family,
  objects: [pipe],
  steps: [
    parent('pipe', ['fd'], 0, 'A pipe to feed another program.'),
    parent.forks('child', 'The child inherits both ends.'),
    child('dup2', ['fd[0]', 'STDIN_FILENO'], 0, 'The pipe becomes the child’s standard input.'),
    child.closes(
      'fd[0]',
      'The child closes the original. It thinks that it has done everything, but forgets fd[1].',
    ),
    child(
      'execlp',
      ['"cat"', '"cat"'],
      { becomes: 'cat' },
      'The child becomes cat. exec replaces the program, not the descriptors: cat now holds fd[1] too and knows nothing of it.',
    ),
    parent.closes('fd[0]', 'The parent does not read.'),
    parent.writes('fd[1]', 'hello\n', 'It feeds cat.'),
    parent.closes('fd[1]', 'And closes the pipe: that should be end-of-file for cat.'),
    parent(
      'waitpid',
      ['pid', 'status', '0'],
      waitsForEver,
      'It is not: there is still a writer, cat itself. cat waits for bytes that only it could write, and the parent waits for cat.',
    ),
  ],
  conclusion:
    'What exec shall not inherit is opened with O_CLOEXEC, or closed before. Do it always: a library or another thread may exec when you do not think of it.',
};

const closeOnExec: Scenario = {
  id: 'inheritance/close-on-exec',
  subject: 'inheritance',
  title: 'Closed by itself: close-on-exec',
  summary: 'The same filter, with descriptors that exec closes.',
  kind: 'normal',
  about:
    'The pipe is made with O_CLOEXEC. dup2 makes a copy without that flag for the new program; everything else is closed when exec succeeds.',
  processes: family,
  objects: [pipe],
  steps: [
    parent(
      'pipe2',
      ['fd', 'O_CLOEXEC'],
      0,
      'Both descriptors are marked from the beginning, so that no fork and exec in between can inherit them.',
    ),
    parent.forks('child', 'Both are copied all the same, with their mark.'),
    child('dup2', ['fd[0]', 'STDIN_FILENO'], 0, 'The copy has no mark: it is meant for the other program.'),
    child(
      'execlp',
      ['"cat"', '"cat"'],
      { becomes: 'cat' },
      'What is marked is closed. cat has its input and nothing else of the pipe.',
    ),
    parent.closes('fd[0]', 'The parent does not read.'),
    parent.writes('fd[1]', 'hello\n', 'It feeds cat.'),
    parent.closes('fd[1]', 'The last write end is closed: cat sees end-of-file and ends.'),
    parent.waitsFor('child', 'The parent collects the status of cat.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'fork copies every descriptor; exec keeps those without the mark. Mark all of them when they are made (O_CLOEXEC, SOCK_CLOEXEC, EPOLL_CLOEXEC), and let dup2 make the few that are meant to stay.',
};

export const inheritanceDemos: FacilityDemos = { id: 'inheritance', scenarios: [inherited, closeOnExec] };
