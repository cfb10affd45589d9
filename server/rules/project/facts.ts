import type { ObjectUse } from './object-use';

/** What walks through functions write down for rules that look at whole programs. */
export type Fact = ObjectUse;

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

/** A use of an object in its file. */
export type PlacedUse = ObjectUse & PlaceInFile;
