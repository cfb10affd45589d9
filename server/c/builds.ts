import { field, type Syntax } from './mirror';

/**
 * What must hold of a build for a branch of conditional compilation to be part of it. Nothing here knows whether it does: but where one
 * branch is part of a build, another under the same condition is, too, and one under the opposite is not.
 */
export type Build =
  | { kind: 'fact'; name: string; is: boolean }
  | { kind: 'all' | 'any'; parts: readonly Build[] };

export const anyBuild: Build = { kind: 'all', parts: [] };

export function opposite(build: Build): Build {
  if (build.kind === 'fact') return { ...build, is: !build.is };
  return { kind: build.kind === 'all' ? 'any' : 'all', parts: build.parts.map(opposite) };
}

export function allOf(parts: readonly Build[]): Build {
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind: 'all', parts };
}

/** Whether a build is such a one, by what is known of it. */
export function isSuch(build: Build, known: (name: string) => boolean | undefined): boolean | undefined {
  if (build.kind === 'fact') {
    const is = known(build.name);
    return is === undefined ? undefined : is === build.is;
  }
  const decisive = build.kind === 'any';
  let open = false;
  for (const part of build.parts) {
    const is = isSuch(part, known);
    if (is === decisive) return decisive;
    open ||= is === undefined;
  }
  return open ? undefined : !decisive;
}

/** What is certain of such a build. */
export function factsOf(build: Build): Extract<Build, { kind: 'fact' }>[] {
  if (build.kind === 'fact') return [build];
  return build.kind === 'all' ? build.parts.flatMap(factsOf) : [];
}

/** The condition of `#if`, `#elif`, `#ifdef` or `#ifndef`. */
export function buildOf(node: Syntax, text: (node: Syntax) => string): Build {
  if (node.type === 'preproc_ifdef' || node.type === 'preproc_elifdef') {
    const name = field(node, 'name');
    const directive = node.children[0] ? text(node.children[0]) : '';
    return name ? { kind: 'fact', name: `defined ${text(name)}`, is: !/ndef$/.test(directive) } : anyBuild;
  }
  const condition = field(node, 'condition');
  return condition ? read(condition, text) : anyBuild;
}

function read(node: Syntax, text: (node: Syntax) => string): Build {
  const [left, right] = node.children.filter((child) => child.named);
  switch (node.type) {
    case 'preproc_defined':
      if (left) return { kind: 'fact', name: `defined ${text(left)}`, is: true };
      break;
    case 'parenthesized_expression':
      if (left) return read(left, text);
      break;
    case 'unary_expression':
      if (left && text(node).startsWith('!')) return opposite(read(left, text));
      break;
    case 'binary_expression': {
      const operator = field(node, 'operator');
      const word = operator && text(operator);
      if (!left || !right || (word !== '&&' && word !== '||')) break;
      return { kind: word === '&&' ? 'all' : 'any', parts: [read(left, text), read(right, text)] };
    }
  }
  return { kind: 'fact', name: text(node).replace(/\s+/g, ' '), is: true };
}
