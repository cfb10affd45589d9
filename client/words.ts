/** Small pieces of text that several parts of the client make. Without VS Code: pages and tests use them, too. */

/** `1 object`, `2 objects`, `1,204 objects`; `2 processes` with the plural given. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Text that may stand in a page, also as the value of an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
