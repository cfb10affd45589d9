import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { assignmentsTo, declaratorOf, usesOf } from '../shared/uses';

/** What the text of the file tells of strings: functions that take what they are given for one, and variables that hold one. */

const takesFirst = /^(?:strlen|puts|fputs|ato(?:i|l|ll|f)|strto(?:l|ul|ll|ull|d)|strdup|strr?chr|strc?spn)$/;
const takesBoth = /^(?:strcmp|strcasecmp|strstr)$/;

/** The arguments that a function of the file hands on as strings, where nobody tells it how long they are. */
export function stringsOfHelper(event: CallEvent, context: RuleContext): number[] {
  if (event.site || event.into) return [];
  const callee = context.functionNamed(event.name)?.definition;
  if (!callee) return [];
  return callee.type.params.flatMap(({ name, type }, index) => {
    const next = callee.type.params[index + 1];
    const isTold =
      next !== undefined && next.type.k !== 'pointer' && /len|size|count|^n/i.test(next.name ?? '');
    if (name === undefined || type.k !== 'pointer' || isTold) return [];
    const [first] = usesOf(callee, name);
    const call = first?.around.find(({ kind }) => kind !== 'cast');
    const called = call?.kind === 'call' ? (calledName(call) ?? '') : '';
    const at = call?.kind === 'call' ? call.args.findIndex((arg) => unwrap(arg) === first?.expr) : -1;
    return (at === 0 && takesFirst.test(called)) || (at >= 0 && takesBoth.test(called)) ? [index] : [];
  });
}

/** The text that a variable of a function gets where it is declared, and nothing else. */
export function onlyText(name: string, within: FunctionDefinition, context: RuleContext): string | undefined {
  const [only, ...others] = assignmentsTo(within, name);
  const value = only && unwrap(only.value);
  const text = value?.kind === 'string' && others.length === 0 ? value.value : undefined;
  return text !== undefined && declaratorOf(context.scope.file.scopeOf(within), name) ? text : undefined;
}
