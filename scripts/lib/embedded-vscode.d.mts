/** The folder of the embedded VS Code, made when the cache has none for this Node. */
export function ensureEmbeddedVscode(): Promise<string>;
/** A command's file, undefined when it is not installed. */
export function findOnPath(name: string): string | undefined;
