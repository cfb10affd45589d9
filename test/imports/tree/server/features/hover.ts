// breaks: features imports downward only
export { table as hover } from '../kernel/table';
