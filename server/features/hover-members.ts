import { types } from '../../catalog';
import { FunctionScope } from '../analysis/context';
import { type CType, type Expr, type ExprOf, type InitItem, walkExpr, walkStmt } from '../c/ast';
import type { Evaluator } from '../c/evaluate';
import type { Token } from '../c/source-file';
import type { Document } from '../workspace/document';
import { memberName } from './hover-names';

/** Hovers on the members of structures that the system declares. */

export function explainMember(token: Token, document: Document): string | undefined {
  const owner = ownerOf(token, document);
  const type = owner === undefined ? undefined : types.get(owner)?.record;
  const member = type?.members?.find(({ declaration }) => memberName(declaration) === token.text);
  return type && member
    ? `\`\`\`c\n${member.declaration.replace(/;?\s*$/, '')};\n\`\`\`\n\nMember of \`${type.name}\`\n\n${member.meaning}`
    : undefined;
}

/** The name of the structure whose member the token is, unless the program declares a structure of that name itself. */
function ownerOf(token: Token, document: Document): string | undefined {
  const placed = document.source.itemAt(token.start);
  if (placed?.item.kind !== 'function' && placed?.item.kind !== 'declaration') {
    return undefined;
  }
  const file = document.symbols();
  const { item, start } = placed;
  const scope = item.kind === 'function' ? new FunctionScope(file, item) : undefined;
  const evaluator = scope?.evaluator ?? file.evaluator;
  const place = { start: token.start - start, end: token.end - start, field: token.text };
  let owner: CType | undefined;
  const visit = (type: CType | undefined, init: Expr) => {
    if (init.kind === 'init' && type) owner ??= designated(type, init, place, evaluator.types);
  };
  const expr = (found: Expr) => {
    if (found.kind === 'member' && found.end === place.end && found.field === place.field) {
      const object = evaluator.typeOf(found.object, scope);
      owner ??= object && (found.arrow ? evaluator.types.pointee(object) : object);
    } else if (found.kind === 'compound') {
      visit(found.type, found.init);
    }
  };
  if (item.kind === 'function') {
    walkStmt(item.body, {
      expr,
      stmt(stmt) {
        if (stmt.kind !== 'decl') return;
        for (const { type, init } of stmt.declaration.declarators) if (init) visit(type, init);
      },
    });
  } else {
    for (const { type, init } of item.declaration.declarators) {
      if (init) visit(type, init);
      if (init) walkExpr(init, expr);
    }
  }
  const name = owner && evaluator.types.nameOf(evaluator.types.resolve(owner));
  const own = name !== undefined && document.source.items.some((other) => declares(other.item, name));
  return own ? undefined : name;
}

function declares(item: Document['source']['items'][number]['item'], name: string): boolean {
  if (item.kind !== 'declaration') {
    return false;
  }
  const { base } = item.declaration;
  return (
    base.k === 'struct' &&
    base.members !== undefined &&
    name === `${base.union ? 'union' : 'struct'} ${base.tag}`
  );
}

/** The type whose member is initialised at the place, found through the braces around it. */
function designated(
  type: CType,
  init: ExprOf<'init'>,
  place: { start: number; end: number; field: string },
  known: Known,
): CType | undefined {
  for (const item of init.items) {
    if (place.end <= item.value.start && item.designators.includes(place.field)) {
      return ownerOfLast(type, item, place.field, known);
    }
    if (place.start < item.value.start) {
      return undefined;
    }
    if (place.end <= item.value.end && item.value.kind === 'init') {
      const inner =
        item.designators.length > 0 ? through(type, item.designators, known) : known.pointee(type);
      return inner && designated(inner, item.value, place, known);
    }
  }
  return undefined;
}

type Known = Evaluator['types'];

/** In `.a.b = value`, the type that has `b`. */
function ownerOfLast(type: CType, { designators }: InitItem, field: string, known: Known): CType | undefined {
  return through(type, designators.slice(0, designators.indexOf(field)), known);
}

function through(type: CType, designators: InitItem['designators'], known: Known): CType | undefined {
  return designators.reduce<CType | undefined>(
    (outer, designator) =>
      outer && (typeof designator === 'string' ? known.member(outer, designator) : known.pointee(outer)),
    type,
  );
}
