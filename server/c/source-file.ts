import type { Node, Point, Tree } from 'web-tree-sitter';
import type { Item, PlacedItem, Span } from './ast';
import { allOf, type Build } from './builds';
import { branches } from './conditional';
import { LineIndex } from './lines';
import { Lowering } from './lower';
import { masked } from './masking';
import { mirror, type Syntax } from './mirror';
import { applyEdit, type CParser } from './parser';
import { impliedType, untypedHead } from './untyped';

/** A replacement of `text.slice(start, end)`, in UTF-16 offsets. */
export interface TextChange {
  start: number;
  end: number;
  text: string;
}

/** A leaf of the parser's tree: its kind there (`identifier`, `comment`, ...) and its parent's. */
export interface Token extends Span {
  kind: string;
  parent: string;
  text: string;
}

type Lowered = { item: Item; span: Span }[];

/**
 * One C file as it stands: its text, the parser's tree and the items in it. An edit reparses what it must; an item
 * whose text is the same as before is the same object as before, which is what lets everything above reuse its
 * results. Holds parser memory: call `dispose`.
 */
export class SourceFile {
  private tree: Tree;
  /** The text as the parser reads it. */
  private read: string;
  private known = new Map<string, Lowered>();
  private lineIndex: LineIndex | undefined;
  private placed: PlacedItem[] = [];

  constructor(
    private readonly parser: CParser,
    private content: string,
  ) {
    this.read = masked(content);
    this.tree = parser.parse(this.read);
    this.refresh();
  }

  get text(): string {
    return this.content;
  }

  get lines(): LineIndex {
    this.lineIndex ??= new LineIndex(this.content);
    return this.lineIndex;
  }

  /** Functions, declarations, macros and includes in the order they stand. */
  get items(): readonly PlacedItem[] {
    return this.placed;
  }

  /** Applies changes in order, each in terms of the text left by the one before. */
  update(changes: readonly TextChange[]): void {
    for (const { start, end, text } of changes) {
      this.content = this.content.slice(0, start) + text + this.content.slice(end);
    }
    const before = this.read;
    this.read = masked(this.content);
    const { start, oldEnd, newEnd } = difference(before, this.read);
    applyEdit(this.tree, {
      start,
      oldEnd,
      newEnd,
      startPoint: pointAt(before, start),
      oldEndPoint: pointAt(before, oldEnd),
      newEndPoint: pointAt(this.read, newEnd),
    });
    const old = this.tree;
    this.tree = this.parser.parse(this.read, old);
    old.delete();
    this.lineIndex = undefined;
    this.refresh();
  }

  /** The word, comment or literal at an offset, as the parser sees it. */
  tokenAt(offset: number): Token {
    const node = this.tree.rootNode.descendantForIndex(offset);
    return {
      kind: node?.type ?? 'translation_unit',
      parent: node?.parent?.type ?? '',
      text: node ? this.content.slice(node.startIndex, node.endIndex) : '',
      start: node?.startIndex ?? offset,
      end: node?.endIndex ?? offset,
    };
  }

  /** The item that holds an offset. */
  itemAt(offset: number): PlacedItem | undefined {
    return this.placed.find(({ start, end }) => start <= offset && offset <= end);
  }

  dispose(): void {
    this.tree.delete();
  }

  private refresh(): void {
    const next = new Map<string, Lowered>();
    const placed: PlacedItem[] = [];
    for (const { node, sure, builds } of topLevel(this.tree.rootNode, this.content)) {
      const { startIndex: start, endIndex: end } = node;
      if (node.type === 'compound_statement' && sure && this.placeUntyped(start, end, next, placed)) continue;
      const text = this.content.slice(start, end);
      const under = sure || node.type !== 'function_definition' ? '' : JSON.stringify(builds);
      const key = `${node.type}${sure ? '' : '?'}${under}\0${text}`;
      const lowered = next.get(key) ?? this.known.get(key) ?? lower(node, text, sure, builds);
      next.set(key, lowered);
      for (const { item, span } of lowered) {
        placed.push({ item, start, end: start + span.end });
      }
    }
    this.known = next;
    this.placed = placed;
  }

  /** A function without a type is read as one of int, whose type would stand just in front of it. */
  private placeUntyped(body: number, end: number, next: Map<string, Lowered>, placed: PlacedItem[]): boolean {
    const head = untypedHead(this.content, body);
    if (head === undefined) return false;
    const text = impliedType + this.content.slice(head, end);
    const key = `untyped\0${text}`;
    const lowered = next.get(key) ?? this.known.get(key) ?? functionIn(text, this.parser);
    if (!lowered) return false;
    next.set(key, lowered);
    const start = head - impliedType.length;
    // What the parser has made of its head is nothing.
    while (placed.length > 0 && placed.at(-1)!.start >= head) placed.pop();
    for (const { item, span } of lowered) placed.push({ item, start, end: start + span.end });
    return true;
  }
}

/** The function that a text is which begins with its type, if it is one. */
function functionIn(text: string, parser: CParser): Lowered | undefined {
  const tree = parser.parse(masked(text));
  const [only, ...others] = tree.rootNode.namedChildren;
  const isOne = only?.type === 'function_definition' && others.length === 0;
  const found = isOne ? lower(only, text, true, []) : undefined;
  tree.delete();
  return found;
}

/** The one replacement that turns a text into another. */
function difference(before: string, after: string): { start: number; oldEnd: number; newEnd: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) {
    start++;
  }
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail++;
  }
  return { start, oldEnd: before.length - tail, newEnd: after.length - tail };
}

function pointAt(text: string, offset: number): Point {
  let row = 0;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    row++;
    lineStart = i + 1;
  }
  return { row, column: offset - lineStart };
}

const wrappers = new Set([
  'preproc_if',
  'preproc_ifdef',
  'linkage_specification',
  'declaration_list',
  'ERROR',
]);

function lower(node: Node, text: string, sure: boolean, builds: readonly Build[]): Lowered {
  const items = new Lowering(text).items(mirror(node, node.startIndex));
  return sure
    ? items
    : items.map(({ item, span }) => ({
        item:
          item.kind === 'function'
            ? { ...item, conditional: true, build: allOf(builds) }
            : item.kind === 'include'
              ? { ...item, conditional: true }
              : item,
        span,
      }));
}

/** A node that becomes an item; `sure` where no condition decides whether it is compiled, or one that is known. */
interface TopLevel {
  node: Node;
  sure: boolean;
  /** The builds that have it. */
  builds: readonly Build[];
}

/** The nodes that become items, looking inside conditional blocks that may be compiled, linkage blocks and errors. */
function topLevel(node: Node, text: string, depth = 0): TopLevel[] {
  return node.namedChildren.flatMap((child) => unwrapped(child, text, depth));
}

function unwrapped(node: Node, text: string, depth: number): TopLevel[] {
  if (!wrappers.has(node.type)) {
    return node.type === 'comment' ? [] : [{ node, sure: true, builds: [] }];
  }
  if (depth >= mostLevels) {
    return [];
  }
  return node.type.startsWith('preproc_')
    ? conditional(node, text, depth + 1)
    : topLevel(node, text, depth + 1);
}

/** Nested blocks and `#elif`s beyond this are not looked into. */
const mostLevels = 250;

/** A copy of a conditional block with its condition, whose contents point back to the parser's nodes. */
type Outline = Syntax & { node?: Node };

function conditional(node: Node, text: string, depth: number): TopLevel[] {
  const { taken, builds, sure } = branches(outline(node, null), (part) => text.slice(part.start, part.end));
  return taken.flatMap((parts, i) =>
    parts.flatMap((part) => {
      const inner = (part as Outline).node;
      const found = inner ? unwrapped(inner, text, depth) : [];
      return sure
        ? found
        : found.map((each) => ({ ...each, sure: false, builds: [builds[i]!, ...each.builds] }));
    }),
  );
}

const conditionFields = new Set(['condition', 'name']);

function outline(node: Node, field: string | null, depth = 0): Outline {
  const children = (depth < mostLevels ? node.children : []).map((child, index): Outline => {
    const name = node.fieldNameForChild(index);
    if (name === 'alternative') {
      return outline(child, name, depth + 1);
    }
    if (name !== null && conditionFields.has(name)) {
      return { ...mirror(child, 0), field: name };
    }
    return {
      type: child.type,
      field: name,
      start: child.startIndex,
      end: child.endIndex,
      named: child.isNamed,
      children: [],
      node: child,
    };
  });
  return { type: node.type, field, start: node.startIndex, end: node.endIndex, named: true, children };
}
