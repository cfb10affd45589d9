// breaks: analysis imports downward only
export type { rule as engine } from '../rules/rule';
