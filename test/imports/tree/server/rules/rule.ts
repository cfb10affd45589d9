// breaks: rules imports downward only
export type { Index as rule } from '../workspace/index';
