import type { Node, TreeCursor } from 'web-tree-sitter';

/**
 * A copy of a part of the parser's tree as plain objects. Crossing into the parser's memory is slow, so each item is
 * copied in one walk and everything after works on the copy.
 */
export interface Syntax {
  type: string;
  /** The name of the field this node has in its parent. */
  field: string | null;
  start: number;
  end: number;
  named: boolean;
  children: Syntax[];
}

/** Nothing below these matters. */
const leaves = new Set(['string_content', 'comment', 'preproc_arg', 'system_lib_string']);

/**
 * Everything that works on the copy descends by recursion, so nesting must end somewhere: no program that a person
 * wrote comes near this. What is deeper is one leaf of a type that nobody knows, and so becomes `unknown`.
 */
const mostLevels = 600;

/** Copies the tree below `node`; offsets count from `base`. Comments are left out. */
export function mirror(node: Node, base: number): Syntax {
  const cursor = node.walk();
  try {
    const root = take(cursor, base);
    const open: Syntax[] = [root];
    let descending = !leaves.has(root.type) && cursor.gotoFirstChild();
    while (open.length > 0) {
      if (descending) {
        const child = take(cursor, base);
        const keep = child.type !== 'comment';
        if (keep) {
          open[open.length - 1]!.children.push(child);
        }
        if (keep && open.length >= mostLevels) {
          child.type = 'too_deep';
        } else if (keep && !leaves.has(child.type) && cursor.gotoFirstChild()) {
          open.push(child);
          continue;
        }
        descending = cursor.gotoNextSibling();
        continue;
      }
      open.pop();
      if (open.length > 0) {
        cursor.gotoParent();
        descending = cursor.gotoNextSibling();
      }
    }
    return root;
  } finally {
    cursor.delete();
  }
}

function take(cursor: TreeCursor, base: number): Syntax {
  return {
    type: cursor.nodeType,
    field: cursor.currentFieldName,
    start: cursor.startIndex - base,
    end: cursor.endIndex - base,
    named: cursor.nodeIsNamed,
    children: [],
  };
}

export function field(node: Syntax, name: string): Syntax | undefined {
  return node.children.find((child) => child.field === name);
}

export function fields(node: Syntax, name: string): Syntax[] {
  return node.children.filter((child) => child.field === name);
}

export function named(node: Syntax): Syntax[] {
  return node.children.filter((child) => child.named);
}
