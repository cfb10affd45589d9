import type { ChildProcess } from 'node:child_process';

export interface Folders {
  data: string;
  extensions: string;
}

export interface VscodeServer {
  child: ChildProcess;
  pid: number;
  port: number;
  /** The address which opens a folder, with the token that lets one in. */
  urlOf(folder: string): string;
  stop(): Promise<void>;
  /** What the server printed until now. */
  output(): string;
}

export function writeSettings(folders: Folders, settings: Record<string, unknown>): void;
export function installVsix(vscode: string, folders: Folders, vsix: string): Promise<void>;
export function serve(
  vscode: string,
  folders: Folders,
  options?: { port?: number; wrap?: string[] },
): Promise<VscodeServer>;
