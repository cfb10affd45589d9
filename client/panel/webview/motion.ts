/** Whether the person wishes for stillness: said to the system, or to VS Code (`workbench.reduceMotion`). */
export function still(): boolean {
  return (
    matchMedia('(prefers-reduced-motion: reduce)').matches ||
    document.body.classList.contains('vscode-reduce-motion')
  );
}

export function scrollSlowly(element: Element, top: number): void {
  element.scrollTo({ top: Math.max(0, top), behavior: still() ? 'auto' : 'smooth' });
}
