import { errnoByName, types } from '../../catalog';
import type { TypeInfo } from '../../catalog/schema';
import type { FunctionScope } from '../analysis/context';
import type { Token } from '../c/source-file';
import type { Document } from '../workspace/document';
import { constantNamed } from './decode';

/** Hovers on constants, error numbers and types. */

/**
 * Whether the program means something of its own by a name: a macro, an enumerator or a variable. A macro of the
 * system's own value stands in for headers that lack it, and means the same. `scope` is the function around the name.
 */
export function isOwn(name: string, document: Document, scope?: FunctionScope): boolean {
  const symbols = scope?.evaluator.symbols ?? document.symbols().symbols;
  return (
    scope?.typeOf(name) !== undefined ||
    (symbols.macro(name) !== undefined && !standsIn(name, document)) ||
    symbols.enumerator(name) !== undefined ||
    symbols.global(name) !== undefined
  );
}

export function explainConstant(name: string): string | undefined {
  const errno = errnoByName.get(name);
  if (errno) {
    return `\`\`\`c\n#define ${name} ${errno.value}\n\`\`\`\n\nError number · \`<errno.h>\`\n\n${errno.meaning}`;
  }
  const found = constantNamed(name);
  if (!found) {
    return undefined;
  }
  const { constant, title, group } = found;
  const value = constant.value === undefined ? '' : ` ${valueText(constant.value, group)}`;
  const macro = constant.featureTest ? ` · needs \`${constant.featureTest}\`` : '';
  return `\`\`\`c\n#define ${name}${value}\n\`\`\`\n\n${title} · \`<${constant.header}>\`${macro}\n\n${constant.meaning}`;
}

function standsIn(name: string, document: Document): boolean {
  const value = document.symbols().evaluator.constant({ kind: 'name', name, start: 0, end: 0 });
  const known = constantNamed(name)?.constant.value ?? errnoByName.get(name)?.value;
  return known !== undefined && value === BigInt(known);
}

function valueText(value: number, group: string): string {
  if (group === 'mode-bits') {
    return `0${value.toString(8)}`;
  }
  return value < 10 ? `${value}` : `${value} /* 0x${value.toString(16)} */`;
}

export function explainType(token: Token, document: Document): string | undefined {
  const own = document.source.items.some(
    ({ item }) =>
      item.kind === 'declaration' &&
      item.declaration.storage.includes('typedef') &&
      item.declaration.declarators.some(({ name }) => name === token.text),
  );
  const prefixes =
    token.parent === 'struct_specifier'
      ? ['struct ']
      : token.parent === 'union_specifier'
        ? ['union ']
        : [''];
  const type = prefixes.map((prefix) => types.get(prefix + token.text)?.record).find((record) => record);
  return type && !own ? typeText(type) : undefined;
}

function typeText(type: TypeInfo): string {
  const members = type.members?.map((m) => `  ${m.declaration.replace(/;?\s*$/, '')};`).join('\n');
  const declaration =
    members && /^(?:struct|union) /.test(type.name) ? `${type.name} {\n${members}\n};` : type.name;
  const where = type.declared === false ? 'Declared by the program itself' : `\`<${type.header}>\``;
  const size = type.size === undefined ? '' : ` · ${type.size} bytes on x86-64`;
  const list = type.members?.map((m) => `- \`${memberName(m.declaration)}\`: ${m.meaning}`).join('\n') ?? '';
  return [`\`\`\`c\n${declaration}\n\`\`\``, `${where}${size}`, type.meaning, list]
    .filter((p) => p !== '')
    .join('\n\n');
}

export function memberName(declaration: string): string {
  return /(\w+)\s*(?:\[[^\]]*\]|\)\s*\(.*\))*;?\s*$/.exec(declaration)?.[1] ?? declaration;
}
