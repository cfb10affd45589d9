// breaks: kernel imports downward only
export { play as table } from '../demos/play';
