import type { FileContext, FunctionScope } from '../../analysis/context';
import type { FunctionDefinition } from '../../c/ast';
import type { RuleContext } from '../rule';

interface Answer<T> {
  value: T;
  /** The functions whose text decided. A function that is not there yet is another declaration of the file, and all is asked anew. */
  names: ReadonlySet<string>;
}

/**
 * Answers about functions that the texts of others decide, too. They are kept for as long as the file's names mean the same, and whoever gets
 * one depends on all functions that decided, as if he had read them himself.
 */
export class Noted<T> {
  private readonly answers = new WeakMap<FileContext, Map<FunctionDefinition, Answer<T>>>();

  /** The answer about a function; `meanwhile` is that for whoever asks for it on the way to it. */
  of(
    { file, definition }: FunctionScope,
    context: RuleContext,
    compute: (noting: RuleContext) => T,
    meanwhile?: T,
  ): T {
    const known = this.answers.get(file) ?? new Map<FunctionDefinition, Answer<T>>();
    this.answers.set(file, known);
    let answer = known.get(definition);
    if (!answer) {
      const names = new Set<string>();
      if (meanwhile !== undefined) known.set(definition, { value: meanwhile, names });
      answer = { value: compute(noting(context, names)), names };
      known.set(definition, answer);
    }
    for (const name of answer.names) context.functionNamed(name);
    return answer.value;
  }
}

function noting(context: RuleContext, names: Set<string>): RuleContext {
  return {
    ...context,
    functionNamed: (name) => {
      const found = context.functionNamed(name);
      if (found) names.add(name);
      return found;
    },
  };
}
