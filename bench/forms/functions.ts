/** Which function does it: wrappers of calls, a body that another function runs, the rest of a function in a helper. */
import { calls } from '../../catalog';
import { type Stmt, someExprIn, someStmtIn } from '../../server/c/ast';
import { blankComments } from '../../server/c/masking';
import type { Edit, FunctionView } from '../mutants/view';
import { codeOf, insert, type Rewrite } from './rewrite';

/** Not functions, or such that know who calls them. */
const notWrapped =
  /^(?:set|sig(?:set)?long)jmp|^sigsetjmp$|^vfork$|^pthread_cleanup|^va_|^FD_|^CMSG_|^W[A-Z]|^alloca$/;

/** `static int own_close(int fd) { return close(fd); }` */
function wrapperOf(name: string): string | undefined {
  const call = calls.get(name)?.record;
  if (!call || call.macro || notWrapped.test(name) || call.prototype.includes('...')) return undefined;
  const [, returns, params] =
    new RegExp(`^(.*?)\\b${name}\\s*\\((.*)\\)\\s*;$`, 's').exec(call.prototype) ?? [];
  if (returns === undefined || params === undefined || params.includes('(')) return undefined;
  const given = call.params.map((param) => param.name).join(', ');
  const result = returns.trim() === 'void' ? '' : 'return ';
  return `static ${returns}own_${name}(${params}) { ${result}${name}(${given}); } `;
}

function wrapped(view: FunctionView): Edit[] {
  const names = new Set(view.calls.map(({ name }) => name));
  const wrappers = new Map(
    [...names].flatMap((name) => {
      const text = wrapperOf(name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
  return [
    ...[...wrappers].map(([name, text]) =>
      insert(view, 0, text.replaceAll(`own_${name}`, `${view.definition.name}_${name}`)),
    ),
    ...view.calls.flatMap(({ name, call }) =>
      wrappers.has(name) ? [view.edit(call.callee, `${view.definition.name}_${name}`)] : [],
    ),
  ];
}

/** `main` does its work in a function of its own. */
function run(view: FunctionView): Edit[] {
  const { name, nameSpan, type, body } = view.definition;
  if (name !== 'main') return [];
  const params = type.params.filter(({ name: param }) => param !== undefined);
  const heading = view.read({ start: nameSpan.end, end: body.start }).replaceAll(/\s+/g, ' ');
  return [
    insert(view, 0, 'static '),
    view.edit(nameSpan, 'run'),
    insert(
      view,
      body.end,
      ` int main${heading}{ return run(${params.map((param) => param.name).join(', ')}); }`,
    ),
  ];
}

/** Whether a helper can do the rest: nothing jumps between the two parts. */
function canBeCut(first: readonly Stmt[], rest: readonly Stmt[]): boolean {
  const jumps = (stmt: Stmt) => someStmtIn(stmt, ({ kind }) => kind === 'goto' || kind === 'label');
  return first.length > 0 && rest.length > 0 && ![...first, ...rest].some(jumps);
}

interface Passed {
  name: string;
  declared: string;
}

/** What the rest uses of what the first part has, when all of it can be passed by value. */
function passedTo(view: FunctionView, first: readonly Stmt[], rest: readonly Stmt[]): Passed[] | undefined {
  const code = codeOf(view);
  const restText = code.slice(rest[0]!.start, rest.at(-1)!.end);
  const { type, body } = view.definition;
  const passed: Passed[] = [];
  const heading = view.read({ start: view.definition.nameSpan.end, end: body.start });
  for (const param of /^\s*\((.*)\)\s*$/s.exec(heading)?.[1]?.split(',') ?? []) {
    const name = /(\w+)\s*(?:\[[^\]]*\])?\s*$/.exec(param)?.[1];
    if (name && type.params.some((own) => own.name === name)) passed.push({ name, declared: param.trim() });
  }
  for (const stmt of first) {
    if (stmt.kind !== 'decl') continue;
    for (const { name, type: own, nameSpan } of stmt.declaration.declarators) {
      if (!new RegExp(`\\b${name}\\b`).test(restText)) continue;
      const [only, ...more] = stmt.declaration.declarators;
      if (more.length > 0 || !only || stmt.declaration.storage.length > 0) return undefined;
      const before = view.read({ start: stmt.start, end: nameSpan.start });
      if (/[{(]/.test(before)) return undefined;
      if (own.k === 'array') {
        if (own.of.k === 'array' || new RegExp(`sizeof\\s*\\(?\\s*${name}\\b`).test(restText))
          return undefined;
        passed.push({ name, declared: `${before}*${name}` });
      } else {
        passed.push({ name, declared: `${before}${name}` });
      }
    }
  }
  const isExposed = ({ name }: Passed) =>
    first.some((stmt) =>
      someExprIn(
        stmt,
        (expr) =>
          expr.kind === 'unary' && expr.op === '&' && new RegExp(`^&\\s*${name}\\b`).test(view.read(expr)),
      ),
    ) && new RegExp(`&\\s*${name}\\b`).test(restText);
  return passed.some(isExposed) ? undefined : passed;
}

/** The second half of a function is a function of its own. */
function halved(view: FunctionView): Edit[] {
  const { body, nameSpan, name, type } = view.definition;
  if (body.kind !== 'block') return [];
  const declarations = body.body.findIndex(({ kind }) => kind !== 'decl');
  const cut = declarations + Math.max(1, Math.floor((body.body.length - declarations) / 2));
  const [first, rest] = [body.body.slice(0, cut), body.body.slice(cut)];
  if (declarations < 0 || !canBeCut(first, rest)) return [];
  const passed = passedTo(view, first, rest);
  if (!passed) return [];
  const returns = view
    .read({ start: 0, end: nameSpan.start })
    .replace(/\bstatic\b/, '')
    .replaceAll(/\s+/g, ' ');
  if (!/^[\w\s*]+$/.test(returns)) return [];
  const heading =
    `static ${returns.trim()} ${name}_rest(${passed.map(({ declared }) => declared).join(', ') || 'void'})`.replaceAll(
      /\s+/g,
      ' ',
    );
  const call = `${name}_rest(${passed.map((one) => one.name).join(', ')})`;
  return [
    insert(view, 0, `${heading}; `),
    insert(view, rest[0]!.start, `${type.returns.k === 'void' ? call : `return ${call}`}; } ${heading} { `),
  ];
}

/** Whether a block can be done by a function that gets values only: nothing leaves it, and it changes no variable that is asked for behind it. */
function canStandAlone(block: Stmt, view: FunctionView): boolean {
  const jumps = someStmtIn(block, ({ kind }) => /^(?:return|goto|label|break|continue|case)$/.test(kind));
  const changes = someExprIn(
    block,
    (expr) =>
      expr.kind === 'update' ||
      expr.kind === 'assign' ||
      (expr.kind === 'unary' && expr.op === '&') ||
      expr.kind === 'sizeof',
  );
  return !jumps && (!changes || endsProcess(block, view));
}

function endsProcess(block: Stmt, view: FunctionView): boolean {
  const last = block.kind === 'block' ? block.body.at(-1) : undefined;
  return last !== undefined && /^_?exit\s*\(/.test(view.read(last));
}

/** What is done where a test holds is done by a function of its own. */
function outlined(view: FunctionView): Edit[] {
  const { body, name } = view.definition;
  if (body.kind !== 'block') return [];
  const taken: Stmt[] = [];
  return view.places.flatMap(({ stmt, outer }, index) => {
    if (stmt.kind !== 'if' || stmt.consequent.kind !== 'block' || outer.some((one) => taken.includes(one)))
      return [];
    const block = stmt.consequent;
    const [first, ...more] = block.body;
    if (!first || more.length === 0 || !canStandAlone(block, view)) return [];
    const before = body.body.filter(({ start }) => start < stmt.start);
    const passed = passedTo(view, before, block.body);
    if (!passed || localsAround(outer, stmt).some((other) => mentions(view, block, other))) return [];
    taken.push(stmt);
    const used = passed.filter((one) => mentions(view, block, one.name));
    const heading = `static void ${name}_part_${index}(${used.map(({ declared }) => declared).join(', ') || 'void'})`;
    const call = `${name}_part_${index}(${used.map((one) => one.name).join(', ')});`;
    const text = blankComments(view.read(block));
    const lines = '\n'.repeat(text.split('\n').length - 1);
    return [
      insert(view, 0, `${heading.replaceAll(/\s+/g, ' ')}; `),
      view.edit(block, `{ ${call} }${lines}`),
      insert(view, body.end, ` ${heading.replaceAll(/\s+/g, ' ')} ${text.replaceAll('\n', ' ')}`),
    ];
  });
}

/** Variables declared in the blocks between the function's own and a place. */
function localsAround(outer: readonly Stmt[], stmt: Stmt): string[] {
  return outer
    .slice(0, -1)
    .flatMap((block) =>
      block.kind === 'block'
        ? block.body.flatMap((one) =>
            one.kind === 'decl' && one.start < stmt.start
              ? one.declaration.declarators.map(({ name }) => name)
              : [],
          )
        : block.kind === 'for' && block.init?.kind === 'decl'
          ? block.init.declaration.declarators.map(({ name }) => name)
          : [],
    );
}

function mentions(view: FunctionView, block: Stmt, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(view.read(block));
}

export const functions: Rewrite[] = [
  { id: 'outlined', form: 'what is done where a test holds is done by another function', edits: outlined },
  { id: 'wrapped', form: 'calls are made by functions that do nothing else', edits: wrapped },
  { id: 'run', form: '`main` does its work in another function', edits: run },
  { id: 'halved', form: 'the second half of a function is another function', edits: halved },
];
