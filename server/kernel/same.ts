/** Whether two pieces of a view tell the same: plain data, compared by value. Runs over every row at every poll. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    for (let index = 0; index < one.length; index++) {
      const left = one[index];
      const right = other[index];
      if (left !== right && !same(left, right)) return false;
    }
    return true;
  }
  return sameMembers(one as Record<string, unknown>, other as Record<string, unknown>);
}

function sameMembers(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  let members = 0;
  for (const name in one) {
    members++;
    const left = one[name];
    const right = other[name];
    // Most are equal at sight: a call for each would take three times as long.
    if (left !== right && !same(left, right)) return false;
  }
  for (const _ in other) members--;
  return members === 0;
}
