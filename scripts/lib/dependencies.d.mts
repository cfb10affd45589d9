/** Throws a sentence for people when this Node is too old. */
export function checkNode(version?: string): void;
