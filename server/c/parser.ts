import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Edit, Language, Parser, type Point, type Tree } from 'web-tree-sitter';

/**
 * The parser for C. One per process: loading the grammar takes some tens of milliseconds and its memory is shared
 * by all trees. Trees are made of memory outside JavaScript's reach and must be deleted by whoever holds them.
 */
export interface CParser {
  /** Parses `text`; never fails. With `old`, a tree to which the edits have been applied, reuses what is unchanged. */
  parse(text: string, old?: Tree): Tree;
}

let loading: Promise<CParser> | undefined;

export function loadParser(): Promise<CParser> {
  loading ??= load();
  return loading;
}

async function load(): Promise<CParser> {
  await Parser.init({ locateFile: (name: string) => locate('web-tree-sitter', name) });
  const parser = new Parser();
  parser.setLanguage(await Language.load(locate('tree-sitter-c', 'tree-sitter-c.wasm')));
  return {
    parse(text, old) {
      const tree = parser.parse(text, old ?? null);
      if (!tree) {
        throw new Error('The C parser gave up; this cannot happen without a time limit.');
      }
      return tree;
    },
  };
}

/** Beside the bundle when packaged, in node_modules when run from source. */
function locate(packageName: string, file: string): string {
  const beside = path.join(__dirname, file);
  return existsSync(beside) ? beside : createRequire(__filename).resolve(`${packageName}/${file}`);
}

/** A replacement of the text from `start` to `oldEnd` (UTF-16 offsets) by text that ends at `newEnd`. */
export interface TextEdit {
  start: number;
  oldEnd: number;
  newEnd: number;
  startPoint: Point;
  oldEndPoint: Point;
  newEndPoint: Point;
}

export function applyEdit(tree: Tree, edit: TextEdit): void {
  tree.edit(
    new Edit({
      startIndex: edit.start,
      oldEndIndex: edit.oldEnd,
      newEndIndex: edit.newEnd,
      startPosition: edit.startPoint,
      oldEndPosition: edit.oldEndPoint,
      newEndPosition: edit.newEndPoint,
    }),
  );
}
