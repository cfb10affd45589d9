import { readFileSync, statSync } from 'node:fs';

/** Names of users and groups from the local files, kept until a file changes. A number without a name stays a number. */
export class People {
  readonly #users = new NameFile('/etc/passwd');
  readonly #groups = new NameFile('/etc/group');

  /** `alice`; `user 1000` when /etc/passwd has no such user (it may live in a directory service). */
  user(uid: number): string {
    return this.#users.names.get(uid) ?? `user ${uid}`;
  }

  /** `alice, group staff`. */
  owner(uid: number, gid: number): string {
    return `${this.user(uid)}, group ${this.#groups.names.get(gid) ?? gid}`;
  }

  /** How often names changed. */
  get changes(): number {
    return this.#users.changes + this.#groups.changes;
  }

  /** Reads the files again if they changed; once a snapshot is enough. */
  refresh(): void {
    this.#users.refresh();
    this.#groups.refresh();
  }
}

class NameFile {
  names = new Map<number, string>();
  changes = 0;
  #stamp = '';

  constructor(readonly path: string) {}

  refresh(): void {
    try {
      const { mtimeMs, size, ino } = statSync(this.path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.#stamp) return;
      this.names = parse(readFileSync(this.path, 'utf8'));
      this.changes++;
      this.#stamp = stamp;
    } catch {
      // A container may have no such file: numbers will do.
      if (this.names.size > 0) this.changes++;
      this.names = new Map();
      this.#stamp = '';
    }
  }
}

/** passwd(5) and group(5) both hold `name:password:number:...`. The first entry of a number counts. */
function parse(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , number] = line.split(':');
    if (name && number && /^\d+$/.test(number) && !names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}
