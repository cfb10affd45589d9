// breaks: server imports downward only

export { view } from '../client/view';
export { unit } from './c/unit';
