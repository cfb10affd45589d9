import path from 'node:path';

/** A header that more files include belongs to no programs in particular. */
const mostIncluders = 12;

/** Groups of files that are likely to work together: those of one folder, and those that share a header which few include. */
export function neighbourhoods(headersOf: ReadonlyMap<string, readonly string[]>): string[][] {
  const groups = new Groups();
  const includers = new Map<string, string[]>();
  for (const [file, headers] of headersOf) {
    groups.join(file, `${path.dirname(file)}/`);
    for (const header of new Set(headers)) {
      const known = includers.get(header);
      if (known) known.push(file);
      else includers.set(header, [file]);
    }
  }
  for (const files of includers.values()) {
    const [first] = files;
    if (first === undefined || files.length > mostIncluders) continue;
    for (const file of files) groups.join(file, first);
  }
  return groups.of(headersOf.keys());
}

/** Sets that grow together. */
class Groups {
  private readonly parents = new Map<string, string>();

  join(a: string, b: string): void {
    const [one, other] = [this.root(a), this.root(b)];
    if (one !== other) this.parents.set(one, other);
  }

  of(names: Iterable<string>): string[][] {
    const found = new Map<string, string[]>();
    for (const name of names) {
      const root = this.root(name);
      const known = found.get(root);
      if (known) known.push(name);
      else found.set(root, [name]);
    }
    return [...found.values()];
  }

  private root(name: string): string {
    let current = name;
    for (let up = this.parents.get(current); up !== undefined; up = this.parents.get(current)) {
      // Halves the way for the next who asks.
      const above = this.parents.get(up);
      if (above !== undefined) this.parents.set(current, above);
      current = up;
    }
    return current;
  }
}
