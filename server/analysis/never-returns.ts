import { type Expr, type FunctionDefinition, type Stmt, somePart, someStmtIn } from '../c/ast';
import { buildCfg } from '../c/build-cfg';
import { type Cfg, calledName, successors } from '../c/cfg';
import { Expander } from '../c/expander';
import { comesBackAlways } from '../c/library';
import { saysNoReturn } from '../c/masking';
import type { FileContext } from './context';
import { endedByUse } from './ends-by-use';
import type { Operand } from './events';
import { unwrap } from './operators';
import { madeBy } from './wrappers';

/** Functions of the C library and of common practice that end the process or jump away. */
const library = new Set([
  'exit',
  '_exit',
  '_Exit',
  'quick_exit',
  'abort',
  'longjmp',
  'siglongjmp',
  '_longjmp',
  'pthread_exit',
  'thrd_exit',
  'err',
  'errx',
  'verr',
  'verrx',
  '__builtin_unreachable',
  '__builtin_trap',
  '__assert_fail',
]);

/** Names that by custom never return, believed only where no body is at hand; macros that return are among them. */
const customary =
  /^(?:\w+_and_(?:die|exit)|die|(?!(?:is|set|log|non?|not|has)_)(?:[a-z]+_)?v?fatalx?|panic|bail|bailout|errExit|err_exit|exit_err|errExitEN|fatal_error|error_exit|exit_error|exit_with_error|DieWithError|usageErr|usageError|usage_error|cmdLineErr|err_sys|sys_err|err_quit|err_dump|usage|print_usage_and_exit|xabort|unix_error|perror_exit|exit_perror|BUG|(?:\w+_)?assert_not_reached|(?:\w+_)?unreachable)(?:_?(?:errno|error|perror|exit|msg))?$|^(?:[A-Z]+_)*RETURN$/;

/** `log_fatal` only logs in some programs, and ends others. */
export function mayEndByName(name: string): boolean {
  return /^(?!(?:is|set|non?|not|has)_)\w+_fatal$/.test(name);
}

/** Calls that send a signal to a process, perhaps to the caller itself. */
export const signalling: ReadonlySet<string> = new Set(['kill', 'raise']);

/** SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGFPE, SIGKILL, SIGSEGV, SIGTERM: they end a process that has not said otherwise (signal(7)). */
const fatal: ReadonlySet<bigint> = new Set([1n, 2n, 3n, 4n, 6n, 8n, 9n, 11n, 15n]);

/** `kill(getpid(), SIGINT)` or `raise(SIGABRT)`: the process sends itself what ends it, or what its handler ends it with. */
export function endsItself(name: string, args: readonly Operand[]): boolean {
  const [first, second] = args;
  const isOwn = name === 'raise' || (first !== undefined && calledName(unwrap(first.expr)) === 'getpid');
  const signal = (name === 'raise' ? first : second)?.value.constant;
  return signalling.has(name) && isOwn && signal !== undefined && fatal.has(signal);
}

/** Bodies looked into for one file, and how far a chain of calls is followed. Beyond, a function counts as returning. */
const mostFunctions = 5000;
const mostDepth = 50;

/** Functions being looked into, each called by the one before, in whatever files. */
let depth = 0;

const ofFiles = new WeakMap<FileContext, NeverReturns>();

/** Decides which calls never return, from attributes, bodies and custom. */
export class NeverReturns {
  private readonly known = new Map<string, boolean>();
  private ended: ReadonlySet<string> | undefined;

  constructor(private readonly file: FileContext) {}

  /** The answers for the names of one file. */
  static in(file: FileContext): NeverReturns {
    let found = ofFiles.get(file);
    if (!found) {
      found = new NeverReturns(file);
      ofFiles.set(file, found);
    }
    return found;
  }

  test = (name: string): boolean => {
    let answer = this.known.get(name);
    if (answer === undefined) {
      // While a function is looked into, a call of itself counts as returning.
      this.known.set(name, false);
      depth++;
      answer = this.decide(name);
      depth--;
      this.known.set(name, answer);
    }
    return answer;
  };

  private decide(name: string): boolean {
    const symbol = this.file.symbols.function(name);
    const returned = symbol?.type.k === 'function' ? symbol.type.returns : undefined;
    const says = symbol?.attributes.some(saysNoReturn) || symbol?.storage.includes('_Noreturn');
    // `extern NORETURN quit(int);`: the macro stands for the type as well.
    if (says || (returned?.k === 'named' && saysNoReturn(returned.name))) {
      return true;
    }
    if (symbol?.definition) {
      if (this.known.size >= mostFunctions || depth > mostDepth) {
        return false;
      }
      const { expander } = this.file.scopeOf(symbol.definition);
      const ends = (definition: FunctionDefinition) =>
        !returns(buildCfg(definition, this.test, undefined, expander));
      const { definition } = symbol;
      const unguarded = withoutGuards(definition);
      return ends(definition) || (unguarded !== undefined && ends(unguarded));
    }
    const outside = this.file.outside(name);
    if (outside && !outside.definition.broken && depth <= mostDepth) {
      return NeverReturns.in(outside.file).test(name);
    }
    if (library.has(name) || customary.test(name) || this.wrapsEnding(name)) return true;
    if (this.isMacroThatEnds(name)) return true;
    if (this.endedByUse.has(name) && !this.file.call(name) && !comesBackAlways(name)) return true;
    // What lies behind the call may then be out of reach: nothing is said of it.
    return this.file
      .several(name)
      .some((one) => !one.definition.broken && depth <= mostDepth && NeverReturns.in(one.file).test(name));
  }

  /** `#define give_up(what) do { perror(what); exit(1); } while (0)`: decided by what it stands for, whatever it is given. */
  private isMacroThatEnds(name: string): boolean {
    const { symbols, toolbox } = this.file;
    const macro = symbols.macro(name);
    if (!macro || depth > mostDepth) return false;
    const expander = new Expander(symbols, toolbox.fragments, () => false);
    const at = { start: 0, end: 0 };
    const nameOf = (word: string): Expr => ({ kind: 'name', name: word, ...at });
    const args = (macro.params ?? []).filter((param) => !param.endsWith('...')).map(nameOf);
    const used: Expr = macro.params ? { kind: 'call', callee: nameOf(name), args, ...at } : nameOf(name);
    const code = expander.statement(used);
    const body = code?.stmt ?? { kind: 'expr', expr: expander.expression(used), ...at };
    // It leads elsewhere in the function where it is used.
    const jumps = someStmtIn(body, ({ kind }) => /^(?:goto|return|break|continue)$/.test(kind));
    const ends = !jumps && !returns(buildCfg({ body }, this.test, undefined, expander));
    code?.done();
    return ends;
  }

  /** Functions of which no text is at hand and which, by the way the file uses them, end the process. */
  get endedByUse(): ReadonlySet<string> {
    this.ended ??= endedByUse(this.file.symbols.definitions);
    return this.ended;
  }

  /** `Execvp`, whose text is elsewhere: it comes back neither when the call succeeds nor when it fails. */
  private wrapsEnding(name: string): boolean {
    const call = this.file.call(name);
    return (
      call !== undefined &&
      madeBy(call) !== undefined &&
      call.effects.some(({ op, when }) => (op === 'exec' || op === 'exit') && when === undefined)
    );
  }
}

/**
 * `if (is_embedded) return;` at the beginning of a function that ends the process: it steps aside in a mode of the program. What a parameter
 * says depends on the call, and a function that asks others may do so for its caller.
 */
function withoutGuards(definition: FunctionDefinition): FunctionDefinition | undefined {
  const { body, type } = definition;
  if (body.kind !== 'block' || type.returns.k !== 'void') return undefined;
  const own = new Set(type.params.map(({ name }) => name));
  const depends = (test: Expr) =>
    somePart(test, (part) => part.kind === 'call' || (part.kind === 'name' && own.has(part.name)));
  let at = 0;
  for (const stmt of body.body) {
    const isGuard = stmt.kind === 'if' && !stmt.alternative && onlyReturns(stmt.consequent);
    if (!isGuard || depends(stmt.test)) break;
    at++;
  }
  return at > 0 ? { ...definition, body: { ...body, body: body.body.slice(at) } } : undefined;
}

function onlyReturns(arm: Stmt): boolean {
  const [only, ...others] = arm.kind === 'block' ? arm.body : [arm];
  return only?.kind === 'return' && others.length === 0;
}

function returns(cfg: Cfg): boolean {
  const seen = new Set<number>();
  const open = [cfg.entry];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === cfg.exit) {
      return true;
    }
    if (!seen.has(id)) {
      seen.add(id);
      open.push(...reachedFrom(cfg, id));
    }
  }
  return false;
}

function reachedFrom(cfg: Cfg, id: number): number[] {
  const edge = cfg.blocks[id]?.edge;
  if (!edge) {
    return [];
  }
  return edge.kind === 'branch' && alwaysTrue(edge.test) ? [edge.yes] : successors(edge);
}

function alwaysTrue(test: Expr): boolean {
  return test.kind === 'number' && /^[1-9]/.test(test.text);
}
