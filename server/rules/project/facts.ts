import type { ObjectUse } from './object-use';

export type LockKind = 'mutex' | 'semaphore';

/** A lock is taken or given back. */
export interface LockStep {
  fact: 'lock';
  does: 'take' | 'give';
  kind: LockKind;
  /** The same text is the same lock, within one program. */
  lock: string;
  /** As the program writes it. */
  shown: string;
  call: string;
  /** The function that the walk began with. */
  root: string;
  /** Which process of a fork. */
  role: string;
  /** Locks taken before on the path and not given back, and those that were given back. */
  held: readonly string[];
  passed: readonly string[];
}

/** What walks through functions write down for rules that look at whole programs. */
export type Fact = ObjectUse | LockStep;

export interface PlaceInFile {
  file: string;
  start: number;
  end: number;
  /** From 0, in UTF-16 units, as editors count. */
  line: number;
  character: number;
  endLine: number;
  endCharacter: number;
  /** The function that it lies in. */
  within: string;
  /** The same for all walks that come to one call. */
  site: string;
}

/** A fact in its file: plain data. */
export type PlacedFact = Fact & PlaceInFile;

/** A step with a lock in its file. */
export type PlacedLock = LockStep & PlaceInFile;

/** A use of an object in its file. */
export type PlacedUse = ObjectUse & PlaceInFile;
