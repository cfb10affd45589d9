import type { Expr, ExprOf } from '../c/ast';
import { calledName } from '../c/cfg';
import { unwrap } from './operators';

/** Functions of which the text is not at hand, and whose names say that they keep nothing. */

/** Parts of the names of functions that only tell somebody something: `log_error("...")`, `errMsg("...")`, `DPRINTF("...")`. */
const telling =
  /^(?:[a-z]{0,2}log(?:s|f|ger|ging|ln|msg)?|syslog|[vx]?(?:warn|err)(?:x|f|ing|or|orf|msg)?|[defvx]?print(?:f|ln)?|perror|fatal|debugf?|dbg|trace|verbose|info|notice)$/;

/** Names of those that make a text or take a format first: what `message(m, "...")` does with `m` is not known. */
const formatting = /^(?:msg|message|report|note|complain|say)$/;

/** Parts of names that tell of more than that. */
const doing =
  /^(?:set|get|send|recv|receive|read|handle|handler|on|clear|free|close|reset|clean|cleanup|exit|quit|abort|drop|end|stop|push|pop|queue|enqueue|add|init|open|start|fork|spawn|run|process|parse|raise|kill|take|wait)$/;

type Sound = 'telling' | 'formatting' | 'other';

const known = new Map<string, Sound>();

function soundOf(name: string): Sound {
  let sound = known.get(name);
  if (sound === undefined) {
    const parts = name
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .split(/[_\d]+/);
    const is = (words: RegExp) => parts.some((part) => words.test(part));
    sound = is(doing) ? 'other' : is(telling) ? 'telling' : is(formatting) ? 'formatting' : 'other';
    known.set(name, sound);
  }
  return sound;
}

/** A call of which nothing is known but that it is named after telling and gets words to tell: it neither changes nor keeps anything. */
export function onlyTells(expr: ExprOf<'call'>): boolean {
  const at = expr.args.findIndex(isText);
  const name = at < 0 ? undefined : calledName(expr);
  if (name === undefined) return false;
  const sound = soundOf(name);
  return sound === 'telling' || (sound === 'formatting' && at === 0);
}

/**
 * Functions that only change how a descriptor behaves, by the names that people give them: `set_nonblocking(fd)`, `set_cloexec(fd)`,
 * `tcp_nodelay(fd)`.
 */
const adjusting =
  /^(?:[a-z]+_)?(?:set|make|enable|turn|turn_on|add|sock|socket|tcp|fd)?_?(?:[a-z]+_)?(?:non_?block(?:ing|_mode)?|blocking|close?_?on_?exec|cloexec|no_?delay|keep_?alive|reuse_?addr(?:ess)?|reuse_?port|linger|(?:snd|rcv|send|recv)_?(?:buf|timeo(?:ut)?))(?:_[a-z]{1,8})?$/;

/** A call of which nothing is known but that by its name it changes how a descriptor behaves: it neither keeps nor closes it. */
export function onlyAdjusts(expr: ExprOf<'call'>): boolean {
  const name = calledName(expr);
  return name !== undefined && adjusting.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase());
}

function isText(arg: Expr): boolean {
  return unwrap(arg).kind === 'string';
}
