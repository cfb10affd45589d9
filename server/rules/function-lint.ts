import { bearingOf } from '../analysis/bearing';
import { isConstant, isNeverSet } from '../analysis/constancy';
import type { FileContext, FunctionScope } from '../analysis/context';
import { Interpreter } from '../analysis/interpreter';
import { NeverReturns } from '../analysis/never-returns';
import { isQuestion, relevanceOf, visitOf } from '../analysis/relevance';
import type { Question } from '../analysis/survey';
import type { FunctionDefinition } from '../c/ast';
import { type ActiveRule, Audience, Dependencies, type Visit } from './audience';
import type { Finding, FoundFact } from './rule';

export interface FunctionLint {
  findings: Finding[];
  /** What was recorded. */
  facts: FoundFact[];
  /** Functions whose text the findings depend on besides the function's own. */
  dependencies: ReadonlySet<FunctionDefinition>;
  /** What was asked about all functions of the file. */
  questions: ReadonlySet<Question>;
  /** They depend on every function of the file. */
  wholeFile: boolean;
}

/** Which functions are of interest to those who listen. */
export interface Interest {
  /** Walks begin in these. */
  looksAt(definition: FunctionDefinition, file: FileContext): boolean;
  /** Calls of these are walked into, of those that have anything to do with IPC at all. */
  walksInto(scope: FunctionScope): boolean;
}

/** Walks one function and lets the rules listen. `textOf` gives the text of a function's item. */
export function lintFunction(
  scope: FunctionScope,
  textOf: (definition: FunctionDefinition) => string,
  active: readonly ActiveRule[],
  walksInto?: Interest['walksInto'],
): FunctionLint {
  const read = new Dependencies(scope.file);
  const visit: Visit = { root: scope, textOf, read, findings: [], facts: [] };
  const isWorthIt = ({ definition, file }: FunctionScope) => {
    const relevance = file === scope.file ? relevanceOf(definition, file) : visitOf(definition, file);
    for (const other of relevance.read) {
      // What becomes of functions of the same file is seen by who lints it.
      if (scope.file.symbols.function(other.name)?.definition !== other) read.add(other);
    }
    return relevance.relevant;
  };
  if (!isWorthIt(scope)) {
    return { findings: [], facts: [], dependencies: read, questions: read.questions, wholeFile: false };
  }
  const interpreter = new Interpreter(scope, {
    listener: new Audience(active, visit),
    neverReturns: (name, file) => {
      const outside = file.outside(name);
      for (const one of outside ? [outside] : file.several(name)) read.add(one.definition);
      return NeverReturns.in(file).test(name);
    },
    // A function that has nothing to do with what rules look at is not worth the way.
    scopeOf: (name, file) => {
      const callee = file.callee(name);
      return callee && (isWorthIt(callee) || isQuestion(callee.definition)) ? callee : undefined;
    },
    neverChanges: (name, file) => {
      if (isConstant(name, file)) return true;
      return isNeverSet(name, file, (index, key) => read.ask(index, key, file).length > 0);
    },
    bearingOf: walksInto
      ? (callee, ...at) => (walksInto(callee) ? bearingOf(callee, ...at) : 'none')
      : bearingOf,
  });
  visit.interpreter = interpreter;
  interpreter.run();
  const dependencies = new Set([...interpreter.dependencies, ...read]);
  return {
    findings: unique(visit.findings),
    facts: visit.facts,
    dependencies,
    questions: read.questions,
    wholeFile: read.wholeFile,
  };
}

/** The same mistake seen on several paths, or twice through a macro, is one finding. */
function unique(findings: Finding[]): Finding[] {
  const seen = new Map<FunctionDefinition, Set<string>>();
  return findings.filter(({ rule, span }) => {
    const keys = seen.get(span.within) ?? new Set<string>();
    seen.set(span.within, keys);
    const key = `${rule}:${span.start}:${span.end}`;
    return !keys.has(key) && keys.add(key);
  });
}
