import { followsPointer, rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import { changedBy, unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Stmt, someExprIn, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { contains } from '../shared/statements';
import { assignmentsTo } from '../shared/uses';
import { type ChildBranch, childBranches } from '../subjects/branches';

export const privateMemory: Rule = {
  meta: {
    id: 'fork/private-memory',
    severity: 'warning',
    preset: 'recommended',
    title: 'What a child writes into its own memory is read in the parent',
    explanation:
      'After fork each process has its own copy of every variable and of the heap. What the child stores is gone when it ends, and the parent still sees the value from before.',
    silence:
      'Variables that the child reads again itself, that the parent sets before it reads them, and memory reached through pointers that may be shared.',
    references: [
      { page: 'fork', section: 2 },
      { page: 'mmap', section: 2 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int result = 0;
  pid_t pid = fork();
  if (pid == -1)
    return 1;
  if (pid == 0) {
    result = 42;
    _exit(0);
  }
  if (waitpid(pid, NULL, 0) == -1)
    return 1;
  printf("%d\\n", result);
  return 0;
}
`,
      good: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int status = 0;
  pid_t pid = fork();
  if (pid == -1)
    return 1;
  if (pid == 0)
    _exit(42);
  if (waitpid(pid, &status, 0) == -1)
    return 1;
  printf("%d\\n", WEXITSTATUS(status));
  return 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const branch of childBranches(context.scope.definition, context)) checkBranch(branch, context);
    },
  }),
};

/** A store of the child into a variable of its own. */
interface Stored {
  name: string;
  at: Expr;
  within: FunctionDefinition;
}

function checkBranch(branch: ChildBranch, context: RuleContext): void {
  const { definition } = context.scope;
  // vfork: the child runs in its parent's memory.
  if (calledName(branch.fork) === 'vfork') return;
  const reached = functionsFrom(branch.body, context);
  // The fork itself gives each process the value that is meant for it.
  const own = targetOf(definition, branch.fork);
  const said = new Set(own?.kind === 'name' ? [own.name] : []);
  for (const stored of storesOf(branch, reached, context)) {
    const { name } = stored;
    if (said.has(name) || isReadByChild(name, stored, branch, reached, context)) continue;
    const read = readByParent(name, branch, definition, context);
    if (!read) continue;
    said.add(name);
    context.report({
      span: { start: stored.at.start, end: stored.at.end, within: stored.within },
      message: `The child stores into its own copy of \`${name}\`; the parent, which reads \`${name}\` later, never sees that. Hand it over by a pipe or the exit status, or put it into memory mapped with MAP_SHARED before the fork.`,
      related: [
        { span: branch.fork, message: 'From here on each process has its own copy' },
        { span: read, message: `The parent reads \`${name}\` here` },
      ],
    });
  }
}

/** The functions of the file that the child's code calls, with those that they call. */
function functionsFrom(body: Stmt[], context: RuleContext): FunctionDefinition[] {
  const found: FunctionDefinition[] = [];
  const visit = (stmt: Stmt): void => {
    walkStmt(stmt, {
      expr: (expr) => {
        const name = calledName(expr);
        const callee = name === undefined ? undefined : context.functionNamed(name)?.definition;
        if (!callee || found.includes(callee) || found.length > 20) return;
        found.push(callee);
        visit(callee.body);
      },
    });
  };
  for (const stmt of body) visit(stmt);
  return found;
}

function storesOf(branch: ChildBranch, reached: FunctionDefinition[], context: RuleContext): Stored[] {
  const found: Stored[] = [];
  const collect = (stmt: Stmt, within: FunctionDefinition, globals: boolean) =>
    walkStmt(stmt, {
      expr: (expr) => {
        const handed = globals ? undefined : handedToStore(expr, context);
        const filled = filledBy(expr) ?? (handed?.isPointer ? handed.target : undefined);
        const target = changedBy(expr) ?? filled ?? handed?.target;
        const name = target && rootName(target);
        if (!target || name === undefined) return;
        const isArray = context.scope.file.scopeOf(within).resolvedTypeOf(target)?.k === 'array';
        // Of what a function gets of a private mapping another rule tells, where it is mapped.
        if (handed && isPrivateMapping(name, within)) return;
        if (filled && !isArray && !(within === context.scope.definition && isHeap(name, within))) return;
        const own = globals ? isGlobal(name, within, context) : isShareable(name, branch, context);
        const scope = context.scope.file.scopeOf(within);
        if (own && isPlain(target, name, within, context, (inner) => scope.resolvedTypeOf(inner)))
          found.push({ name, at: expr, within });
      },
    });
  for (const stmt of branch.body) collect(stmt, context.scope.definition, false);
  for (const callee of reached) collect(callee.body, callee, true);
  return found;
}

/** What a call of the C library stores into: the memory that its first argument leads to. */
function filledBy(expr: Expr): Expr | undefined {
  const fills = /^(?:mem(?:cpy|move|set)|st[rp]n?cpy|strn?cat|v?sn?printf)$/.test(calledName(expr) ?? '');
  return fills && expr.kind === 'call' ? expr.args[0] : undefined;
}

interface Handed {
  target: Expr;
  /** `x` or `x + i`, an array or a pointer; else `&x` or `&x[i]`. */
  isPointer: boolean;
}

/** `work(&results[i], from)`, where `work` stores by way of that parameter: what its argument points to. */
function handedToStore(call: Expr, context: RuleContext): Handed | undefined {
  if (call.kind !== 'call') return undefined;
  const callee = context.functionNamed(calledName(call) ?? '');
  const handed = callee && call.args.find((arg, i) => pointedTo(arg) && storesThrough(callee, i));
  return handed && pointedTo(handed);
}

function pointedTo(arg: Expr): Handed | undefined {
  const inner = unwrap(arg);
  if (inner.kind === 'unary' && inner.op === '&') return { target: unwrap(inner.operand), isPointer: false };
  const start = inner.kind === 'binary' && inner.op === '+' ? unwrap(inner.left) : inner;
  return start.kind === 'name' ? { target: start, isPointer: true } : undefined;
}

function storesThrough(callee: FunctionScope, index: number): boolean {
  const { definition } = callee;
  const name = definition.type.params[index]?.name;
  return (
    name !== undefined &&
    someExprIn(definition.body, (expr) => {
      const target = changedBy(expr);
      return (
        target !== undefined &&
        rootName(target) === name &&
        followsPointer(target, (inner) => callee.resolvedTypeOf(inner))
      );
    })
  );
}

/** Not through a pointer, or through one that only ever points into the heap or a private mapping. */
function isPlain(
  target: Expr,
  name: string,
  within: FunctionDefinition,
  context: RuleContext,
  typeOf: Parameters<typeof followsPointer>[1],
): boolean {
  return !followsPointer(target, typeOf) || (within === context.scope.definition && isHeap(name, within));
}

function isHeap(name: string, definition: FunctionDefinition): boolean {
  let heap = false;
  let other = false;
  const value = (expr: Expr) => {
    const inner = expr.kind === 'cast' ? expr.value : expr;
    if (/^[cCmM]alloc$/.test(calledName(inner) ?? '') || mapsPrivately(inner)) heap = true;
    else if (inner.kind !== 'null') other = true;
  };
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name: own, init } of stmt.declaration.declarators) if (own === name && init) value(init);
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name)
        value(expr.value);
    },
  });
  return heap && !other && !definition.type.params.some((param) => param.name === name);
}

function isPrivateMapping(name: string, definition: FunctionDefinition): boolean {
  return assignmentsTo(definition, name).some(({ value }) => mapsPrivately(unwrap(value)));
}

function mapsPrivately(expr: Expr): boolean {
  const flags = expr.kind === 'call' && /^[mM]map$/.test(calledName(expr) ?? '') ? expr.args[3] : undefined;
  let found = false;
  if (flags) {
    walkExpr(flags, (inner) => {
      found ||= inner.kind === 'name' && inner.name === 'MAP_PRIVATE';
    });
  }
  return found;
}

function isGlobal(name: string, within: FunctionDefinition, context: RuleContext): boolean {
  return (
    context.scope.file.scopeOf(within).typeOf(name) === undefined &&
    context.scope.file.symbols.global(name) !== undefined
  );
}

/** A variable that was there before the fork. */
function isShareable(name: string, branch: ChildBranch, context: RuleContext): boolean {
  let inside = false;
  for (const stmt of branch.body) {
    walkStmt(stmt, {
      stmt: (inner) => {
        if (inner.kind === 'decl')
          inside ||= inner.declaration.declarators.some((declarator) => declarator.name === name);
      },
    });
  }
  const known = context.scope.typeOf(name) !== undefined || context.scope.file.symbols.global(name);
  return !inside && known !== undefined && !context.scope.ambiguous.has(name);
}

/** True when the child looks at the variable itself, other than to change it. */
function isReadByChild(
  name: string,
  { at, within }: Stored,
  branch: ChildBranch,
  reached: FunctionDefinition[],
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  const bodies = [
    ...branch.body.map((body) => ({ body, owner: definition })),
    ...reached.map((callee) => ({ body: callee.body, owner: callee })),
  ];
  return bodies.some(({ body, owner }) =>
    readsIn(body, name).some(
      (read) =>
        !(owner === within && contains(at, read)) && (read.start > at.start || !contains(branch.span, read)),
    ),
  );
}

/** Places that read a variable; a change of it that also reads it is none. */
function readsIn(stmt: Stmt, name: string): Expr[] {
  const found: Expr[] = [];
  const changed = new Set<Expr>();
  walkStmt(stmt, {
    expr: (expr) => {
      const target = changedBy(expr) ?? filledBy(expr);
      if (target && rootName(target) === name) markRoot(target, changed);
      // A size is none of what lies there.
      if (expr.kind === 'sizeof') markRoot(expr, changed, name);
      // Who gives memory back does not look at it.
      if (/^(?:[mM]unmap|[fF]ree)$/.test(calledName(expr) ?? '')) markRoot(expr, changed, name);
      if (expr.kind === 'name' && expr.name === name && !changed.has(expr)) found.push(expr);
    },
  });
  return found;
}

function markRoot(target: Expr, changed: Set<Expr>, name = rootName(target)): void {
  walkExpr(target, (inner) => {
    if (inner.kind === 'name' && inner.name === name) changed.add(inner);
  });
}

/** Where the parent reads a variable behind a wait, when nothing outside the child's branch sets it after the fork. */
function readByParent(
  name: string,
  { fork, span }: ChildBranch,
  definition: FunctionDefinition,
  context: RuleContext,
): Expr | undefined {
  const outside = (expr: Expr) => expr.start > fork.end && !contains(span, expr);
  let waited = Number.POSITIVE_INFINITY;
  let refilled = Number.POSITIVE_INFINITY;
  let set = false;
  walkStmt(definition.body, {
    expr: (expr) => {
      if (!outside(expr)) return;
      const called = calledName(expr) ?? '';
      if (/^[wW]ait(?:pid|id|3|4)?$/.test(called)) waited = Math.min(waited, expr.start);
      const target = changedBy(expr);
      const filled = filledBy(expr);
      if (filled && rootName(filled) === name) refilled = Math.min(refilled, expr.start);
      set ||= target !== undefined && rootName(target) === name;
      set ||= expr.kind === 'unary' && expr.op === '&' && rootName(expr.operand) === name;
      const handed = handedToStore(expr, context);
      set ||= handed !== undefined && rootName(handed.target) === name;
      // What the parent calls may set a global.
      const callee = context.functionNamed(called)?.definition;
      set ||= callee !== undefined && isSetIn(callee, name) && isGlobal(name, callee, context);
    },
  });
  // An array given to a call may be filled there.
  const filled = readsIn(definition.body, name).some(
    (read) => outside(read) && isArgument(read, definition, context),
  );
  return set || filled
    ? undefined
    : readsIn(definition.body, name).find(
        (read) => outside(read) && read.start > waited && read.start < refilled,
      );
}

function isSetIn(definition: FunctionDefinition, name: string): boolean {
  return someExprIn(definition.body, (expr) => {
    const target = changedBy(expr);
    return target !== undefined && rootName(target) === name;
  });
}

function isArgument(read: Expr, definition: FunctionDefinition, context: RuleContext): boolean {
  const type = context.scope.resolvedTypeOf(read);
  if (type?.k !== 'array') {
    return false;
  }
  let found = false;
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'call' && expr.args.includes(read))
        found ||= !/^f?printf$|^f?puts$|^str/.test(calledName(expr) ?? '');
    },
  });
  return found;
}
