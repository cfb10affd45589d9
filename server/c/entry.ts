import type { CType, FunctionDefinition } from './ast';

/**
 * Whether a program begins and ends with a function: with `main`, or with one to which `main` hands its arguments, as in programs of
 * many commands and in frames for tests (`int test_main(int argc, char **argv)`).
 */
export function isEntry({ name, type: { returns, params } }: FunctionDefinition): boolean {
  const [count, words] = params;
  return (
    name === 'main' ||
    (/_main$/.test(name) &&
      params.length === 2 &&
      returns.k === 'int' &&
      count?.type.k === 'int' &&
      isText(pointedTo(pointedTo(words?.type))))
  );
}

function pointedTo(type: CType | undefined): CType | undefined {
  return type?.k === 'pointer' ? type.to : type?.k === 'array' ? type.of : undefined;
}

function isText(type: CType | undefined): boolean {
  return type?.k === 'int' && type.size === 1;
}
