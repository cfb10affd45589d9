/** How a function goes on: tests, loops, blocks, ways out. */
import { children, type Expr, expressionsOf, type Stmt, somePart } from '../../server/c/ast';
import type { Edit, FunctionView, Place } from '../mutants/view';
import { apart, codeOf, insert, type Rewrite, whole } from './rewrite';

const mirrored: Readonly<Record<string, string>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
};

function expressionsIn(view: FunctionView): Expr[] {
  const below = (expr: Expr): Expr[] => [expr, ...children(expr).flatMap(below)];
  return view.places.flatMap(({ stmt }) => expressionsOf(stmt).flatMap(below));
}

function isComparison(expr: Expr): expr is Extract<Expr, { kind: 'binary' }> {
  return expr.kind === 'binary' && expr.op in mirrored;
}

function flip(view: FunctionView): Edit[] {
  const code = codeOf(view);
  return expressionsIn(view).flatMap((expr) => {
    if (!isComparison(expr) || children(expr).some((part) => somePart(part, isComparison))) return [];
    const [left, right] = [whole(code, expr.left), whole(code, expr.right)];
    if (!/^\s*[=!<>]=?\s*$/.test(code.slice(left.end, right.start))) return [];
    return [
      view.edit(
        { start: left.start, end: right.end },
        `${view.read(right)} ${mirrored[expr.op]} ${view.read(left)}`,
      ),
    ];
  });
}

function tests(view: FunctionView): { place: Place; stmt: Extract<Stmt, { kind: 'if' }> }[] {
  return view.places.flatMap((place) => (place.stmt.kind === 'if' ? [{ place, stmt: place.stmt }] : []));
}

/** `if (test) work` becomes `if (!(test)) {} else work`. */
function invert(view: FunctionView): Edit[] {
  const code = codeOf(view);
  return tests(view).flatMap(({ stmt }) => {
    if (stmt.alternative) return [];
    const test = whole(code, stmt.test);
    return [insert(view, test.start, '(!'), insert(view, test.end, ') {} else')];
  });
}

/** A block, or a place for one statement, in which several can stand. */
const takesMore = ({ outer: [around] }: Place) => around?.kind === 'block';

/** `if (test)` becomes `int holds = (test); if (holds)`. */
function flag(view: FunctionView): Edit[] {
  const code = codeOf(view);
  const chosen = tests(view).filter(({ place }) => takesMore(place));
  return chosen.flatMap(({ stmt }, index) => {
    const { start, end } = whole(code, stmt.test);
    const nested = chosen.some(
      (other) => other.stmt !== stmt && other.stmt.start >= start && other.stmt.end <= end,
    );
    if (nested || code[start] !== '(') return [];
    return [
      view.edit({ start: stmt.start, end: start }, `int holds_${index} = !!`),
      insert(view, end, `; if (holds_${index})`),
    ];
  });
}

/** Statements that do something, where others may stand beside them. */
function acts(view: FunctionView): Stmt[] {
  return view.places.flatMap((place) =>
    takesMore(place) && ['expr', 'if', 'while', 'for', 'return'].includes(place.stmt.kind)
      ? [place.stmt]
      : [],
  );
}

function isValueOfParentheses(view: FunctionView, stmt: Stmt): boolean {
  return !/;\s*$/.test(view.read(stmt));
}

function blocks(view: FunctionView): Edit[] {
  return view.places.flatMap((place) =>
    takesMore(place) && place.stmt.kind === 'expr' && !isValueOfParentheses(view, place.stmt)
      ? [insert(view, place.stmt.start, 'do { '), insert(view, place.stmt.end, ' } while (0);')]
      : [],
  );
}

function once(view: FunctionView): Edit[] {
  const { body } = view.definition;
  return [
    insert(view, body.start + 1, ' for (int once = 0; once < 1; once++) {'),
    insert(view, body.end - 1, '} '),
    ...lastReturn(view),
  ];
}

/** A function that leaves its value inside of a loop has it at its end as well, for the compiler. */
function lastReturn(view: FunctionView): Edit[] {
  const { body, type, name } = view.definition;
  return type.returns.k === 'void' || name === 'main'
    ? []
    : [insert(view, body.end - 1, '__builtin_unreachable(); ')];
}

/** All ways out of a function lead to its end. */
function out(view: FunctionView): Edit[] {
  const { definition } = view;
  const { body, type, nameSpan } = definition;
  const returns = view.places.flatMap(({ stmt }) => (stmt.kind === 'return' ? [stmt] : []));
  if (returns.length === 0 || /\bresult\b|\bout\b/.test(codeOf(view))) return [];
  const isVoid = type.returns.k === 'void';
  const value = view
    .read({ start: 0, end: nameSpan.start })
    .replaceAll(/\b(?:static|inline|extern|_Noreturn)\b/g, '');
  if (!isVoid && !/^[\w\s*]+$/.test(value)) return [];
  return [
    insert(view, body.start + 1, isVoid ? '' : ` ${value.trim().replaceAll(/\s+/g, ' ')} result = 0;`),
    ...returns.map((stmt) =>
      view.edit(
        stmt,
        stmt.value
          ? `{ result = (${view
              .read(stmt)
              .replace(/^return\b|;\s*$/g, '')
              .trim()}); goto out; }`
          : 'goto out;',
      ),
    ),
    insert(view, body.end - 1, isVoid ? 'out: ; ' : 'out: return result; '),
  ];
}

/** `while (test)` becomes `for (;;) { if (!(test)) break; ... }`. */
function endless(view: FunctionView): Edit[] {
  const code = codeOf(view);
  return view.places.flatMap(({ stmt }) => {
    if (stmt.kind !== 'while') return [];
    const test = whole(code, stmt.test);
    return [
      view.edit({ start: stmt.start, end: test.start }, 'for (;;) { if (!('),
      insert(view, test.end, ')) break;'),
      insert(view, stmt.end, ' }'),
    ];
  });
}

/** `x = call(); if (x == -1)` becomes `if ((x = call()) == -1)`. */
function inTest(view: FunctionView): Edit[] {
  return tests(view).flatMap(({ place, stmt }) => {
    const before = place.beside[place.beside.indexOf(stmt) - 1];
    if (before?.kind !== 'expr' || before.expr.kind !== 'assign' || before.expr.op !== '=') return [];
    const { target } = before.expr;
    const { test } = stmt;
    if (!isComparison(test) || view.read(test.left) !== view.read(target)) return [];
    const assignment = view.read(before).replace(/;\s*$/, '');
    return [view.edit(before, ''), view.edit(test.left, `(${assignment.replaceAll('\n', ' ')})`)];
  });
}

export const control: Rewrite[] = [
  { id: 'flipped', form: 'comparisons are written the other way round', edits: (view) => apart(flip(view)) },
  { id: 'inverted', form: 'what is done stands behind `else`', edits: invert },
  { id: 'flag', form: 'what a test finds is kept in a variable first', edits: flag },
  { id: 'blocks', form: 'statements stand in `do ... while (0)`', edits: blocks },
  { id: 'once', form: 'the body is a loop that runs once', edits: once },
  { id: 'out', form: 'all ways out lead to one return at the end', edits: (view) => apart(out(view)) },
  { id: 'endless', form: 'loops end by `break`', edits: endless },
  { id: 'in-test', form: 'results are assigned inside of the test', edits: (view) => apart(inTest(view)) },
  {
    id: 'noise',
    form: 'an unknown function is called between the statements',
    edits: (view) => [
      insert(view, 0, 'extern void trace_step(const char *); '),
      ...acts(view).map((stmt) => insert(view, stmt.start, 'trace_step("step"); ')),
    ],
  },
];
