// breaks: subjects know no rule
export type { leftOpen as pipes } from '../pipe/left-open';
