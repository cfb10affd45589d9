import { calls, errnoByName, facilities, types } from '../../catalog';
import type { Call, FacilityId, Param, TypeInfo } from '../../catalog/schema';
import { FunctionScope } from '../analysis/context';
import type { CallEvent } from '../analysis/events';
import { type Expr, type FunctionDefinition, type PlacedItem, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { Token } from '../c/source-file';
import type { Document } from '../workspace/document';
import { constantNamed, explainArgument } from './decode';
import { homeOf, type Situation, situationOf, usedBy } from './facility-of';
import { blockingText, failureText, manLink, standardText } from './pages';

export interface HoverText {
  markdown: string;
  start: number;
  end: number;
}

/** What there is to say about the word at an offset; undefined for a word that is nothing of ours. */
export function hover(document: Document, offset: number): HoverText | undefined {
  const token = document.source.tokenAt(offset);
  const markdown = explainToken(token, document);
  return markdown === undefined ? undefined : { markdown, start: token.start, end: token.end };
}

function explainToken(token: Token, document: Document): string | undefined {
  switch (token.kind) {
    case 'identifier':
      return explainIdentifier(token, document);
    case 'type_identifier':
    case 'primitive_type':
      return explainType(token, document);
    case 'field_identifier':
      return explainMember(token, document);
    default:
      return undefined;
  }
}

function explainIdentifier(token: Token, document: Document): string | undefined {
  const placed = document.source.itemAt(token.start);
  const symbols = document.symbols();
  const found = calls.has(token.text) ? callAt(token, placed) : undefined;
  if (placed?.item.kind === 'function') {
    const scope = new FunctionScope(symbols, placed.item);
    if (scope.typeOf(token.text)) {
      return undefined;
    }
    const call = scope.call(token.text);
    // A declaration of the program's own name for something else is not a use of the call.
    if (call && token.parent !== 'function_declarator') {
      return callText(call, found ? situationOf(found, call, scope) : {});
    }
  } else if (symbols.call(token.text) && token.parent === 'function_declarator') {
    return callText(symbols.call(token.text)!, {});
  }
  return explainConstant(token.text, document);
}

/** The call expression whose callee is the token. */
function callAt(token: Token, placed: PlacedItem | undefined): Extract<Expr, { kind: 'call' }> | undefined {
  let found: Extract<Expr, { kind: 'call' }> | undefined;
  if (placed?.item.kind === 'function') {
    const start = token.start - placed.start;
    walkStmt((placed.item as FunctionDefinition).body, {
      expr: (expr) => {
        if (expr.kind === 'call' && expr.callee.start === start && calledName(expr) === token.text)
          found = expr;
      },
    });
  }
  return found;
}

/* ---------------------------------------------------------------------- calls */

export function callText(call: Call, situation: Situation): string {
  const id = situation.facility ?? homeOf(call);
  const facility = id && facilities.get(id);
  const role = id && facility?.uses[call.name];
  const title = facility ? `**${facility.title}** · ` : '';
  const parts = [
    `\`\`\`c\n${call.prototype}\n\`\`\``,
    `${title}${manLink(call.man)} · ${standardText(call)}`,
    call.obsoleteFor ? `${call.summary} *Obsolete: use \`${call.obsoleteFor}\`.*` : call.summary,
    role ? `*In this facility:* ${role}` : '',
    parametersText(call, situation.event),
    resultText(call),
    errorsText(call),
    `${blockingText(call)} ${safetyText(call)}`,
    (call.notes ?? []).map((note) => `- ${note}`).join('\n'),
    facility ? lifeText(facility.id) : usersText(call.name),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function parametersText(call: Call, event: CallEvent | undefined): string {
  return call.params
    .map((param, index) => {
      const arg = event?.args[index];
      const decoded = arg && explainArgument(param.literal, arg.value.constant, arg.value.text);
      const lines = decoded?.split('\n').map((line) => `\n  - ${line.trimEnd()}`) ?? [];
      return `- **${param.name}**: ${roleText(param)}${lines.join('')}`;
    })
    .join('\n');
}

function roleText({ role, variadic, requiredWhen }: Param): string {
  const text = role.replace(/\.$/, '');
  return variadic && requiredWhen ? `${text} (${requiredWhen})` : text;
}

function resultText(call: Call): string {
  const failure = failureText(call);
  const success = call.returns.success.replace(/\.$/, '');
  return `Returns ${success}${failure ? `; on failure ${failure}` : ''}.`;
}

function errorsText({ errors }: Call): string {
  return errors.map(({ errno, when }) => `- \`${errno}\`: ${when}`).join('\n');
}

function safetyText({ asyncSignalSafe, threadSafe }: Call): string {
  const signals = asyncSignalSafe
    ? 'May be called in a signal handler.'
    : 'Not to be called in a signal handler.';
  return threadSafe === true ? signals : `${signals} ${threadSafe}`;
}

function lifeText(id: FacilityId): string {
  const facility = facilities.get(id);
  if (!facility) {
    return '';
  }
  return `*Who can reach it:* ${facility.accessibility.detail}\n\n*How long it lives:* ${facility.persistence.detail}`;
}

/** For a call of many facilities, where its handle does not show which: the facilities it serves. */
function usersText(call: string): string {
  const titles = [...facilities.values()].filter(({ id }) => usedBy(id, call)).map(({ title }) => title);
  return titles.length === 0 ? '' : `*Used with:* ${titles.join(', ')}.`;
}

/* ----------------------------------------------------- constants, types, members */

function explainConstant(name: string, document: Document): string | undefined {
  const own = document.source.items.some(({ item }) => item.kind === 'macro' && item.name === name);
  if (own) {
    return undefined;
  }
  const errno = errnoByName.get(name);
  if (errno) {
    return `\`\`\`c\n#define ${name} ${errno.value}\n\`\`\`\n\nError number · \`<errno.h>\`\n\n${errno.meaning}`;
  }
  const found = constantNamed(name);
  if (!found) {
    return undefined;
  }
  const { constant, title } = found;
  const value = constant.value === undefined ? '' : ` ${valueText(constant.value)}`;
  const macro = constant.featureTest ? ` · needs \`${constant.featureTest}\`` : '';
  return `\`\`\`c\n#define ${name}${value}\n\`\`\`\n\n${title} · \`<${constant.header}>\`${macro}\n\n${constant.meaning}`;
}

function valueText(value: number): string {
  return value < 10 ? `${value}` : `${value} /* 0x${value.toString(16)} */`;
}

function explainType(token: Token, document: Document): string | undefined {
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

function memberName(declaration: string): string {
  return /(\w+)\s*(?:\[[^\]]*\]|\)\s*\(.*\))*;?\s*$/.exec(declaration)?.[1] ?? declaration;
}

/** A member of a structure of ours, found through the type of the object it is taken from. */
function explainMember(token: Token, document: Document): string | undefined {
  const placed = document.source.itemAt(token.start);
  if (placed?.item.kind !== 'function') {
    return undefined;
  }
  const scope = new FunctionScope(document.symbols(), placed.item);
  const end = token.end - placed.start;
  let owner: string | undefined;
  walkStmt(placed.item.body, {
    expr: (expr) => {
      if (expr.kind === 'member' && expr.end === end && expr.field === token.text) {
        const object = scope.evaluator.typeOf(expr.object, scope);
        const record = object && (expr.arrow ? scope.evaluator.types.pointee(object) : object);
        owner = record && scope.evaluator.types.nameOf(scope.evaluator.types.resolve(record));
      }
    },
  });
  const type = owner === undefined ? undefined : types.get(owner)?.record;
  const member = type?.members?.find(({ declaration }) => memberName(declaration) === token.text);
  return type && member
    ? `\`\`\`c\n${member.declaration.replace(/;?\s*$/, '')};\n\`\`\`\n\nMember of \`${type.name}\`\n\n${member.meaning}`
    : undefined;
}
