import type { FacilityId } from '../../../catalog/schema';

/** What a person sees of the objects that the sources of the workspace use. Pure data, part of the protocol. */
export interface WorkspaceObjects {
  /** By facility, in the order of the taxonomy; only facilities with objects. */
  groups: WorkspaceObjectGroup[];
  /** C files of the workspace. */
  files: number;
}

export interface WorkspaceObjectGroup {
  facility: FacilityId;
  title: string;
  objects: WorkspaceObject[];
}

export interface WorkspaceObject {
  /** The same as long as somebody uses it. */
  id: string;
  facility: FacilityId;
  /** As the sources name it: `/jobs`, `key 0x1234`, `ftok("/tmp", 65)`. */
  label: string;
  /** What is worth knowing beside it: a key computed, or that the name is one of many. */
  note?: string;
  /** Under which the kernel knows it, where that can be told: any of these labels in any of these tables. */
  kernel?: { tables: string[]; labels: string[] };
  /** Who creates it comes first. */
  uses: SourceUse[];
}

export interface SourceUse {
  /** Completes "main ...": `creates`, `opens`, `removes`, `sends`, `binds`. */
  does: string;
  /** It makes the object. */
  creates: boolean;
  call: string;
  /** The function in which it happens. */
  within: string;
  path: string;
  range: SourceRange;
  /** What else is known: `mode 0600, 64 bytes a message`. */
  detail?: string;
}

/** As of LSP: lines and UTF-16 columns from 0. */
export interface SourceRange {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

/** Which object of the kernel somebody wants to see the source of: a row of the kernel's state. */
export interface SourceQuestion {
  /** The row's id: `sysv-msg:32768`. */
  id: string;
  label: string;
}

export interface SourceAnswer {
  /** Creations first. */
  uses: SourceUse[];
  /** What must be said beside: that there is none and why, or that it may be any of these. A sentence or two. */
  note?: string;
}
