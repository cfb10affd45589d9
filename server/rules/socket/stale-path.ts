import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { around } from '../shared/statements';
import { excerpt, isDirect } from '../shared/support';
import { callsIn, usesOf, variableIn } from '../shared/uses';
import { type FileCall, fileCalls, fileMakes, fileNames, isAllRead } from '../shared/whole-file';
import { type AddressUse, addressUse, isAbstract } from '../subjects/addresses';

export const stalePath: Rule = {
  meta: {
    id: 'socket/stale-path',
    severity: 'warning',
    preset: 'recommended',
    title: 'The file of a UNIX socket is never removed',
    explanation:
      '`bind` makes a file for a UNIX socket, and nothing removes it when the program ends. The next run finds the file there and bind fails with EADDRINUSE.',
    silence:
      'Programs that remove or rename anything by name, abstract names, names from elsewhere in a file without main, and programs that deal with EADDRINUSE.',
    references: [
      { page: 'unix', section: 7 },
      { page: 'unlink', section: 2 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/clock.sock"};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd == -1)
    return 1;
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
    perror("bind");
    return 1;
  }
  return listen(fd, 5) == -1;
}
`,
      good: `#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/clock.sock"};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd == -1 || (unlink(address.sun_path) == -1 && errno != ENOENT))
    return 1;
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
    perror("bind");
    return 1;
  }
  return listen(fd, 5) == -1;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.name !== 'bind' || !event.site || !isDirect(event.at, event.expr)) {
        return;
      }
      const use = addressUse(event, context);
      if (use?.address.family?.struct === 'sockaddr_un' && isStale(event, use, context)) {
        report(event, use, context);
      }
    },
  }),
};

const removing =
  /unlink|remove|rename|rmdir|clean|tmpdir|mkdtemp|mkstemp|nftw|exec[lv]|^(?:system|popen|posix_spawnp?)$/i;

function isStale(event: CallEvent, use: AddressUse, context: RuleContext): boolean {
  const { address, length } = use;
  const { object } = address;
  // Of two bytes only the family is given, and the kernel chooses an abstract name.
  if (!object || length.value.constant === 2n || length.value.measures?.type.k === 'int') {
    return false;
  }
  const own = context.scope.definition;
  const whole = context.functionNamed('main') !== undefined;
  if (isAbstract(object, event, address.expr, context) || beginsWithNul(variableIn(object), own)) {
    return false;
  }
  // Who copies bytes and counts them has a name that no string function would take whole: one that begins with NUL.
  const copies = callsIn(own, /^(?:memcpy|memmove|bcopy)$/).some(({ args }) =>
    args.some((arg) => /\bsun_path\b/.test(context.source(arg))),
  );
  if (copies) {
    return false;
  }
  if ((!whole && comesFromOutside(object, own)) || isPrepared(object, event, context)) {
    return false;
  }
  return (
    !fileCalls(context, removing).some((call) => !isOfAnother(call, own)) &&
    !dealsWithIt(context) &&
    isAllRead(context)
  );
}

/** The removal stands in a function that binds a socket itself, and makes room for that one, or it is of the name of a client. */
function isOfAnother({ name, within, expr }: FileCall, own: FunctionDefinition): boolean {
  if (within === own || !/^(?:unlink|remove)$/.test(name)) return false;
  if (callsIn(within, /^bind$/).length > 0) return true;
  const [path] = expr.args;
  const root = path && path.kind !== 'name' ? rootName(path) : undefined;
  return (
    root !== undefined &&
    callsIn(within, /^(?:accept4?|recvfrom|getpeername)$/).some(({ args }) =>
      args.some((arg) => somePart(arg, (part) => part.kind === 'name' && part.name === root)),
    )
  );
}

/** The text that initialises the path begins with NUL, or is not plain to see. */
function beginsWithNul(name: string | undefined, definition: FunctionDefinition): boolean {
  let found = false;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const declarators = stmt.kind === 'decl' ? stmt.declaration.declarators : [];
      for (const { init, name: declared } of declarators) {
        for (const { designators, value } of declared === name && init?.kind === 'init' ? init.items : []) {
          const isPath =
            designators[0] === 'sun_path' || (designators.length === 0 && value.kind === 'string');
          found ||=
            isPath && (value.kind !== 'string' || value.value.startsWith('\0')) && value.kind !== 'name';
        }
      }
    },
  });
  return found;
}

/** The address, or what the path is copied from, is a parameter or no variable of the function. */
function comesFromOutside(object: Expr, definition: FunctionDefinition): boolean {
  const params = new Set(definition.type.params.map(({ name }) => name));
  const name = variableIn(object);
  if (name === undefined || params.has(name)) {
    return true;
  }
  return usesOf(definition, name).some(({ around: outer }) => {
    const call = outer.find((expr) => expr.kind === 'call');
    const others = call?.kind === 'call' && calledName(call) !== 'bind' ? call.args : [];
    return others.some((arg) => params.has(variableIn(arg) ?? ''));
  });
}

/** A function elsewhere, of which nothing is known, was given the same name before: it may have removed the file. */
function isPrepared(object: Expr, event: CallEvent, context: RuleContext): boolean {
  const { scope, source, functionNamed } = context;
  const name = variableIn(object);
  const paths = new Set<string>(name === undefined ? [] : [`${name}.sun_path`, `${name}->sun_path`]);
  walkStmt(scope.definition.body, {
    expr: (expr) => {
      if (expr.kind !== 'init') return;
      for (const { designators, value } of expr.items)
        if (designators[0] === 'sun_path') paths.add(source(value));
    },
  });
  for (const { args } of callsIn(scope.definition, /cpy|printf/)) {
    if (args[0] && paths.has(source(args[0]))) for (const arg of args.slice(1)) paths.add(source(arg));
  }
  return callsIn(scope.definition, /./).some((call) => {
    const callee = calledName(call) ?? '';
    // What gets a format says something of the path, and stops or goes on.
    const formats = call.args.some((arg) => arg.kind === 'string' && arg.value.includes('%'));
    const isUnknown =
      !formats &&
      !scope.call(callee) &&
      !functionNamed(callee) &&
      !/print|log|err|warn|debug|cpy|len/i.test(callee);
    return call.end < event.expr.start && isUnknown && call.args.some((arg) => paths.has(source(arg)));
  });
}

/** The program knows that the file may be there. */
function dealsWithIt(context: RuleContext): boolean {
  return fileNames(context, /^(?:EADDRINUSE|RENAME_EXCHANGE)$/) || fileMakes(context, /^sd_listen_fds/);
}

function report(event: CallEvent, { address }: AddressUse, context: RuleContext): void {
  const { object } = address;
  const path = object ? `${excerpt(context, object)}.sun_path` : 'the path';
  const perProcess = callsIn(context.scope.definition, /^(?:getpid|tmpnam(?:_r)?|tempnam)$/).length > 0;
  const fix = perProcess ? undefined : unlinkFirst(event, path, context);
  context.report({
    span: event.at,
    message: perProcess
      ? `\`bind\` makes a file for \`${path}\` that nothing in this file removes, so each run leaves one behind. Remove it with \`unlink\` before the program ends.`
      : `\`bind\` makes a file for \`${path}\` that nothing in this file removes, so the second run fails here with EADDRINUSE. Remove it with \`unlink\` before \`bind\`, where ENOENT is no failure.`,
    ...(fix ? { fix } : {}),
  });
}

/** The removal on a line of its own before the statement, where that statement is one of a block. */
function unlinkFirst(event: CallEvent, path: string, context: RuleContext): Report['fix'] {
  const chain = around(context.scope.definition, event.expr);
  const index = chain.findLastIndex(({ kind }) => kind === 'block');
  const stmt = chain[index + 1];
  if (!stmt || stmt.kind === 'decl' || !/^[\w.]+$/.test(path)) {
    return undefined;
  }
  const head = context.source({ start: 0, end: stmt.start });
  const indent = /(?:^|\n)([ \t]*)$/.exec(head)?.[1];
  // Another call in the same condition may be what fills the address.
  const alone = callsIn(context.scope.definition, /./).every(
    (call) => call.start < stmt.start || call.start >= event.expr.start,
  );
  return indent !== undefined && alone
    ? {
        title: 'Remove the file of an earlier run first',
        edits: [{ span: { start: stmt.start, end: stmt.start }, text: `unlink(${path});\n${indent}` }],
      }
    : undefined;
}
