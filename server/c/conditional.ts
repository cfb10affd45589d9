import { field, type Syntax } from './mirror';

/** Which branch of a conditional compilation Linux takes: `true`, `false`, or undefined where it cannot be told. */
export type Truth = boolean | undefined;

const definedOnLinux = new Set([
  '__linux__',
  '__linux',
  'linux',
  '__unix__',
  '__unix',
  'unix',
  '__GNUC__',
  '__GLIBC__',
  '__STDC__',
  '__x86_64__',
  '__LP64__',
  'SEM_FAILED',
  'MAP_FAILED',
]);

const undefinedOnLinux = new Set([
  '_WIN32',
  'WIN32',
  '_WIN64',
  'WIN32_NATIVE',
  '__CYGWIN__',
  '__MINGW32__',
  '_MSC_VER',
  '__APPLE__',
  '__MACH__',
  '__FreeBSD__',
  '__NetBSD__',
  '__OpenBSD__',
  '__DragonFly__',
  '__sun',
  'sun',
  '__sun__',
  '__SVR4',
  '_AIX',
  '__hpux',
  '__HAIKU__',
  '__BEOS__',
  '__OS2__',
  '__EMX__',
  '__INNOTEK_LIBC__',
  '__QNX__',
  '__sgi',
  '__osf__',
  '__VMS',
  '__minix',
  '__ANDROID__',
  '__EMSCRIPTEN__',
  '__cplusplus',
]);

/** Constants of POSIX and Linux that programs ask for before they use them. The headers of Linux have them all as macros. */
const constants =
  /^(?:F_(?:[GS]ETF[DL]|[GS]ETLK|SETLKW|OFD_SETLKW?|DUPFD|DUPFD_CLOEXEC|U?LOCK|TLOCK)|FD_(?:CLOEXEC|SETSIZE)|O_(?:CLOEXEC|NONBLOCK|NDELAY|NOCTTY|NOFOLLOW|DIRECTORY|PATH|SYNC)|SIG(?:ALRM|CHLD|CLD|CONT|HUP|INT|IO|KILL|PIPE|POLL|PROF|QUIT|STOP|TERM|TSTP|TTIN|TTOU|URG|USR[12]|VTALRM|WINCH|XCPU|XFSZ|RTMIN|RTMAX|_ERR)|SA_(?:RESTART|NOCLDSTOP|NOCLDWAIT|NODEFER|RESETHAND|ONSTACK|SIGINFO)|W(?:NOHANG|UNTRACED|CONTINUED|IFEXITED|IFSIGNALED|EXITSTATUS|TERMSIG|COREDUMP)|LOCK_(?:SH|EX|NB|UN)|MAP_(?:ANON|ANONYMOUS|POPULATE|STACK)|MSG_(?:NOSIGNAL|DONTWAIT|TRUNC|CMSG_CLOEXEC)|SOCK_(?:CLOEXEC|NONBLOCK)|AF_(?:UNIX|LOCAL|INET6)|SO_(?:REUSEADDR|REUSEPORT|PEERCRED|PASSCRED|KEEPALIVE|ERROR)|SCM_RIGHTS|TIOC(?:[GS]WINSZ|SCTTY|NOTTY|[GS]PGRP)|E(?:AGAIN|WOULDBLOCK|INTR|PIPE|CHILD)|PIPE_BUF)$/;

/** The calls that configure scripts look for and glibc has. */
const calls =
  /^HAVE_(?:ACCEPT4?|BIND|CLOSE_RANGE|DUP[23]|EPOLL(?:_CREATE1?|_CTL|_WAIT)?|EVENTFD|FCNTL|FLOCK|FORK|FORKPTY|FTRUNCATE|GETADDRINFO|INOTIFY(?:_INIT1?)?|KILLPG|LOCKF|MKFIFO|MKOSTEMP|MKSTEMP|MMAP|MUNMAP|MSGGET|OPENPTY|PIPE2?|PPOLL|POLL|PSELECT|SELECT|SEMGET|SEM_OPEN|SEM_INIT|SHMGET|SHM_OPEN|SENDMSG|RECVMSG|SETSID|SIGACTION|SIGNALFD|SIGPROCMASK|SIGSUSPEND|SOCKETPAIR|TIMERFD(?:_CREATE)?|WAIT[34]|WAITPID)$/;

/** Whether a macro is defined where a program is compiled for Linux. */
export function isDefined(name: string): Truth {
  if (definedOnLinux.has(name) || constants.test(name) || calls.test(name)) {
    return true;
  }
  return undefinedOnLinux.has(name) ? false : undefined;
}

/** Decides the condition of `#if`, `#elif`, `#ifdef` or `#ifndef`. */
export function conditionOf(node: Syntax, text: (node: Syntax) => string): Truth {
  if (node.type === 'preproc_ifdef' || node.type === 'preproc_elifdef') {
    const name = field(node, 'name');
    const directive = node.children[0] ? text(node.children[0]) : '';
    const known = name ? isDefined(text(name)) : undefined;
    return directive.includes('n') && /ndef$/.test(directive) ? not(known) : known;
  }
  const condition = field(node, 'condition');
  return condition ? evaluate(condition, text) : undefined;
}

function not(value: Truth): Truth {
  return value === undefined ? undefined : !value;
}

function evaluate(node: Syntax, text: (node: Syntax) => string): Truth {
  const operands = node.children.filter((child) => child.named);
  switch (node.type) {
    case 'number_literal':
      return Number(text(node).replace(/[uUlL]+$/, '')) !== 0;
    case 'identifier':
      return isDefined(text(node)) === false ? false : undefined;
    case 'preproc_defined':
      return operands[0] ? isDefined(text(operands[0])) : undefined;
    case 'parenthesized_expression':
      return operands[0] ? evaluate(operands[0], text) : undefined;
    case 'unary_expression':
      return text(node).startsWith('!') && operands[0] ? not(evaluate(operands[0], text)) : undefined;
    case 'binary_expression':
      return connective(node, operands, text);
    default:
      return undefined;
  }
}

function connective(node: Syntax, operands: Syntax[], text: (node: Syntax) => string): Truth {
  const [left, right] = operands;
  const operator = field(node, 'operator');
  if (!left || !right || !operator) {
    return undefined;
  }
  const a = evaluate(left, text);
  const b = evaluate(right, text);
  switch (text(operator)) {
    case '&&':
      return a === false || b === false ? false : a === true && b === true ? true : undefined;
    case '||':
      return a === true || b === true ? true : a === false && b === false ? false : undefined;
    default:
      return undefined;
  }
}

/** The branches of a conditional block that may be compiled on Linux, each as the nodes inside it. */
export function branches(node: Syntax, text: (node: Syntax) => string): { taken: Syntax[][]; sure: boolean } {
  const taken: Syntax[][] = [];
  let current: Syntax | undefined = node;
  while (current) {
    const truth: Truth = current.type === 'preproc_else' ? true : conditionOf(current, text);
    if (truth !== false) {
      taken.push(contents(current));
    }
    if (truth === true) {
      return { taken, sure: taken.length === 1 };
    }
    current = field(current, 'alternative');
  }
  // No branch is certain, so none at all may be compiled.
  taken.push([]);
  return { taken, sure: false };
}

function contents(node: Syntax): Syntax[] {
  return node.children.filter(
    (child) =>
      child.named && child.field !== 'condition' && child.field !== 'name' && child.field !== 'alternative',
  );
}
