/** Whether an argument is of the type that C wants: the actor has numbers and bytes only, a program has more. */
import { isNumber } from '../variables';
import type { OfferedParameter } from './view';

/** The variables of a process in its program: `int`, `int[2]`, `char[64]`, `sem_t *`; members as `shared->count`. */
export type Types = ReadonlyMap<string, string>;

/** What is wrong with an expression, as a sentence without its end; undefined when nothing is. `names` are its variables. */
export function typeProblem(
  text: string,
  parameter: OfferedParameter,
  names: readonly string[],
  types: Types,
): string | undefined {
  const { kind, pointer } = parameter;
  if (kind === 'variable')
    return pointer?.startsWith('pthread_') ? pointerProblem(text, pointer, types) : undefined;
  if (kind === 'address')
    return named(text, (type) => type === 'struct sockaddr_storage', 'an address', types);
  if (kind === 'text')
    return named(text, (type) => /^char\[/.test(type) || type === 'fixed', 'a text', types);
  if (pointer !== undefined) return pointerProblem(text, pointer, types);
  if (/^sizeof\b/.test(text)) return undefined;
  if (/(^|[-+*|(&]\s*)[&*]/.test(text)) return `“${text}” is an address where a number is needed.`;
  for (const name of names) {
    const wrong = named(name, isNumber, 'a number', types);
    if (wrong) return wrong;
  }
  return undefined;
}

/** `fd[0]` is an element of `fd`. */
function typeOf(name: string, types: Types): string | undefined {
  const [, array, index] = /^(.*)(\[\d+\])$/.exec(name) ?? [];
  if (index === undefined) return types.get(name);
  return types.get(array!)?.replace(/\[[^\]]*\]$/, '');
}

function named(
  name: string,
  fits: (type: string) => boolean,
  wanted: string,
  types: Types,
): string | undefined {
  if (!/^[A-Za-z_]/.test(name) || name.includes('(')) return undefined;
  const type = typeOf(name, types);
  if (type === undefined) return `the program of this process has no variable “${name}” yet.`;
  return fits(type) ? undefined : `“${name}” is ${typeWords(type)} in C, and ${wanted} is needed.`;
}

function pointerProblem(text: string, pointer: string, types: Types): string | undefined {
  const object = /^&(.*)$/.exec(text)?.[1];
  const wanted = pointer === 'void' ? 'an address' : `the address of ${typeWords(pointer)}`;
  if (object !== undefined) return named(object, (type) => type === pointer, wanted, types);
  if (!/^[A-Za-z_]/.test(text)) return `“${text}” is a number where ${wanted} is needed.`;
  const fits = (type: string) => type === `${pointer} *` || (pointer === 'void' && type.endsWith('*'));
  return named(text, fits, wanted, types);
}

/** As people say it: `an array of int`, `a struct epoll_event`. */
export function typeWords(type: string): string {
  if (/^char\[/.test(type)) return 'a text';
  const [, element] = /^(.*?)(?:\[.*\]| of .*| that is .*)$/.exec(type) ?? [];
  if (element !== undefined) return type.includes('[') ? `an array of ${element}` : typeWords(element);
  if (isNumber(type)) return 'a number';
  return `${/^[aeio]/i.test(type) ? 'an' : 'a'} ${type}`;
}
