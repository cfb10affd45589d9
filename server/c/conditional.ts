import { calls, constants, errnoByName } from '../../catalog';
import { allOf, anyBuild, type Build, buildOf, opposite } from './builds';
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
]);

const undefinedOnLinux = new Set([
  '_WIN32',
  'WIN32',
  '_WIN64',
  'WIN32_NATIVE',
  'OS_WIN32',
  'OS_WINDOWS',
  'PLATFORM_WINDOWS',
  'W32_NATIVE',
  '__CYGWIN__',
  '__KLIBC__',
  '__SCO_VERSION__',
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
  '__CYGWIN32__',
  '__DJGPP__',
  '__MSDOS__',
  'MSDOS',
  '__illumos__',
  'AIX',
  'hpux',
  'HPUX',
  '_HPUX_SOURCE',
  'IRIX',
  'IRIX64',
  'OSF1',
  'scoos',
  '__ultrix',
  'ultrix',
  '__NeXT__',
  // What only systems of other families have.
  'SIGINFO',
  'SIGEMT',
  'SIGTHR',
  'SIGDANGER',
  'SIGWAITING',
  'O_EXLOCK',
  'O_SHLOCK',
  'SO_NOSIGPIPE',
  'F_CLOSEM',
  'F_MAXFD',
  'F_FULLFSYNC',
  'F_NOCACHE',
  'EVFILT_READ',
  'HAVE__GETPTY',
  'HAVE_PLEDGE',
  'HAVE_UNVEIL',
]);

/** Constants of the catalog that are enumerators or variables: the headers of Linux define no macros of these names. */
const noMacros =
  /^(?:PTHREAD_(?:MUTEX|PRIO|RWLOCK_PREFER)_|mtx_|thrd_|in6addr_|P_(?:ALL|PID|PGID|PIDFD)$|F_OWNER_(?:TID|PID|PGRP)$)/;

/** What the headers of Linux define as a macro, as far as the catalog knows them: constants, errors, and calls in capitals such as WIFEXITED. */
function isMacro(name: string): boolean {
  const isKnown =
    constants.has(name) || errnoByName.has(name) || (calls.has(name) && name === name.toUpperCase());
  return isKnown && !noMacros.test(name);
}

/** `HAVE_PIPE2`: what configure scripts define for calls, or for interfaces of several calls such as `HAVE_INOTIFY`, which glibc has. */
function isCallThere(name: string): boolean {
  const call = /^HAVE_([A-Z][A-Z0-9_]*)$/.exec(name)?.[1]?.toLowerCase();
  return call !== undefined && ['', '_create', '_init'].some((suffix) => calls.has(call + suffix));
}

/** Whether a macro is defined where a program is compiled for Linux. */
export function isDefined(name: string): Truth {
  if (definedOnLinux.has(name) || isMacro(name) || isCallThere(name)) {
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

/** Branches, with the builds that have them; `sure` where there is one only. */
export interface Branches {
  taken: Syntax[][];
  builds: Build[];
  sure: boolean;
}

/** The branches of a conditional block that may be compiled on Linux, each as the nodes inside it. */
export function branches(node: Syntax, text: (node: Syntax) => string): Branches {
  const taken: Syntax[][] = [];
  const builds: Build[] = [];
  const others: Build[] = [];
  let current: Syntax | undefined = node;
  while (current) {
    const truth: Truth = current.type === 'preproc_else' ? true : conditionOf(current, text);
    const build = truth === undefined ? buildOf(current, text) : anyBuild;
    if (truth !== false) {
      taken.push(contents(current));
      builds.push(allOf([...others, build]));
    }
    if (truth === true) {
      return { taken, builds, sure: taken.length === 1 };
    }
    if (truth === undefined) others.push(opposite(build));
    current = field(current, 'alternative');
  }
  // No branch is certain, so none at all may be compiled; where all are for others, that is certain.
  taken.push([]);
  builds.push(allOf(others));
  return { taken, builds, sure: taken.length === 1 };
}

function contents(node: Syntax): Syntax[] {
  return node.children.filter(
    (child) =>
      child.named && child.field !== 'condition' && child.field !== 'name' && child.field !== 'alternative',
  );
}
