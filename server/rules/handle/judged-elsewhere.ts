import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { resultsOf } from '../../analysis/results';
import type { CallSite, Value } from '../../analysis/values';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { usesOf } from '../shared/uses';

/** What becomes of an untested result in functions that nobody looks into: some ask whether the call failed, others rely on it. */

/** A connection that a function of another file is to serve: that none has come is for the one to find who accepts and names them. */
export function givenAway({ site, into, name, args }: CallEvent): Value[] {
  if (site || into || asking.test(name) || /log|print|close/i.test(name)) return [];
  return beforeFormat(args)
    .filter(({ expr }) => unwrap(expr).kind !== 'call')
    .map(({ value }) => value)
    .filter(({ origins }) => origins?.every((origin) => accepts(origin.site)));
}

/** What stands behind a format is only printed. */
function beforeFormat(args: readonly Operand[]): readonly Operand[] {
  const format = args.findIndex(({ value }) => value.text?.includes('%'));
  return format < 0 ? args : args.slice(0, format);
}

/** Names of functions that may ask for the failure. */
const asking = /check|valid|ok|fail|err|assert|expect|^is|test|must|ensure|verify|die|result/i;

/** Connections of which such a function asks whether there is one. */
export function askedByName({ site, into, name, args }: CallEvent): CallSite[] {
  if (site || into || !asking.test(name)) return [];
  return args.flatMap(({ value }) => (value.origins ?? []).map((origin) => origin.site).filter(accepts));
}

const accepts = ({ call }: CallSite) => /^accept4?$/.test(call.name);

/** A function that nobody can look into gets a result together with the value that means failure: it compares the two. */
export function comparedBy({ site, into, args }: CallEvent): CallSite[] {
  if (site || into) return [];
  return args.flatMap(({ value }) => {
    const made = value.origins?.length === 1 ? value.origins[0]!.site : undefined;
    const failure = made && resultsOf(made.call)?.failure.constant;
    const both = args.some(({ value: other }) => failure !== undefined && other.constant === failure);
    return made && both ? [made] : [];
  });
}

/** A function of the project that is too many calls away to be looked into compares what it is given. */
export function judgedBy({ site, into, name, args }: CallEvent, context: RuleContext): CallSite[] {
  if (site || into) return [];
  return args.flatMap(({ value }, index) => {
    const sites = (value.origins ?? []).filter(({ at }) => at === 'return').map((origin) => origin.site);
    return sites.length > 0 && compares(name, index, context, 0) ? sites : [];
  });
}

function compares(name: string, index: number, context: RuleContext, depth: number): boolean {
  const callee = depth < 4 ? context.functionNamed(name)?.definition : undefined;
  const param = callee?.type.params[index]?.name;
  if (!callee || !param) return false;
  return usesOf(callee, param).some(({ expr, around }) => {
    const [outer] = around.filter(({ kind }) => kind !== 'cast');
    if (outer?.kind !== 'call') return outer?.kind === 'binary' && /^[<>=!]=?$/.test(outer.op);
    const at = outer.args.findIndex((arg) => unwrap(arg) === expr);
    return compares(calledName(outer) ?? '', at, context, depth + 1);
  });
}
