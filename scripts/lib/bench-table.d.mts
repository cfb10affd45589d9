import type { Figure } from '../../bench/lib/part';

/** The figures of each part, by its name. */
export type Results = Record<string, { at: string; machine: string; figures: Figure[] }>;

/** Whether a figure reaches its goal; undefined for one without a goal or without a value. */
export function isMet(figure: Figure): boolean | undefined;
export function asText(results: Results, parts: Record<string, string>): string;
export function asMarkdown(results: Results, parts: Record<string, string>): string;
