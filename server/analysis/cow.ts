/**
 * A map that is cheap to copy: copies share their entries until one of them changes. Paths are copied at every branch and mostly
 * thrown away unchanged.
 */
export class CowMap<K, V> {
  private map: Map<K, V>;
  private shared = false;

  constructor(map: Map<K, V> = new Map()) {
    this.map = map;
  }

  copy(): CowMap<K, V> {
    this.shared = true;
    const copy = new CowMap(this.map);
    copy.shared = true;
    return copy;
  }

  /** Becomes what `other` is. */
  assume(other: CowMap<K, V>): void {
    other.shared = true;
    this.map = other.map;
    this.shared = true;
  }

  get size(): number {
    return this.map.size;
  }

  get(key: K): V | undefined {
    return this.map.get(key);
  }

  has(key: K): boolean {
    return this.map.has(key);
  }

  keys(): IterableIterator<K> {
    return this.map.keys();
  }

  entries(): IterableIterator<[K, V]> {
    return this.map.entries();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.map.entries();
  }

  /** The same entries, by identity: neither has changed since one was copied from the other. */
  isSame(other: CowMap<K, V>): boolean {
    return this.map === other.map;
  }

  set(key: K, value: V): void {
    if (this.map.get(key) !== value || (value === undefined && !this.map.has(key))) {
      this.own().set(key, value);
    }
  }

  delete(key: K): void {
    if (this.map.has(key)) {
      this.own().delete(key);
    }
  }

  clear(): void {
    if (this.map.size > 0) {
      this.map = new Map();
      this.shared = false;
    }
  }

  /** Deletes every key that the test takes. All are looked at before any is deleted. */
  deleteWhere(test: (key: K, value: V) => boolean): void {
    let doomed: K[] | undefined;
    for (const [key, value] of this.map) {
      if (test(key, value)) {
        doomed ??= [];
        doomed.push(key);
      }
    }
    if (doomed) {
      const own = this.own();
      for (const key of doomed) own.delete(key);
    }
  }

  private own(): Map<K, V> {
    if (this.shared) {
      this.map = new Map(this.map);
      this.shared = false;
    }
    return this.map;
  }
}
