import { constantGroups, constants } from '../../catalog';
import type { Constant, LiteralKind } from '../../catalog/schema';

/** Says in words what a constant argument means: `0660` is rw-rw----, a flag word is its flags. */

/** `rw-r-----` for 0640, with the special bits as ls shows them. */
export function modeText(mode: number): string {
  const bits = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 0o4, 0o2, 0o1];
  const letters = bits.map((bit, i) => (mode & bit ? 'rwx'[i % 3]! : '-'));
  const special: [number, number, string][] = [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ];
  for (const [bit, at, letter] of special) {
    if (mode & bit) {
      letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase();
    }
  }
  return letters.join('');
}

/** Who may do what, in words: `owner: read and write; group: read; others: nothing`. */
export function modeWords(mode: number): string {
  const rights = (value: number) => {
    const words = [value & 4 && 'read', value & 2 && 'write', value & 1 && 'execute'].filter((word) => word);
    return words.length === 0
      ? 'nothing'
      : words.length === 3
        ? 'read, write and execute'
        : words.join(' and ');
  };
  const classes: [string, number][] = [
    ['owner', (mode >> 6) & 7],
    ['group', (mode >> 3) & 7],
    ['others', mode & 7],
  ];
  return classes.map(([who, value]) => `${who}: ${rights(value)}`).join('; ');
}

function isSet(constant: Constant, word: number): boolean {
  const { value, mask } = constant;
  if (value === undefined) {
    return false;
  }
  return mask !== undefined ? bits(word, mask) === value : value !== 0 && bits(word, value) === value;
}

/** The bits that two words share, as a number that is never negative. */
function bits(a: number, b: number): number {
  return (a & b) >>> 0;
}

/** The constants of a group that a flag word is made of. A constant whose bits another covers is left out. */
export function flagsOf(group: string, word: number): Constant[] {
  const found = (constantGroups.get(group)?.record.constants ?? []).filter((constant) =>
    isSet(constant, word),
  );
  const wide = found.filter(
    (a) =>
      !found.some(
        (b) =>
          b !== a &&
          a.mask === undefined &&
          b.mask === undefined &&
          bits(b.value!, a.value!) === a.value &&
          b.value! > a.value!,
      ),
  );
  const seen = new Set<number>();
  return wide.filter(({ value, mask }) => {
    // Two names of one value: the first stands for both.
    const fresh = !seen.has(value! * 1e6 + (mask ?? 0));
    seen.add(value! * 1e6 + (mask ?? 0));
    return fresh;
  });
}

/** What a constant argument means, as Markdown, a line for each part; undefined when there is nothing to say. */
export function explainArgument(
  kind: LiteralKind | undefined,
  value: bigint | undefined,
  text?: string,
): string | undefined {
  if (kind?.kind === 'object-name' && text !== undefined) {
    return `the object named ${codeText(text)}`;
  }
  if (!kind || value === undefined || value < 0n || value > 0xffff_ffffn) {
    return kind?.kind === 'one-of' && value !== undefined ? oneOf(kind.group, Number(value)) : undefined;
  }
  const word = Number(value);
  switch (kind.kind) {
    case 'mode':
      return `\`${octal(word)}\` = \`${modeText(word)}\` (${modeWords(word)})`;
    case 'flags':
      return flagsText(kind.group, word, kind.withMode === true);
    case 'one-of':
      return oneOf(kind.group, word);
    case 'signal':
      return oneOf('signals', word);
    default:
      return undefined;
  }
}

/** Any text as Markdown code: what holds a back quote stands in two of them. */
function codeText(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function octal(mode: number): string {
  return mode === 0 ? '0' : `0${mode.toString(8)}`;
}

function flagsText(group: string, word: number, withMode: boolean): string | undefined {
  const mode = withMode ? word & 0o777 : 0;
  const parts = flagsOf(group, word & ~(withMode ? 0o777 : 0)).map(described);
  if (mode !== 0) {
    parts.push(`\`${octal(mode)}\` = \`${modeText(mode)}\` (${modeWords(mode)})`);
  }
  return parts.length === 0 ? undefined : parts.join('  \n');
}

function oneOf(group: string, value: number): string | undefined {
  const constant = constantGroups.get(group)?.record.constants.find((candidate) => candidate.value === value);
  return constant && described(constant);
}

function described({ name, meaning }: Constant): string {
  return `\`${name}\`: ${meaning.replace(/\.$/, '')}`;
}

/** The groups a constant stands in, for a hover on the constant itself. */
export function constantNamed(
  name: string,
): { group: string; title: string; constant: Constant } | undefined {
  const found = constants.get(name);
  return found && { group: found.group.id, title: found.group.title, constant: found.constant };
}
