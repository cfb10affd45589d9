// breaks: imports resolve
// @ts-expect-error: the module is missing on purpose.
export { nothing } from './nowhere';
