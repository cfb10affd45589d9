/** Where values are kept: members, elements, pointers, copies, globals. */
import { calls } from '../../catalog';
import type { Declarator, Stmt } from '../../server/c/ast';
import type { Edit, FunctionView, Place } from '../mutants/view';
import { codeOf, insert, type Rewrite } from './rewrite';

/** A declaration of one variable in a block. */
interface Local {
  stmt: Stmt;
  name: string;
  /** What stands before and behind the name: `char *` and `[2]`. */
  before: string;
  behind: string;
  init?: string;
  isArray: boolean;
  /** It gets what a call makes: a descriptor, a stream, the number of a child. */
  isHandle: boolean;
}

const making = [...calls.values()].flatMap(({ record: { name, effects } }) =>
  effects.some(({ op }) => op === 'open' || op === 'fork' || op === 'map') ? [name] : [],
);

/** Whether the code of a function gives a variable what a call makes, as its result or through a pointer. */
function holdsHandle(name: string, code: string): boolean {
  const made = `(?:${making.join('|')})\\s*\\(`;
  return new RegExp(`\\b${name}\\s*=[^=;]*\\b${made}|\\b(?:pipe2?|socketpair)\\s*\\([^;]*\\b${name}\\b`).test(
    code,
  );
}

function declaredIn({ stmt }: Place): Declarator | undefined {
  if (stmt.kind !== 'decl' || stmt.declaration.storage.length > 0) return undefined;
  const [only, ...more] = stmt.declaration.declarators;
  return more.length === 0 ? only : undefined;
}

function isPlain({ type }: Declarator): boolean {
  return type.k === 'int' || type.k === 'pointer' || type.k === 'named' || type.k === 'struct';
}

function localOf(view: FunctionView, code: string, place: Place): Local | undefined {
  const declared = declaredIn(place);
  const outer = place.outer[0];
  if (!declared || (outer?.kind === 'for' && outer.init === place.stmt)) return undefined;
  const { name, nameSpan, type, init } = declared;
  const isArray = type.k === 'array' && isPlain({ ...declared, type: type.of });
  if (!isPlain(declared) && !isArray) return undefined;
  if (init && (isArray || init.kind === 'init' || type.k === 'struct')) return undefined;
  const before = view.read({ start: place.stmt.start, end: nameSpan.start });
  const end = view.read({ start: nameSpan.end, end: place.stmt.end });
  const behind = /^\s*((?:\[[^\]]*\]\s*)*)[=;]/.exec(end)?.[1]?.trim();
  if (behind === undefined || /[a-z]/.test(behind) || (isArray && behind === '')) return undefined;
  if (/\bconst\b/.test(before) && !before.includes('*')) return undefined;
  if (/[()]/.test(before) || [...code.matchAll(declarations(name))].length > 1) return undefined;
  return {
    stmt: place.stmt,
    name,
    before,
    behind,
    ...(init
      ? { init: view.read({ start: nameSpan.end, end: place.stmt.end }).replace(/^\s*=\s*|;\s*$/g, '') }
      : {}),
    isArray,
    isHandle: holdsHandle(name, code),
  };
}

/** What may be a declaration of a name. */
function declarations(name: string): RegExp {
  return new RegExp(`\\b(?!return\\b|goto\\b|else\\b)[A-Za-z_]\\w*[\\s*]*[\\s*]${name}\\s*[=;,)\\[]`, 'g');
}

/** The variables that a function declares alone in a statement and by a name that means nothing else in it. */
function localsOf(view: FunctionView): { code: string; locals: Local[] } {
  const code = codeOf(view);
  const locals = view.places.flatMap((place) => localOf(view, code, place) ?? []);
  return {
    code,
    locals: locals.filter(({ name }) => locals.filter((other) => other.name === name).length === 1),
  };
}

/** Each use of a name outside of its declaration becomes another text. */
function uses(view: FunctionView, code: string, { name, stmt }: Local, text: string): Edit[] {
  const found = code.matchAll(new RegExp(`(?<![.\\w]|->\\s*)${name}\\b(?!\\s*:[^:])`, 'g'));
  return [...found].flatMap(({ index }) =>
    index < view.definition.body.start || (index >= stmt.start && index < stmt.end)
      ? []
      : [view.edit({ start: index, end: index + name.length }, text)],
  );
}

/** The initial value with other names in it. */
function renamed(text: string, others: ReadonlyMap<string, string>): string {
  return text.replaceAll(/(?<![.\w"]|->\s*)[A-Za-z_]\w*/g, (name) => others.get(name) ?? name);
}

interface Other {
  declaration(init: string | undefined): string;
  /** What stands for the name elsewhere; the name itself when absent. */
  use?: string;
  /** What stands in front of the function. */
  front?: string;
}

/** Every variable gets another declaration, and another name for its uses. */
function kept(
  which: (local: Local) => boolean,
  other: (local: Local, view: FunctionView) => Other,
): Rewrite['edits'] {
  return (view) => {
    const { code, locals } = localsOf(view);
    const chosen = locals.filter(which).map((local) => ({ local, ...other(local, view) }));
    const names = new Map(chosen.flatMap(({ local, use }) => (use ? [[local.name, use] as const] : [])));
    const isRenamed = ({ start, end }: Edit) =>
      chosen.some(({ local }) => {
        const own = view.edit(local.stmt, '');
        return start >= own.start && end <= own.end;
      });
    return chosen.flatMap(({ local, declaration, use, front }) => [
      view.edit(local.stmt, declaration(local.init === undefined ? undefined : renamed(local.init, names))),
      ...(front ? [insert(view, 0, front)] : []),
      ...(use ? uses(view, code, local, use).filter((edit) => !isRenamed(edit)) : []),
    ]);
  };
}

/** The function gets its handles in a structure that another function of its name has and hands over. */
function handedOver(view: FunctionView): Edit[] {
  const { name, nameSpan, type, body } = view.definition;
  const { locals } = localsOf(view);
  const owned = locals.filter(
    ({ isHandle, before }) => isHandle && !/^\s*(?:struct|union)\s*\{/.test(before),
  );
  const heading = view.read({ start: nameSpan.end, end: body.start }).replaceAll(/\s+/g, ' ').trim();
  const returns = view
    .read({ start: 0, end: nameSpan.start })
    .replace(/\bstatic\b/, '')
    .trim();
  const params = type.params.flatMap((param) => param.name ?? []);
  const isPlain = /^[\w\s*]+$/.test(returns) && /^\((?:[^()]*)\)$/.test(heading) && !heading.includes('...');
  if (owned.length === 0 || !isPlain || params.length < type.params.length) return [];
  const moved = kept(
    (local) => owned.some((one) => one.stmt === local.stmt),
    (local) => {
      const use = `own->${local.name}`;
      return { use, declaration: apart(';', use) };
    },
  )(view);
  const own = `struct ${name}_own`;
  const members = owned.map((local) => `${typed(local, local.name)};`).join(' ');
  const given = params.length > 0 ? `${heading.slice(0, -1)}, ` : '(';
  const rest = params.map((param) => `${param}, `).join('');
  const does = type.returns.k === 'void' ? '' : 'return ';
  return [
    insert(view, 0, `${own} { ${members} }; static `),
    view.edit({ start: 0, end: nameSpan.start }, `${returns.replaceAll(/\s+/g, ' ')} `),
    view.edit(nameSpan, `${name}_with`),
    view.edit({ start: nameSpan.end, end: body.start }, `${given}${own} *own) `),
    ...moved,
    insert(
      view,
      body.end,
      ` ${view.read({ start: 0, end: nameSpan.start }).replaceAll(/\s+/g, ' ')}${name}${heading} { ${own} own; ${does}${name}_with(${rest}&own); }`,
    ),
  ];
}

const typed = ({ before, behind }: Local, name: string) => `${before.replaceAll('\n', ' ')}${name}${behind}`;

/** A declaration without a value, and the assignment behind it. */
const apart = (declaration: string, use: string) => (init: string | undefined) =>
  init === undefined ? declaration : `${declaration} ${use} = ${init};`;

export const variables: Rewrite[] = [
  {
    id: 'member',
    form: 'handles are members of structures',
    edits: kept(
      ({ isHandle }) => isHandle,
      (local) => {
        const use = `its_${local.name}.${local.name}`;
        return { use, declaration: apart(`struct { ${typed(local, local.name)}; } its_${local.name};`, use) };
      },
    ),
  },
  {
    id: 'pointed',
    form: 'handles are reached through pointers to structures',
    edits: kept(
      ({ isHandle }) => isHandle,
      (local) => {
        const { name } = local;
        const use = `at_${name}->${name}`;
        const pair = `struct { ${typed(local, name)}; } its_${name}, *at_${name} = &its_${name};`;
        return { use, declaration: apart(pair, use) };
      },
    ),
  },
  {
    id: 'handed',
    form: 'handles are members of a structure that a caller hands over',
    edits: handedOver,
  },
  {
    id: 'element',
    form: 'handles are elements of arrays',
    edits: kept(
      ({ isArray, isHandle }) => isHandle && !isArray,
      (local) => {
        const use = `all_${local.name}[1]`;
        return { use, declaration: apart(`${local.before}all_${local.name}[2];`, use) };
      },
    ),
  },
  {
    id: 'global',
    form: 'handles are variables of the file',
    edits: kept(
      ({ before, isHandle }) => isHandle && !/^\s*(?:struct|union)\s*\{/.test(before),
      (local, { definition }) => {
        const use = `${definition.name}_${local.name}`;
        return { use, declaration: apart(';', use), front: `static ${typed(local, use)}; ` };
      },
    ),
  },
  {
    id: 'split',
    form: 'variables are declared without a value and assigned behind it',
    edits: kept(
      ({ init }) => init !== undefined,
      (local) => ({ declaration: apart(`${typed(local, local.name)};`, local.name) }),
    ),
  },
  {
    id: 'copied',
    form: 'values are copied from one variable to the next',
    edits: kept(
      ({ init }) => init !== undefined,
      (local) => {
        const first = `first_${local.name}`;
        return {
          declaration: (init) => `${typed(local, first)} = ${init}; ${typed(local, local.name)} = ${first};`,
        };
      },
    ),
  },
];
