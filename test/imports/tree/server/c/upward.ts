// breaks: c imports downward only
export type { engine } from '../analysis/engine';
