// breaks: command-line imports downward only
export { play as usage } from '../demos/play';
