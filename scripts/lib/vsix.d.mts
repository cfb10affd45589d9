/** Packages dist/ unless the last package has the same content. Resolves to the file's path. */
export function packageVsix(): Promise<string>;
