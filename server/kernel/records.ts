/**
 * Records of a table from one look to the next. The addon reads all of them every time and tells those that read the same as
 * in its answer before by their place there: they stay the same objects, and so does the list while nothing changed.
 */
import type { NativeAnswer, NativeTable } from './native';

export class Latest<A extends { objects?: unknown[] }> {
  #answer = 0;
  #objects: unknown[] = [];

  read(table: NativeTable<A>): NativeAnswer<A> {
    const told = table.read({ since: this.#answer });
    if (told.error || told.answer === undefined) {
      this.#answer = 0;
      this.#objects = [];
      return told as NativeAnswer<A>;
    }
    const before = this.#objects;
    if (told.objects)
      this.#objects = told.objects.map((one) => (typeof one === 'number' ? before[one] : one));
    this.#answer = told.answer;
    return { ...told, objects: this.#objects } as NativeAnswer<A>;
  }
}
