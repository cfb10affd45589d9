import type { Operand } from './events';
import type { CallSite } from './values';

/**
 * Functions whose text is not at hand and that, by their names, look at the result of a call and end the program when it has failed:
 * `handle_error(fd, "open")`, `check(pipe(ends))`, `exit_if(fd < 0, "open")`.
 */

/** Words that say by themselves that something is looked at. */
const asking = /^(?:check|checks|checked|chk|verify|ensure|assert|expect|require|guard)$/;

/** What is done about a failure, and how such a name says that it is one: only both together tell of a test. */
const acting = /^(?:handle|exit|die|abort|quit|bail|fail|stop|error|err|fatal)$/;
const ofFailure =
  /^(?:error|errors|err|failure|failed|failing|if|on|when|neg|negative|null|errno|rc|ret|retval|result)$/;

/** What such names say besides. With any other word the function may do more than to look. */
const besides =
  /^(?:and|or|not|no|is|for|in|of|the|a|my|x|sys|syscall|system|call|unix|posix|pthread|thread|lib|c|fd|fds|ptr|pointer|pid|value|val|return|code|status|res|retcode|ok|success|valid|zero|nonzero|minus|one|print|log|syslog|perror|msg|message|myerrno)$/;

const known = new Map<string, boolean>();

export function judgesByName(name: string): boolean {
  let answer = known.get(name);
  if (answer === undefined) {
    const parts = name
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .split(/[_\d]+/)
      .filter((part) => part !== '');
    const vocabulary = parts.every((part) =>
      [asking, acting, ofFailure, besides].some((is) => is.test(part)),
    );
    const [first] = parts.filter((part) => acting.test(part));
    const acts = parts.some((part) => part !== first && ofFailure.test(part));
    answer = vocabulary && (parts.some((part) => asking.test(part)) || (first !== undefined && acts));
    known.set(name, answer);
  }
  return answer;
}

/** The calls that such a function is told of: by what they gave, or by a comparison of it. */
export function judgedSites(args: readonly Operand[]): CallSite[] {
  return args.flatMap(({ value: { origins, verdict, several } }) => {
    if (verdict) return [verdict.site];
    const [origin, ...others] = origins ?? [];
    return origin?.at === 'return' && others.length === 0 && !several ? [origin.site] : [];
  });
}
