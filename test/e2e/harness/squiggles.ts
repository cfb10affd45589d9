export type Severity = 'error' | 'warning' | 'info' | 'hint';

export interface Squiggle {
  line: number;
  severity: Severity;
}

/** Runs in the page: which of an editor's visible lines are underlined. */
export function linesWithSquiggles(editor: Element): { line: number; severity: Severity }[] {
  // The number, the text and the decorations of a line lie in three layers; they meet at the same offset from the top.
  const lineAt = new Map<string, number>();
  for (const div of editor.querySelectorAll<HTMLElement>('.margin-view-overlays > div')) {
    lineAt.set(div.style.top, Number(div.textContent));
  }
  const found: { line: number; severity: Severity }[] = [];
  for (const div of editor.querySelectorAll<HTMLElement>('.view-overlays > div')) {
    for (const severity of ['error', 'warning', 'info', 'hint'] as const) {
      const line = lineAt.get(div.style.top);
      if (line && div.querySelector(`.squiggly-${severity}`)) found.push({ line, severity });
    }
  }
  return found;
}
