import type { KernelGroup, KernelRow } from './view';

/** Whether a person would see no difference. Written out, because this runs over every row at every poll. */
export function sameGroup(one: KernelGroup, other: KernelGroup | undefined): boolean {
  if (!other || one.problem !== other.problem || one.title !== other.title) return false;
  return (
    one.rows.length === other.rows.length && one.rows.every((row, index) => sameRow(row, other.rows[index]))
  );
}

function sameRow(one: KernelRow, other: KernelRow | undefined): boolean {
  return (
    other !== undefined &&
    one.id === other.id &&
    one.description === other.description &&
    one.label === other.label &&
    one.orphan === other.orphan &&
    one.removable === other.removable &&
    sameDetails(one.details, other.details)
  );
}

function sameDetails(one: KernelRow['details'], other: KernelRow['details']): boolean {
  if (one.length !== other.length) return false;
  return one.every(({ label, value }, index) => {
    const entry = other[index];
    return entry !== undefined && entry.value === value && entry.label === label;
  });
}
