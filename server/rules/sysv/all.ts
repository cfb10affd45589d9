import type { Rule } from '../rule';
import { exclWithoutCreat } from './excl-without-creat';
import { ftok } from './ftok';
import { noPermissions } from './no-permissions';
import { removedInUse } from './removed-in-use';

export const rules: readonly Rule[] = [exclWithoutCreat, ftok, noPermissions, removedInUse];
