import { type Expr, walkExpr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { arms } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { callsOf, type FileCall, textOf } from '../shared/whole-file';

/** A name that is removed twice in a row: where several go, the one is written for the other. */

const removing = /^(?:sem|shm|mq)_unlink$/;

export function tellRemovedTwice(context: RuleContext): void {
  const removals = removalsIn(context);
  // Two of one name are told by a third: with nothing beside them somebody may only be careful.
  if (removals.length < 3) return;
  removals.forEach((again, index) => {
    const first = removals.slice(0, index).find((one) => one.made === again.made && one.name === again.name);
    if (!first || !areInARow(first.call, again.call, context)) return;
    const others = removals.some((one) => one.made === again.made && one.name !== again.name);
    if (!others) return;
    context.report({
      span: again.call,
      severity: 'warning',
      message: `\`${again.name}\` has been removed just before, so this \`${calledName(again.call)}\` fails with ENOENT, and what was meant here stays in the system. Give each its own name.`,
      related: [{ span: first.call, message: 'It is removed here' }],
    });
  });
}

interface Removal {
  call: Expr;
  /** The call of the system. */
  made: string;
  name: string;
}

/** By the calls themselves, and by functions of the program that only remove what they are given the name of. */
function removalsIn(context: RuleContext): Removal[] {
  const { definition } = context.scope;
  const shown = (call: FileCall, made: string): Removal[] => {
    const [name] = call.expr.args;
    return name && isFixed(name) ? [{ call: call.expr, made, name: textOf(name, definition, context) }] : [];
  };
  return callsOf(definition).flatMap((call) => {
    if (removing.test(call.name)) return shown(call, call.name);
    const helper = /unlink|remove|delete|rm/i.test(call.name) ? context.functionNamed(call.name) : undefined;
    const [only, ...others] = helper ? callsIn(helper.definition, /./) : [];
    const made = calledName(only ?? call.expr) ?? '';
    const [given] = only?.args ?? [];
    const isHanded =
      given?.kind === 'name' && helper?.definition.type.params[0]?.name === given.name && others.length === 0;
    return isHanded && removing.test(made) ? shown(call, made) : [];
  });
}

/** A text, or a name that nothing else is put into on the way. */
function isFixed(name: Expr): boolean {
  let fixed = true;
  walkExpr(name, (part) => {
    fixed &&= part.kind === 'string' || part.kind === 'name';
  });
  return fixed;
}

/** On every way the one follows the other, and between them nothing is made or asked. */
function areInARow(first: Expr, again: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const own = arms(definition, first);
  const isAlike =
    arms(definition, again).length === own.length &&
    arms(definition, again).every((arm) => own.includes(arm));
  const between = callsOf(definition).filter(
    ({ expr }) => expr.start > first.start && expr.start < again.start,
  );
  return (
    isAlike &&
    between.every(({ name }) =>
      /unlink|remove|delete|close|destroy|perror|printf|puts|exit|munmap|shmdt|free/i.test(name),
    )
  );
}
