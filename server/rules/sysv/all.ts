import type { Rule } from '../rule';
import { exclWithoutCreat } from './excl-without-creat';
import { ftok } from './ftok';
import { noPermissions } from './no-permissions';

export const rules: readonly Rule[] = [exclWithoutCreat, ftok, noPermissions];
