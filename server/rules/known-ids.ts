import { ruleById } from './registry';

/** Ids that people write in settings, project files and comments: whether there is such a rule, and which one was meant. */

/** A sentence on an id that no rule has, or undefined where one has it. `groups`: `pipe/*` may stand for a whole group. */
export function unknownRule(id: string, groups: boolean): string | undefined {
  if (ruleById.has(id) || (groups && groupIds().includes(id))) {
    return undefined;
  }
  if (!groups && id.endsWith('/*') && groupIds().includes(id)) {
    return `A comment silences single rules, and "${id}" is a whole group. Name the rules, or set the group in the settings.`;
  }
  const meant = nearestRule(id, groups);
  return `There is no rule "${id}", so this has no effect.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`;
}

/** The id that is most like another one, if any is like enough to have been meant. */
export function nearestRule(id: string, groups = false): string | undefined {
  const wanted = id.toLowerCase();
  const [group = '', name] = split(wanted);
  let best: { id: string; cost: number } | undefined;
  for (const known of [...ruleById.keys(), ...(groups ? groupIds() : [])]) {
    const [knownGroup, knownName] = split(known);
    // The right name under the wrong group, or without any, is as near as a slip of the finger.
    const sameName = knownName === (name ?? group) && knownName !== '*';
    const cost = sameName ? 1 + distance(group, knownGroup) / 100 : distance(wanted, known);
    if (best === undefined || cost < best.cost) best = { id: known, cost };
  }
  return best && best.cost <= Math.max(2, wanted.length / 4) ? best.id : undefined;
}

function groupIds(): string[] {
  return [...new Set([...ruleById.keys()].map((id) => `${split(id)[0]}/*`))];
}

function split(id: string): [group: string, name?: string] {
  const at = id.indexOf('/');
  return at < 0 ? [id] : [id.slice(0, at), id.slice(at + 1)];
}

/** How many characters to add, leave out, change or swap with their neighbour to make one word of another. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (beforeLast[j - 2] ?? 0) + 1 : change;
      row.push(Math.min(change, swap, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
