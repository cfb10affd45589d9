// breaks: state imports downward only
export { play as command } from '../demos/play';
